"""A condition of Python's as one tensor: what `and`, `or` and `not` are where the data decides.

What is rewritten keeps its meaning for every value: `not x > 1` is `~(x > 1)` and not `x <= 1`, as neither
holds for NaN. Nothing is said of a condition with `is`, `in` or a walrus.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...python.binding.api_tables import BOOLEAN
from ...python.syntax.names import last_name
from ...python.syntax.operators import COMPARISONS, OPPOSITES
from ...python.syntax.precedence import Binds, operand, owner
from ..edit.module import Code

_REFUSED = (ast.NamedExpr, ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom, ast.IfExp, ast.Starred)


def tensor_of(code: Code, test: ast.expr) -> str | None:
    """The condition as an expression that is a tensor wherever its parts are."""
    if any(isinstance(node, _REFUSED) for node in ast.walk(test)) or code.tokens.comments(*code.span(test)):
        return None
    if isinstance(test, ast.BoolOp):
        return _joined(code, test)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return negated(code, test.operand)
    if isinstance(test, ast.Compare):
        return _compared(code, test)
    return code.flat(asked(test))


def negated(code: Code, test: ast.expr, is_number: bool = False) -> str | None:
    """Its opposite; that of a number's comparison is the other comparison."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return tensor_of(code, test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        exact = isinstance(test.ops[0], (ast.Eq, ast.NotEq))
        if (exact or is_number) and type(test.ops[0]) in OPPOSITES:
            operator = OPPOSITES[type(test.ops[0])]
            return f"{_side(code, test.left)} {operator} {_side(code, test.comparators[0])}"
    inner = tensor_of(code, test)
    if inner is None:
        return None
    if not is_boolean(test):
        return f"{owner(inner)}.logical_not()"
    return f"~{operand(inner)}"


def parts(test: ast.expr, operator: type[ast.boolop] = ast.And) -> Iterator[ast.expr]:
    """What `and` joins."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, operator):
        for value in test.values:
            yield from parts(value, operator)
    else:
        yield test


def is_boolean(test: ast.expr) -> bool:
    """Whether it can only be true or false, so that `~`, `&` and `|` mean `not`, `and` and `or`."""
    test = asked(test)
    if isinstance(test, ast.BoolOp):
        return True
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not) or (isinstance(test.op, ast.Invert) and is_boolean(test.operand))
    if isinstance(test, ast.BinOp):
        return (
            isinstance(test.op, (ast.BitAnd, ast.BitOr)) and is_boolean(test.left) and is_boolean(test.right)
        )
    if isinstance(test, ast.Call):
        return last_name(test) in BOOLEAN
    return isinstance(test, ast.Compare)


def asked(test: ast.expr) -> ast.expr:
    """The tensor whose truth is asked for: `t` of `t.item()` and `bool(t)`."""
    while isinstance(test, ast.Call) and not test.keywords:
        if isinstance(test.func, ast.Attribute) and test.func.attr == "item" and not test.args:
            test = test.func.value
        elif isinstance(test.func, ast.Name) and test.func.id == "bool" and len(test.args) == 1:
            test = test.args[0]
        else:
            break
    return test


def _joined(code: Code, test: ast.BoolOp) -> str | None:
    operands = [_operand(code, value) for value in test.values]
    sign = " & " if isinstance(test.op, ast.And) else " | "
    return None if any(each is None for each in operands) else sign.join(each for each in operands if each)


def _operand(code: Code, value: ast.expr) -> str | None:
    text = tensor_of(code, value)
    if text is None:
        return None
    if not is_boolean(value) and not isinstance(asked(value), (ast.Name, ast.Attribute)):
        return f"({operand(text, Binds.BIT_OR)} != 0)"
    return operand(text, Binds.SIGN)


def _compared(code: Code, test: ast.Compare) -> str | None:
    if not all(type(op) in COMPARISONS for op in test.ops):
        return None
    sides = [test.left, *test.comparators]
    if len(sides) == 2:
        return code.flat(test)
    if not all(isinstance(side, (ast.Name, ast.Attribute, ast.Constant)) for side in sides[1:-1]):
        return None
    pairs = zip(sides, test.ops, sides[1:], strict=False)
    return " & ".join(f"({_side(code, a)} {COMPARISONS[type(op)]} {_side(code, b)})" for a, op, b in pairs)


def _side(code: Code, node: ast.expr) -> str:
    """A side of a comparison, without the brackets of the text."""
    return operand(code.flat(node), Binds.BIT_OR)
