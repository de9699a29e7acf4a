"""Whether a value still is what it was where it is used further down."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...python.binding.liveness import read_later
from ...python.binding.scopes import bound, used
from .scope import Scope
from .value import CannotLiftError, Value


def kept_value(scope: Scope, value: Value, node: ast.stmt) -> Value:
    """What is returned later on, of names that still hold what they do."""
    if not still_holds(scope, value, node):
        raise CannotLiftError
    return value


def still_holds(scope: Scope, value: Value, node: ast.stmt) -> bool:
    """Whether nothing that a value is computed of is given another one below."""
    read = used(ast.parse(value.text, mode="eval").body)
    later = bound(scope.function.body)
    again = [n for n in ast.walk(scope.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    last = node.end_lineno or 0
    return not read & later & {n.id for n in again if n.lineno > last}


def augmented_later(scope: Scope, value: Value, node: ast.stmt) -> bool:
    """Whether `x += 1` below changes the tensor itself, which a value may share."""
    read, last = used(ast.parse(value.text, mode="eval").body), node.end_lineno or 0
    changed = (n.target for n in ast.walk(scope.function) if isinstance(n, ast.AugAssign) and n.lineno > last)
    return any(isinstance(target, ast.Name) and target.id in read for target in changed)


def later_read(
    scope: Scope, node: ast.stmt, names: Iterable[str], ways: Iterable[ast.stmt]
) -> tuple[str, ...]:
    """Those of the names that are read once both ways of a branch are done; a way may stand below the branch."""
    rest = [each for each in ways if scope.code.parents.get(each) is not node]
    return read_later(scope.code, node, names, rest)
