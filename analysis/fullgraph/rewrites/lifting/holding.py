"""Whether a value still is what it was where it is used further down."""

from __future__ import annotations

import ast

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
