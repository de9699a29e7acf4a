"""The names in an expression: `torch.nn.functional` as a dotted name, and what a call calls."""

from __future__ import annotations

import ast
from typing import TypeGuard


def dotted_name(node: ast.AST) -> str:
    """`torch.nn.Module` of an expression that is a dotted name; "" of any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def call_name(node: ast.AST) -> str:
    """`torch.export.Dim` of `torch.export.Dim(…)` or of the name itself; "" where it is no dotted name."""
    return dotted_name(node.func if isinstance(node, ast.Call) else node)


def last_name(node: ast.AST) -> str:
    """`any` of `any(…)`, `torch.any` and `x.gt(0).any()`, whatever stands before the dot."""
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def method_name(node: ast.AST) -> str:
    """`item` of `(x + y).item()`; "" of what calls no attribute."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else ""  # type: ignore[attr-defined]


def is_name(node: ast.AST | None, name: str) -> TypeGuard[ast.Name]:
    """Whether it is this very name."""
    return isinstance(node, ast.Name) and node.id == name


def imported_name(alias: ast.alias, statement: ast.Import | ast.ImportFrom) -> str:
    """The name that a part of an import binds: `torch` of `import torch.nn`."""
    if alias.asname or isinstance(statement, ast.ImportFrom):
        return alias.asname or alias.name
    return alias.name.partition(".")[0]


def last_part(dotted: str) -> str:
    """`Module` of `torch.nn.Module`."""
    return dotted.rpartition(".")[2]


def names_in(node: ast.AST) -> frozenset[str]:
    """Every name in a node, be it read or bound."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
