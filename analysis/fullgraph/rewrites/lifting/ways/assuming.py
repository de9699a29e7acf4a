"""What statements of a way would leave in names, where both ways are computed and nothing of them is written.

Each name stands for the expression that it is given, in terms of what there was before the statements.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ....python.syntax.assignments import assigned_name
from ..scalars.arithmetic import combined
from ..scalars.conditions import chosen, truth
from ..scope import Scope
from ..value import CannotLiftError, Value


def left(scope: Scope, statements: Sequence[ast.stmt]) -> dict[str, Value]:
    """What statements leave in names, each in terms of what there was before them."""
    before = dict(scope.names)
    try:
        for statement in statements:
            assume(scope, statement)
        return {name: value for name, value in scope.names.items() if value is not before.get(name)}
    finally:
        scope.names = before


def assume(scope: Scope, node: ast.stmt) -> None:
    """One statement, whose names then stand for the expressions that they are given."""
    if isinstance(node, ast.Pass):
        return
    if isinstance(node, ast.If):
        _assume_branch(scope, node)
        return
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        _assume_several(scope, node)
        return
    name = assigned_name(node)
    if not name or not isinstance(node, ast.Assign | ast.AugAssign):
        raise CannotLiftError
    value = scope.of(node.value)
    if isinstance(node, ast.AugAssign):
        value = _augmented(scope, name, node, value)
    _assumed(scope, name, value)


def _assume_several(scope: Scope, node: ast.Assign) -> None:
    """`low, high = high, low`: all of what is given is read before any name is bound."""
    (target, *others), given = node.targets, node.value
    if others or not isinstance(target, ast.Tuple) or not isinstance(given, ast.Tuple):
        raise CannotLiftError
    names = [each.id for each in target.elts if isinstance(each, ast.Name)]
    if not len(names) == len(target.elts) == len(given.elts) or len(set(names)) < len(names):
        raise CannotLiftError
    for name, value in zip(names, [scope.of(each) for each in given.elts], strict=True):
        _assumed(scope, name, value)


def _assumed(scope: Scope, name: str, value: Value) -> None:
    scope.run.flows.setdefault(scope.key(name), set()).update(scope.key(root) for root in value.roots)
    scope.names[name] = value.detached


def _augmented(scope: Scope, name: str, node: ast.AugAssign, value: Value) -> Value:
    before = scope.names.get(name, Value(name))
    whole = combined(node.op, before, value)
    if "data" in (before.kind, value.kind):
        return replace(whole, kind="data")
    return (
        whole if before.is_lifted or value.is_lifted else replace(whole, kind="static", python=_python(whole))
    )


def _python(value: Value) -> Literal["int", "float"]:
    return "float" if value.kind == "float" else "int"


def _assume_branch(scope: Scope, node: ast.If) -> None:
    test = truth(scope, node.test)
    if not test.is_lifted:
        raise CannotLiftError
    first, second = left(scope, node.body), left(scope, node.orelse)
    for name in dict.fromkeys((*first, *second)):
        value = of_two(scope, test, name, first, second)
        scope.names[name] = value.detached


def of_two(scope: Scope, test: Value, name: str, first: dict[str, Value], second: dict[str, Value]) -> Value:
    """What a name holds after two ways, of which a test chooses one."""
    before = scope.names.get(name)
    one, other = first.get(name, before), second.get(name, before)
    if one is None or other is None:
        raise CannotLiftError
    value = chosen(scope, test, one, other)
    if value.condition:
        return value
    if value.holds_text:
        raise CannotLiftError
    if not value.asks_data and value.kind != "parts":
        raise CannotLiftError
    return value
