"""Where Python asks a value for its truth: what it asks, and what holds of the names on either side."""

from __future__ import annotations

import ast

from ..text.messages import BRANCHES, CHECK
from .context import AnalysisContext
from .domain import DERIVED, NONE, TENSOR, UNKNOWN, Number, Tensor, Value, truth
from .frames import Frame, Names
from .scopes import Instance

BARE_ASSERT = "bare assert"
"""An assert without a message: of a number, torch makes a check of the exported program of it."""

_TENSOR_TYPES = ("Tensor",)


def condition(node: ast.expr, frame: Frame, context: AnalysisContext, construct: str) -> bool | None:
    """Evaluates a test; True or False where the text says what comes of it."""
    if isinstance(node, ast.BoolOp):
        return _of_several(node, frame, context, construct)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        known = condition(node.operand, frame, context, construct)
        return None if known is None else not known
    value = context.evaluate(node, frame, context)
    ask(value, node, frame, context, construct)
    return truth(value)


def _of_several(node: ast.BoolOp, frame: Frame, context: AnalysisContext, construct: str) -> bool | None:
    """Each operand in turn, while the text does not say that it is the last."""
    construct = "assert" if construct == BARE_ASSERT else construct
    ends = isinstance(node.op, ast.Or)
    before: Names = {}
    result: bool | None = not ends
    for operand in node.values:
        known = condition(operand, frame, context, construct)
        if known is ends:
            result = ends
            break
        result = None if known is None else result
        narrowing = narrowed(operand, frame.names, not ends)
        before = {name: frame.names[name] for name in narrowing if name in frame.names} | before
        frame.names.update(narrowing)
    frame.names.update(before)
    return result


def ask(value: Value, node: ast.expr, frame: Frame, context: AnalysisContext, construct: str) -> None:
    """Says so if it is the data that decides the truth of a value."""
    if isinstance(value, Tensor) and not value.constant:
        _report(node, frame, context, construct)
    elif isinstance(value, Number):
        if construct != BARE_ASSERT:
            _report(node, frame, context, construct)
        # torch takes one side, and knows the number by that from then on.
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(frame.names.get(each.id), Number):
                frame.names[each.id] = UNKNOWN


def _report(node: ast.expr, frame: Frame, context: AnalysisContext, construct: str) -> None:
    if construct in ("assert", BARE_ASSERT):
        says = "`assert` condition {} is data-dependent: not known at export time"
        context.report("data-dependent-assert", node, says, CHECK, frame)
    else:
        what, hint = BRANCHES[construct]
        says = f"{what} is data-dependent: not known at export time"
        context.report("data-dependent-branch", node, says, hint, frame)


# -- what holds on one side --------------------------------------------------------------------------


def narrowed(node: ast.expr, names: Names, holds: bool) -> Names:
    """What a test says of names where it holds, or where it does not."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return narrowed(operand, names, not holds)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) is holds:
            found: Names = {}
            for each in values:
                found |= narrowed(each, names, holds)
            return found
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=None)]):
            return {name: NONE} if isinstance(op, ast.Is) is holds and name in names else {}
        case ast.Call(func=func, args=[ast.Name(id=name), *rest]) if name in names:
            return _by_type(func, rest, name, names[name], holds)
    return {}


def _by_type(func: ast.expr, rest: list[ast.expr], name: str, value: Value, holds: bool) -> Names:
    asks = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if isinstance(value, Instance):
        return {}  # `hasattr(self, "cache")`: it is what it was
    if asks in ("hasattr", "callable", "issubclass"):
        return {name: UNKNOWN} if holds else {}
    if asks not in ("isinstance", "is_tensor"):
        return {}
    of_tensors = asks == "is_tensor" or any(_names_tensor(each) for each in rest)
    if of_tensors and holds:
        return {name: TENSOR} if value is DERIVED and _names_only_tensor(asks, rest) else {}
    return {name: UNKNOWN} if of_tensors or holds else {}


def _names_only_tensor(asks: str, rest: list[ast.expr]) -> bool:
    return asks == "is_tensor" or not any(isinstance(each, ast.Tuple | ast.BinOp) for each in rest)


def _names_tensor(node: ast.expr) -> bool:
    names = (getattr(each, "attr", None) or getattr(each, "id", "") for each in ast.walk(node))
    return any(name in _TENSOR_TYPES for name in names)
