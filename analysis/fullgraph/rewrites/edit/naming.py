"""Names in the user's text: new ones that nothing has yet, and imports that nothing needs any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.scopes import bindings
from ...python.syntax.names import imported_name, names_in
from ...python.syntax.tree import end, start
from .lines import take_out
from .module import Code


def free_name(code: Code, near: ast.AST, *wanted: str) -> str:
    """The first of `wanted`, else it with a number, that the function around `near` does not use."""
    scope = code.scope_of(near)
    taken = names_in(scope) | {a.arg for a in ast.walk(scope) if isinstance(a, ast.arg)}
    numbered = (f"{wanted[-1]}_{number}" for number in range(2, 100))
    return next(name for name in (*wanted, *numbered) if name not in taken)


def unneeded_import(code: Code, name: str, gone: int) -> Edit | None:
    """Takes `import math` out where `gone` uses of the name were all that there are."""
    uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(code.tree))
    for node in code.tree.body:
        alone = isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) == 1 and uses == gone
        if alone and imported_name(node.names[0], node) == name:  # type: ignore[attr-defined,arg-type]
            return take_out(code, node)
    return None


def only_value(code: Code, name: ast.Name) -> ast.expr | None:
    """What a name was given, where its function gives it a value once, and above.

    None where something that the value is made of has another value by now.
    """
    function = code.function_of(name)
    if function is None:
        return None
    given = [each for each in ast.walk(function) if name.id in map(_id, targets_in(each))]
    if len(given) != 1 or end(given[0]) > start(name):
        return None
    statement = given[0]
    between = {n for n, by in bindings(function.body) if end(statement) <= start(by) < start(name)}
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    return value if value is not None and between.isdisjoint(names_in(value)) else None


def targets_in(node: ast.AST) -> Iterator[ast.expr]:
    """The targets of an assignment or loop, those in a tuple one by one."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    for target in targets if isinstance(node, (ast.stmt, ast.NamedExpr)) else ():
        yield from target.elts if isinstance(target, (ast.Tuple, ast.List)) else filter(None, [target])


def _id(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
