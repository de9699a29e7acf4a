"""The text of a condition as one tensor of truth, where Python would ask for it piece by piece.

`a and b` is `a & b`, `not a` is `~a`, `low < x < high` is two comparisons. Nothing else changes.
"""

from __future__ import annotations

import ast

from ...python.binding.api_tables import BOOLEAN
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import call_name, is_name, last_name, method_name
from ...python.syntax.operators import COMPARISONS, OPPOSITES
from ...python.syntax.precedence import Binds, operand
from ..edit.module import Code, as_python_counts
from ..edit.naming import only_value
from ..edit.precision import as_compared
from .truth import is_boolean


def predicate(code: Code, test: ast.expr, torch: str) -> str | None:
    """The condition for `torch.cond` and its like; None where it cannot be said as one tensor."""
    if any(isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield)) for node in ast.walk(test)):
        return None
    if isinstance(test, ast.BoolOp):
        if any(_is_for_python(each) for each in test.values):
            return None
        parts = [predicate(code, each, torch) for each in test.values]
        sign = " & " if isinstance(test.op, ast.And) else " | "
        return sign.join(_operand(code, part, torch) for part in test.values) if all(parts) else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return negated(code, test.operand, torch)
    if isinstance(test, ast.Compare) and len(test.ops) > 1:
        return _chain(code, test)
    if _is_for_python(test):
        return None
    text = tensor_text(code, test)
    return f"{operand(text, Binds.BIT_OR)} != 0" if _is_number(test) else text


def tensor_text(code: Code, node: ast.expr) -> str:
    """The text of an expression that stays with the tensors: `x.max() > 3` of `x.max().item() > 3`."""
    items = [n for n in ast.walk(node) if isinstance(n, ast.Call) and not n.args and method_name(n) == "item"]
    instead: dict[ast.expr, str] = {}
    for each in reversed(items):  # the innermost first
        assert isinstance(each.func, ast.Attribute)
        text = code.flat_with(each.func.value, instead)
        counts = isinstance(code.parents.get(each), (ast.BinOp, ast.UnaryOp))
        text = as_python_counts(code, each.func.value, text) if counts else text
        instead[each] = as_compared(code, each, text)
    outermost = {
        n: t for n, t in instead.items() if not any(n is not o and n in ast.walk(o) for o in instead)
    }
    return code.flat_with(node, outermost)


_NUMBERS = frozenset({"sum", "count_nonzero", "numel", "max", "min", "amax", "amin", "norm", "mean", "item"})


def _is_number(test: ast.expr) -> bool:
    """`mask.sum()` is true where it is not zero; torch asks for a tensor of truth."""
    return method_name(test) in _NUMBERS


def negated(code: Code, test: ast.expr, torch: str, whole: frozenset[str] = frozenset()) -> str | None:
    """`not test` as a tensor. `whole` are names of what holds whole numbers.

    Of floats neither `a < b` nor `a >= b` holds where one is NaN, so that the opposite of one is not the other.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return predicate(code, test.operand, torch)
    inner = predicate(code, test, torch)
    if inner is None:
        return None
    if _is_number(test):
        return f"{inner.removesuffix(' != 0')} == 0"
    if isinstance(test, ast.Compare):
        return _opposite(code, test, whole) or f"~({inner})"
    if isinstance(test, ast.BoolOp):
        return _by_parts(code, test, whole) or f"~({inner})"
    if last_name(test) in BOOLEAN:
        return f"~{operand(inner)}"
    return f"{torch}.logical_not({inner})"


def _opposite(code: Code, test: ast.Compare, whole: frozenset[str]) -> str | None:
    """`a != b` of `a == b`; `a >= b` of `a < b` only where both are whole numbers."""
    operator = type(test.ops[0])
    if len(test.ops) != 1 or operator not in OPPOSITES:
        return None
    sides = (test.left, test.comparators[0])
    if operator not in (ast.Eq, ast.NotEq) and not all(is_whole(code, side, whole) for side in sides):
        return None
    left, right = (operand(tensor_text(code, side), Binds.BIT_OR) for side in sides)
    return f"{left} {OPPOSITES[operator]} {right}"


def _by_parts(code: Code, test: ast.BoolOp, whole: frozenset[str]) -> str | None:
    """`(a != 0) | (b != 0)` of `a == 0 and b == 0`, where each part has an opposite of its own."""
    parts = [_opposite(code, each, whole) if isinstance(each, ast.Compare) else None for each in test.values]
    sign = " | " if isinstance(test.op, ast.And) else " & "
    return None if None in parts else sign.join(f"({part})" for part in parts)


_COUNTING = frozenset(
    {"numel", "nelement", "size", "dim", "ndim", "len", "argmax", "argmin", "count_nonzero", "long", "int"}
)
_OF_THE_SAME = frozenset(
    {"sum", "max", "min", "amax", "amin", "abs", "item", "prod", "clone", "view", "reshape"}
)
_WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


def is_whole(code: Code, node: ast.expr, whole: frozenset[str] = frozenset()) -> bool:
    """Whether a value can only be a whole number, or a tensor of such: it is never NaN."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.Name):
        return node.id in whole or _is_given_whole(code, node, whole)
    if isinstance(node, ast.BinOp):
        return (
            isinstance(node.op, _WHOLE)
            and is_whole(code, node.left, whole)
            and is_whole(code, node.right, whole)
        )
    if isinstance(node, ast.Subscript):
        return last_name(node.value) in ("shape", "size") or is_whole(code, node.value, whole)
    if last_name(node) in _COUNTING:
        return True
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and last_name(node) in _OF_THE_SAME
    ):
        return is_boolean(node.func.value) or is_whole(code, node.func.value, whole)
    return False


def _is_given_whole(code: Code, node: ast.Name, whole: frozenset[str]) -> bool:
    function = code.function_of(node)
    given = [each.value for each in assignments_to(node.id, [function] if function else [])]
    own = any(is_name(n, node.id) for each in given for n in ast.walk(each))
    return bool(given) and not own and all(is_whole(code, value, whole) for value in given)


def _operand(code: Code, test: ast.expr, torch: str) -> str:
    """A part of `a & b`, which must be a truth by itself: 2 & 1 is 0."""
    text = predicate(code, test, torch) or ""
    if not isinstance(test, ast.BoolOp) and not is_boolean(test) and not text.endswith(" != 0"):
        return f"({operand(text, Binds.BIT_OR)} != 0)"
    return operand(text, Binds.SIGN)


_LONGEST_TWICE = 24


def _chain(code: Code, test: ast.Compare) -> str | None:
    """`low < x < high`; what stands in the middle is said twice, so it must be short."""
    sides = [test.left, *test.comparators]
    simple = (ast.Name, ast.Constant, ast.Attribute, ast.Call)
    if any(not isinstance(s, simple) or len(code.flat(s)) > _LONGEST_TWICE for s in sides[1:-1]):
        return None
    texts = [operand(tensor_text(code, side), Binds.BIT_OR) for side in sides]
    signs = [COMPARISONS[type(op)] for op in test.ops if type(op) in COMPARISONS]
    if len(signs) != len(test.ops):  # `is`, `in`
        return None
    pairs = zip(texts, signs, texts[1:], strict=False)
    return " & ".join(f"({left} {sign} {right})" for left, sign, right in pairs)


def is_for_python(code: Code, test: ast.expr) -> bool:
    """Whether no tensor can say it, and no operator of torch takes it alone: `y is None`, `self.training`, `flag = True`."""
    value = only_value(code, test) if isinstance(test, ast.Name) else test
    return value is not None and (_is_for_python(value) or last_name(value) == "training")


def _is_for_python(test: ast.expr) -> bool:
    """`x is None`, `key in d`, `isinstance(…)`: what no tensor can say, and often guards what follows."""
    if isinstance(test, ast.Compare):
        return any(isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for op in test.ops)
    if isinstance(test, ast.UnaryOp):
        return _is_for_python(test.operand)
    return call_name(test) in ("isinstance", "hasattr", "callable", "bool") or isinstance(test, ast.Constant)
