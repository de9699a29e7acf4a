"""Modules that a target's expression names and the module it is evaluated in has not imported.

`Net(body=layers.Enc(8))` in a comment above `Net`, in a table or a recording: the file itself need not import
`layers`. The rule: a name that is bound in the module or in the expression is that; only what would be a
NameError is looked for among the modules.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from collections.abc import Container, Iterator
from types import ModuleType


def named_modules(tree: ast.AST, bound: Container[str]) -> dict[str, ModuleType]:
    """By name, the top modules of the dotted names that nothing binds, with what is named of them imported."""
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not _is_read(node)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found: dict[str, ModuleType] = {}
    for parts in map(_parts, ast.walk(tree)):
        known = not parts or parts[0] in own or parts[0] in bound or hasattr(builtins, parts[0])
        if not known and _is_imported(parts[:-1]):
            found[parts[0]] = sys.modules[parts[0]]
    return found


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _parts(node: ast.AST) -> list[str]:
    """`["layers", "Enc"]` of `layers.Enc`; nothing of anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) and parts else []


def _is_imported(parts: list[str]) -> bool:
    """Whether the first part is a module; it is imported, and so are the modules in it that follow."""
    return sum(1 for _ in _imported(parts)) > 0


def _imported(parts: list[str]) -> Iterator[str]:
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and not name.startswith(error.name):  # it is there, and lacks another
                raise
            return
        yield name
