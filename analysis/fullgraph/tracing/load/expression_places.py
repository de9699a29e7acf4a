"""Gives the tree of an expression the places that it has in the user's file."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Place
from ..locations.syntax import extent


def shift(tree: ast.AST, lines: int, columns: int) -> None:
    """Moves a tree down by lines, and what is on its first line to the right, in bytes of UTF-8."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            line, column, end_line, end_column = extent(node)
            node.col_offset = column + (columns if line == 1 else 0)
            node.end_col_offset = end_column + (columns if end_line == 1 else 0)
            node.lineno, node.end_lineno = line + lines, end_line + lines


def put_at(tree: ast.AST, place: Place, lines: Sequence[str]) -> None:
    """An expression that nobody wrote (`Gate()` of the comment above `class Gate`) stands where its place is."""
    start, end = place.range.start, place.range.end
    before, until = ("".join(lines[p.line : p.line + 1])[: p.character] for p in (start, end))
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.lineno, node.end_lineno = start.line + 1, end.line + 1
            node.col_offset, node.end_col_offset = len(before.encode()), len(until.encode())
