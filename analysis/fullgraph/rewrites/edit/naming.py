"""Names in the user's text: new ones that nothing has yet, and imports that nothing needs any more."""

from __future__ import annotations

import ast

from ...model import Edit
from ...python.syntax.names import imported_name, names_in
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
        alone = isinstance(node, ast.Import) and len(node.names) == 1 and uses == gone
        if alone and imported_name(node.names[0], node) == name:  # type: ignore[attr-defined,arg-type]
            return take_out(code, node)
    return None
