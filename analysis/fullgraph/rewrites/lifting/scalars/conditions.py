"""`not`, `and`, `or`, comparisons and `x if c else y` of what the data decides.

What Python knows before the program runs stays Python's: `a.shape == b.shape and torch.allclose(a, b)` goes
on asking for the shapes first, as the comparison of the tensors may need them to be alike.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ....python.syntax.literals import is_exact, is_number
from ....python.syntax.operators import COMPARISONS
from ....python.syntax.precedence import Binds, operand
from ..reading import sizes
from ..reading.sources import is_boolean, is_scalar
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted, wider
from . import texts


def truth(scope: Scope, node: ast.expr) -> Value:
    """What an expression counts as where Python asks whether it is true; static where Python can tell."""
    value = scope.of(node)
    if value.joined:
        raise CannotLiftError  # of a list it is whether there are any
    if not value.asks_data:
        return value
    scope.demand(value)
    if value.kind == "bool":
        return replace(value, source="", differentiable=False)
    boolean = value.kind == "data" and is_boolean(scope, node, value)
    text = value.text if value.is_lifted or value.scalar or is_scalar(node) else f"{value.owner}.squeeze()"
    asked = text if boolean else f"{operand(text)} != 0"
    return Value(asked, "bool", changed=True, roots=value.roots, cheap=value.cheap)


def negation(scope: Scope, node: ast.expr) -> Value:
    """`not x`, and the signs of numbers."""
    assert isinstance(node, ast.UnaryOp)
    if not isinstance(node.op, ast.Not):
        return _signed(scope, node)
    value = truth(scope, node.operand)
    if not value.is_lifted:
        return replace(scope.with_parts(node, [(node.operand, value)]), python="bool")
    return replace(value, text=inverted(value.text), changed=True)


def _signed(scope: Scope, node: ast.UnaryOp) -> Value:
    value = scope.of(node.operand)
    whole = scope.composed(node, tensors=value.is_lifted)
    if not value.is_lifted:
        return replace(whole, boolean=value.boolean, scalar=value.scalar, python=value.python)
    sign = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
    if sign is None:
        raise CannotLiftError
    kind = "int" if value.kind == "bool" else value.kind
    return replace(value, text=f"{sign}{value.number}", kind=kind, source="", changed=True)


# -- and, or -----------------------------------------------------------------------------------------


def junction(scope: Scope, node: ast.expr) -> Value:
    """`a and b`, `a or b`."""
    assert isinstance(node, ast.BoolOp)
    values = [truth(scope, node.values[0])]
    known = values[0].text if isinstance(node.op, ast.And) else inverted(values[0].text)
    with scope.unchecked(known):
        values += [truth(scope, each) for each in node.values[1:]]
    if not any(value.is_lifted for value in values):
        python = "bool" if all(value.python == "bool" for value in values) else ""
        return replace(scope.composed(node), python=python)  # type: ignore[arg-type]
    joined = values[-1]
    for value in reversed(values[:-1]):
        joined = _both(scope, isinstance(node.op, ast.And), value, joined)
    return joined


def _both(scope: Scope, is_and: bool, first: Value, rest: Value) -> Value:
    """Two parts in their order."""
    roots, cheap = first.roots | rest.roots, first.cheap and rest.cheap
    whole = Value("", "bool", changed=True, roots=roots, cheap=cheap)
    if first.is_lifted and (rest.is_lifted or rest.python == "bool"):
        return replace(whole, text=f"{_side(first, is_and)} {'&' if is_and else '|'} {_side(rest, is_and)}")
    if not first.is_lifted and not rest.is_lifted:
        sign = "and" if is_and else "or"
        python = "bool" if first.python == rest.python == "bool" else ""
        text = f"{operand(first.text)} {sign} {operand(rest.text)}"
        return Value(text, "static", roots=roots, python=python)  # type: ignore[arg-type]
    if first.is_lifted:
        raise CannotLiftError  # `close and name`: nobody knows what `name` is
    known = f"{scope.torch}.tensor({not is_and})"
    sides = (rest.text, known) if is_and else (known, rest.text)
    return replace(whole, text=_either(sides[0], first.text, sides[1]))


def protects(scope: Scope, test: ast.expr, ways: Iterable[ast.AST]) -> bool:
    """Whether `mask is not None and mask.any()` keeps ways that read `mask` from being computed where there is none."""
    asked = {
        scope.code.flat(each.left)
        for each in ast.walk(test)
        if isinstance(each, ast.Compare) and isinstance(each.ops[-1], ast.Is | ast.IsNot)
    }
    read = (n for way in ways for n in ast.walk(way) if isinstance(n, ast.Name | ast.Attribute))
    return bool(asked) and any(scope.code.flat(each) in asked for each in read)


def _side(value: Value, is_and: bool) -> str:
    sign = " & " if is_and else " | "
    tree = value.tree
    same = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitAnd if is_and else ast.BitOr)
    inverted = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Invert)
    return value.text if (same and sign in value.text) or inverted else value.operand


# -- comparisons -------------------------------------------------------------------------------------


def comparison(scope: Scope, node: ast.expr) -> Value:
    """`a < b`, and `low < x < high` as two of them."""
    assert isinstance(node, ast.Compare)
    sides = [node.left, *node.comparators]
    values = [scope.of(side) for side in sides]
    if any(v.holds_text for v in values):
        return _which_string(scope, node, values)
    lifted, data = any(v.is_lifted for v in values), any(v.kind == "data" for v in values)
    if not lifted and not (data and len(node.ops) > 1):
        return _compared_tensors(scope, node, values, data)
    if len(node.ops) == 1 and (identity := _identity(scope, node, values)):
        return identity
    if any_of := _whether_any(node, values):
        return any_of
    if not all(type(op) in COMPARISONS for op in node.ops):
        raise CannotLiftError
    if len(node.ops) > 1:
        scope.demand(*values)
    is_tensor = any(
        v.kind == "data" and not (v.scalar or is_scalar(s)) for v, s in zip(values, sides, strict=True)
    )
    wide = sizes.widened(values) if sizes.meets_fraction(values) else values
    scope.decides(*wide)
    wide = [_as_exact(scope, value, sides) for value in wide]
    texts = [_compared(side, value) for side, value in zip(sides, wide, strict=True)]
    signs = [COMPARISONS[type(op)] for op in node.ops]
    pairs = [f"{a} {sign} {b}" for a, sign, b in zip(texts, signs, texts[1:], strict=False)]
    text = pairs[0] if len(pairs) == 1 else " & ".join(f"({pair})" for pair in pairs)
    roots = frozenset().union(*(value.roots for value in values))
    kept = scope.composed(node).text if len(pairs) == 1 else ""
    if is_tensor and len(pairs) == 1:
        return Value(text, "data", changed=True, roots=roots, boolean=True)
    source = kept if all(scope.is_kept(v) or not v.is_lifted for v in values) else ""
    return Value(text, "bool", True, roots, source=source, cheap=all(v.cheap for v in values))


def _which_string(scope: Scope, node: ast.Compare, values: list[Value]) -> Value:
    """`status == "bad"`, `status in ("bad", "worse")`, by the condition that chose the string."""
    found = texts.asked_for((node.left, node.comparators[0]), node.ops[0]) if len(node.ops) == 1 else None
    if found is None:
        raise CannotLiftError
    value = values[0] if found[0] is node.left else values[1]
    is_one = _one_of(scope, value, found[1])
    if isinstance(node.ops[0], ast.Eq | ast.In):
        return is_one
    opposite = inverted(is_one.text) if is_one.is_lifted else str(is_one.text != "True")
    return replace(is_one, text=opposite)


def _one_of(scope: Scope, value: Value, wanted: frozenset[str]) -> Value:
    if not value.condition:
        return Value(str(texts.is_one_of(value, wanted)), "static", changed=True, python="bool")
    test = Value(value.condition, "bool", changed=True, roots=value.roots)
    first, second = (_one_of(scope, part, wanted) for part in value.parts)
    return chosen(scope, test, first, second)


def _as_exact(scope: Scope, value: Value, sides: Sequence[ast.expr]) -> Value:
    """A number that is compared with what a tensor of less than double precision has no equal of."""
    if value.kind not in ("float", "number") or value.written or (scope.run.double and value.kind == "float"):
        return value
    known = [side for side in sides if is_number(side)]
    others = [side for side in sides if not is_number(side) and scope.of(side).may_have_fraction]
    if all(map(is_exact, known)) and not (value.fraction and any(not is_exact(side) for side in others)):
        return value
    return replace(value, text=f"{value.owner}.double()")


def _compared(node: ast.expr, value: Value) -> str:
    return value.text if is_number(node) else value.number if value.is_lifted else value.operand


def _compared_tensors(scope: Scope, node: ast.Compare, values: list[Value], data: bool) -> Value:
    sides = (node.left, *node.comparators)
    whole = scope.with_parts(node, zip(sides, values, strict=True))
    if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
        return replace(whole, kind="static", python="bool")
    if not data:
        return replace(whole, kind="static", python="bool")
    scalar = all(
        value.scalar or is_scalar(side) or value.kind == "static"
        for side, value in zip(sides, values, strict=True)
    )
    return replace(whole, boolean=True, scalar=scalar)


def _whether_any(node: ast.Compare, values: list[Value]) -> Value | None:
    """`found.numel() > 0`, `len(found) == 0`, by what was searched."""
    asked = (type(node.ops[0]), values[-1].text)
    if len(node.ops) > 1 or not values[0].any_of or asked not in _ANY + _NONE:
        return None
    text = values[0].any_of if asked in _ANY else inverted(values[0].any_of)
    return Value(text, "bool", changed=True, roots=values[0].roots)


_ANY = ((ast.Gt, "0"), (ast.NotEq, "0"), (ast.GtE, "1"))
_NONE = ((ast.Eq, "0"), (ast.LtE, "0"), (ast.Lt, "1"))


def _identity(scope: Scope, node: ast.Compare, values: list[Value]) -> Value | None:
    """`flag is True`, `flag == False`, `number is None`."""
    value, other, op = values[0], node.comparators[0], node.ops[0]
    if not isinstance(other, ast.Constant) or not value.is_lifted:
        return None
    negative = isinstance(op, ast.IsNot | ast.NotEq)
    if other.value is None:
        return Value(str(negative), "static", changed=True, python="bool")
    if not isinstance(other.value, bool) or value.kind != "bool":
        return None
    scope.demand(value)
    same = other.value is not negative
    return replace(value, text=value.text if same else inverted(value.text), changed=True, source="")


# -- choices -----------------------------------------------------------------------------------------


def choice(scope: Scope, node: ast.expr) -> Value:
    """`x if c else y`."""
    assert isinstance(node, ast.IfExp)
    test = truth(scope, node.test)
    with scope.unchecked(test.text):
        first = scope.of(node.body)
    with scope.unchecked(inverted(test.text)):
        second = scope.of(node.orelse)
    if test.is_lifted and protects(scope, node.test, (node.body, node.orelse)):
        raise CannotLiftError
    if test.is_lifted:
        return chosen(scope, test, first, second)
    if not first.holds_lifted and not second.holds_lifted:
        return scope.composed(node)
    if not (first.is_lifted and second.is_lifted):
        first, second = (_as_lifted(scope, value) for value in (first, second))
    kind = wider(first.type, second.type)
    text = _either(first.detached.text, test.text, second.detached.text)
    return Value(text, kind, changed=True, roots=first.roots | second.roots | test.roots)


def _either(first: str, test: str, second: str) -> str:
    """Python's own choice."""
    return f"{operand(first, Binds.OR)} if {operand(test, Binds.OR)} else {operand(second, Binds.CHOICE)}"


def _as_lifted(scope: Scope, value: Value) -> Value:
    if value.is_lifted:
        return value
    if not value.python:
        raise CannotLiftError
    return Value(f"{scope.torch}.tensor({value.text})", value.python, changed=True)


def chosen(scope: Scope, test: Value, first: Value, second: Value) -> Value:
    """What `torch.where` gives: the first where the test holds, else the second."""
    if first.text == second.text and first.kind == second.kind:
        return first
    if "text" in (first.kind, second.kind) or any(_is_string(value) for value in (first, second)):
        text = _either(first.text, test.text, second.text)
        return Value(text, "text", True, test.roots, parts=(first, second), condition=test.text)
    roots = test.roots | first.roots | second.roots
    if first.kind == "parts" and second.kind == "parts" and len(first.parts) == len(second.parts):
        if first.listed != second.listed:
            raise CannotLiftError
        parts = tuple(chosen(scope, test, a, b) for a, b in zip(first.parts, second.parts, strict=True))
        text = first.enclosing([part.text for part in parts])
        return Value(text, "parts", changed=True, roots=roots, parts=parts, listed=first.listed)
    if first.kind == second.kind == "fields" and first.keys == second.keys and "*" not in first.keys:
        parts = tuple(chosen(scope, test, a, b) for a, b in zip(first.parts, second.parts, strict=True))
        text = ", ".join(f"{key}: {part.text}" for key, part in zip(_keys(first), parts, strict=True))
        return Value(f"{{{text}}}", "fields", changed=True, roots=roots, parts=parts, keys=first.keys)
    if not first.cheap or not second.cheap or not _fit(first, second):
        raise CannotLiftError
    scope.demand(first, second)
    kind = "data" if "data" in (first.kind, second.kind) else wider(first.type, second.type)
    if kind == "float":
        first, second = sizes.widened((first, second))
    truths = all(_is_truth(value) for value in (first, second))
    text = _selected_truth(test, first, second) if truths else ""
    text = text or f"{scope.torch}.where({test.text}, {first.detached.text}, {second.detached.text})"
    scalar = all(value.kind != "data" or value.scalar for value in (first, second))
    exact = kind == first.type == second.type and all(
        value.exact or value.python for value in (first, second)
    )
    counted = first.counted or second.counted
    whole = Value(text, kind, True, roots, boolean=truths, scalar=scalar, exact=exact, needed=kind != "data")
    computed = first.computed or second.computed
    fraction = kind != "data" and (first.fraction or second.fraction)
    written = kind in ("float", "number") and (first.may_be_rounded or second.may_be_rounded)
    whole = replace(whole, written=written)
    return replace(
        whole, counted=counted and kind != "data", computed=computed and fraction, fraction=fraction
    )


def _keys(value: Value) -> list[str]:
    """The keys of a dict as they are written, where they are."""
    tree = ast.parse(value.text, mode="eval").body
    keys = tree.keys if isinstance(tree, ast.Dict) else []
    written = [ast.get_source_segment(value.text, key) or "" for key in keys if key is not None]
    return written if len(written) == len(value.keys) else list(value.keys)


def _fit(first: Value, second: Value) -> bool:
    """Whether both are tensors or numbers."""
    usable = [v.asks_data or v.python != "" or _is_name_of_number(v) for v in (first, second)]
    return all(usable)


def _is_name_of_number(value: Value) -> bool:
    """`len(layers)`, `self.eps`: static, and neither None nor a string; verified by the trace."""
    tree = value.tree
    return value.kind == "static" and isinstance(tree, ast.Call | ast.Attribute | ast.BinOp | ast.Name)


def _is_string(value: Value) -> bool:
    if value.string is not None:
        return True
    tree = value.tree
    return isinstance(tree, ast.JoinedStr) or (isinstance(tree, ast.Constant) and isinstance(tree.value, str))


def _is_truth(value: Value) -> bool:
    return value.type == "bool" or (value.kind == "data" and value.boolean and value.scalar)


def _selected_truth(test: Value, first: Value, second: Value) -> str:
    """`c and x` in place of choosing between True or False and something."""
    one, other = _constant(first), _constant(second)
    not_test = operand(inverted(test.text), Binds.SIGN)
    if one is not None and other is not None:
        return test.text if one else inverted(test.text)
    if one is not None:
        return f"{test.operand} | {second.operand}" if one else f"{not_test} & {second.operand}"
    if other is not None:
        return f"{not_test} | {first.operand}" if other else f"{test.operand} & {first.operand}"
    return ""


def _constant(value: Value) -> bool | None:
    """True or False, by itself or as a tensor."""
    node = value.tree
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and value.boolean:
        node = node.args[0]
    found = node.value if isinstance(node, ast.Constant) else None
    return found if isinstance(found, bool) else None
