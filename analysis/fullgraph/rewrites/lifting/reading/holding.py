"""Whether a value still is what it was where it is used further down."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ....python.binding import scopes
from ....python.binding.liveness import read_later
from ....python.binding.scopes import bound, used
from ....python.syntax.tree import start
from ..scope import Scope
from ..value import CannotLiftError, Value


def kept_value(scope: Scope, value: Value, node: ast.stmt) -> Value:
    """What is returned later on, of names that still hold what they do."""
    if not still_holds(scope, value, node):
        raise CannotLiftError
    return value


def still_holds(scope: Scope, value: Value, node: ast.stmt) -> bool:
    """Whether nothing that a value is computed of is given another one below."""
    read = used(value.tree)
    later = bound(scope.function.body)
    again = [n for n in ast.walk(scope.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    last = node.end_lineno or 0
    return not read & later & {n.id for n in again if n.lineno > last}


def augmented_later(scope: Scope, value: Value, node: ast.stmt) -> bool:
    """Whether `x += 1` below changes the tensor itself, which a value may share."""
    read, last = used(value.tree), node.end_lineno or 0
    changed = (n.target for n in ast.walk(scope.function) if isinstance(n, ast.AugAssign) and n.lineno > last)
    return any(isinstance(target, ast.Name) and target.id in read for target in changed)


def ends_with(scope: Scope, loop: ast.For) -> bool:
    """Whether what a loop gives its names is read in it alone; a further loop may give it them again."""
    names = bound([loop.target])
    if scope.loops:
        return not read_later(scope.code, loop, sorted(names))
    others = (each for each in ast.walk(scope.function) if isinstance(each, ast.For) and each is not loop)
    own = [loop, *(statement for each in others if bound([each.target]) >= names for statement in each.body)]
    inside = {node for each in own for node in ast.walk(each)}
    return not any(
        name in names and node not in inside and start(node) > start(loop)
        for name, node in scopes.reads(*scope.function.body)
    )


def is_written_later(scope: Scope, tensor: ast.expr, node: ast.expr) -> bool:
    """Whether what a tensor holds is changed in place below a place, or in a loop around it."""
    names = {ast.unparse(each) for each in ast.walk(tensor) if isinstance(each, ast.Name | ast.Attribute)} - {
        "self"
    }
    last = 0 if scope.loops else node.end_lineno or 0
    return any(
        ast.unparse(written) in names
        for each in ast.walk(scope.function)
        if getattr(each, "lineno", 0) > last and (written := _written(each)) is not None
    )


def _written(node: ast.AST) -> ast.expr | None:
    """`x` of `x[0] = v`, `x += 1` and `x.add_(1)`."""
    if isinstance(node, ast.AugAssign):
        return node.target.value if isinstance(node.target, ast.Subscript) else node.target
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return node.func.value if name.endswith("_") and not name.endswith("__") else None
    return None


def later_read(
    scope: Scope, node: ast.stmt, names: Iterable[str], ways: Iterable[ast.stmt]
) -> tuple[str, ...]:
    """Those of the names that are read once both ways of a branch are done; a way may stand below the branch."""
    rest = [each for each in ways if scope.code.parents.get(each) is not node]
    return read_later(scope.code, node, names, rest)
