"""Writes of a round that outlast it: a further round must not do them, and no `torch.where` keeps it from that.

    row = table[i]; row += x      row is a part of `table`
    y = x.mul_(2)                 x is written to

The rule: a round writes to tensors of its own, or it is not for further rounds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...python.binding import scopes
from ...python.binding.api_tables import VIEWS, is_in_place
from ...python.binding.liveness import bound_before
from ...python.syntax.names import call_name, last_name, method_name
from ..edit.module import Code


def outlasts(code: Code, loop: ast.For | ast.While) -> bool:
    """Whether a round writes to what it did not make, other than by a name that is there before the loop."""
    before, made = bound_before(code, loop), _made(code, loop)
    for node in (inner for each in loop.body for inner in ast.walk(each)):
        if not all(_is_own(each, made) for each in _written_by_call(node)):
            return True
        target = _target(node)
        base = _base(target) if target is not None else None
        known = isinstance(base, ast.Name) and base.id in before
        if base is not None and not known and not _is_own(base, made):
            return True
    return False


def _target(node: ast.AST) -> ast.expr | None:
    """What a statement writes through: `row += x`, `row[0] = x`."""
    if isinstance(node, ast.AugAssign):
        return node.target
    targets = node.targets if isinstance(node, ast.Assign) else []
    return next((each for each in targets if isinstance(each, ast.Subscript)), None)


def _written_by_call(node: ast.AST) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Call):
        return
    if is_in_place(method_name(node)):
        yield _base(node.func.value)  # type: ignore[attr-defined]
    for each in node.keywords:
        if each.arg == "out":
            yield _base(each.value)
        if each.arg == "inplace" and not (isinstance(each.value, ast.Constant) and not each.value.value):
            yield from map(_base, node.args[:1])


def _base(node: ast.expr) -> ast.expr:
    """`x` of `x[0][1]`."""
    return _base(node.value) if isinstance(node, ast.Subscript) else node


Made = dict[str, list[ast.expr | None]]


def _made(code: Code, loop: ast.For | ast.While) -> Made:
    """What a round gives to each name; None for what is not known."""
    made: Made = {}
    for name, by in scopes.bindings(loop.body):
        statement = code.parents.get(by)
        if not isinstance(statement, ast.AugAssign):
            made.setdefault(name, []).append(statement.value if isinstance(statement, ast.Assign) else None)
    counts = isinstance(loop, ast.For) and call_name(loop.iter) == "range"
    for name in scopes.bound([loop.target]) if isinstance(loop, ast.For) else ():
        made.setdefault(name, []).append(ast.Constant(0) if counts else None)
    return made


def _is_own(base: ast.expr, made: Made) -> bool:
    """Whether a round made what it writes to."""
    if not isinstance(base, ast.Name):
        return _is_new(base)
    given = made.get(base.id, [])
    return bool(given) and all(each is not None and _is_new(each) for each in given)


def _is_new(value: ast.expr) -> bool:
    """Whether an expression gives a tensor of its own, or no tensor."""
    if isinstance(value, ast.IfExp):
        return _is_new(value.body) and _is_new(value.orelse)
    if isinstance(value, ast.Call):
        return last_name(value) not in VIEWS and not is_in_place(method_name(value))
    return isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Constant))
