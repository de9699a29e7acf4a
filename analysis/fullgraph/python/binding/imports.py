"""What the names of a file mean, by its imports.

`ex` is `torch.export.export` after `from torch.export import export as ex`.

The imports of all scopes count as one: that a name means two things in one file is rare, and a call that
is wrongly taken for another's says so when it is looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from ..syntax.names import dotted_name, imported_name
from ..syntax.nodes import Nodes


def imported_as(where: ast.Module | ast.Import, module: str) -> str | None:
    """What a file calls a module that it imports at its top, or one import: `np` for `numpy`."""
    for node in where.body if isinstance(where, ast.Module) else [where]:
        for alias in node.names if isinstance(node, ast.Import) else ():
            if alias.name == module and (alias.asname or "." not in module):
                return alias.asname or module
            if alias.asname is None and alias.name.partition(".")[0] == module:
                return module
    return None


def absolute(module: str, file: str, level: int, name: str | None) -> str:
    """`package.models` of `from .models import Net` in the module `package.main`, whose text is in `file`."""
    is_package = file.replace("\\", "/").endswith("/__init__.py")
    parts = module.split(".")
    package = parts[: len(parts) - level + (1 if is_package else 0)] if level else []
    return ".".join((*package, *([name] if name else [])))


@dataclass(frozen=True, slots=True)
class Imports:
    """The names that a module's imports bind, each with the dotted name that it stands for."""

    by_name: Mapping[str, str]

    def dotted(self, node: ast.expr) -> str:
        """The full name of `te.export`, as `torch.export.export`; empty where it is no name."""
        first, dot, rest = dotted_name(node).partition(".")
        return f"{self.by_name.get(first, first)}{dot}{rest}"

    def resolved(self, name: str) -> str:
        """The same of a text; empty where it is no name."""
        first, *rest = name.split(".")
        if not all(part.isidentifier() for part in (first, *rest)):
            return ""
        return ".".join((self.by_name.get(first, first), *rest))


def imports_of(nodes: Nodes) -> Imports:
    """The names that a module's imports bind, at any depth; of several for one name the last."""
    names: dict[str, str] = {}
    found: list[ast.Import | ast.ImportFrom] = [*nodes.of(ast.Import), *nodes.of(ast.ImportFrom)]
    for node in sorted(found, key=lambda node: node.lineno):
        for alias in node.names:
            name = imported_name(alias, node)
            if isinstance(node, ast.ImportFrom):
                names[name] = f"{'.' * node.level}{f'{node.module}.' if node.module else ''}{alias.name}"
            else:
                names[name] = alias.name if alias.asname else name
    return Imports(names)
