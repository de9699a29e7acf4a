"""Assignments: the one name that a statement gives its value, and all values that a name is given."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .names import is_name
from .operators import in_full

Assignment = ast.Assign | ast.AugAssign


def assigned(statement: ast.AST | None) -> tuple[str, ast.expr] | None:
    """`x` and its new value, of `x = value` and of `x += y`, whose value is `x + y`; None of any other statement."""
    target = target_of(statement)
    if not isinstance(target, ast.Name):
        return None
    return target.id, in_full(statement) if isinstance(statement, ast.AugAssign) else statement.value  # type: ignore[union-attr]


def assigned_name(statement: ast.AST | None) -> str:
    """`x` of `x = value` and of `x += y`; "" of any other statement."""
    target = target_of(statement)
    return target.id if isinstance(target, ast.Name) else ""


def target_of(statement: ast.AST | None) -> ast.expr | None:
    """The one target of `target = value` or `target += value`."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def assigned_apart(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Each name that a statement gives a value of its own: `s` and `e` of `s, e = int(a), int(b)`."""
    if not isinstance(statement, ast.Assign):
        return
    target, value = target_of(statement), statement.value
    targets, values = [target], [value]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        targets, values = [*target.elts], [*value.elts]
    yield from ((t.id, v) for t, v in zip(targets, values, strict=True) if isinstance(t, ast.Name))


def assignments(statement: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target of a statement with what it is given: `x = y = 1`, `x: int = 1`."""
    if isinstance(statement, ast.Assign):
        yield from ((target, statement.value) for target in statement.targets)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield statement.target, statement.value


def assignments_to(name: str, nodes: Iterable[ast.AST]) -> Iterator[ast.Assign]:
    """Where a name is given a value by itself, `x = value` or `x = y = value`, at any depth."""
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if isinstance(node, ast.Assign) and any(is_name(target, name) for target in node.targets):
            yield node
