"""What the names of a file mean, by its imports: `ex` is `torch.export.export` after
`from torch.export import export as ex`.

The imports of all scopes count as one: that a name means two things in one file is rare, and a call that
is wrongly taken for another's says so when it is looked at.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imports:
    by_name: Mapping[str, str]

    def dotted(self, node: ast.expr) -> str:
        """The full name of `te.export`, as `torch.export.export`; empty where it is no name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join((self.by_name.get(node.id, node.id), *reversed(parts)))

    def resolved(self, name: str) -> str:
        """The same of a text; empty where it is no name."""
        first, *rest = name.split(".")
        if not all(part.isidentifier() for part in (first, *rest)):
            return ""
        return ".".join((self.by_name.get(first, first), *rest))


def imports_of(tree: ast.Module) -> Imports:
    names: dict[str, str] = {}
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                names[alias.asname or alias.name] = f"{base}.{alias.name}"
    return Imports(names)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements, the outer before the inner. No import is inside of an expression, and of expressions
    there are ten times as many.
    """
    pending: deque[ast.AST] = deque([tree])
    while pending:
        for child in _inner(pending.popleft()):
            if isinstance(child, ast.stmt):
                yield child
            pending.append(child)


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    for field in _BLOCKS:
        yield from getattr(node, field, ())


_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
