"""A tree that can be gone up as well as down: what stands around a node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .statements import Function, block_of, blocks, elif_of

_IN_STRINGS = (ast.JoinedStr, ast.FormattedValue)


@dataclass(frozen=True, eq=False)
class Tree:
    """The tree of a whole text, which nobody changes."""

    tree: ast.Module

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while (up := self.parents.get(node)) is not None:
            yield up
            node = up

    def in_string(self, node: ast.AST) -> bool:
        """Whether it stands in an f-string, where places are not certain."""
        return any(isinstance(up, _IN_STRINGS) for up in self.ancestors(node))

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around a node, or the node itself."""
        return next((up for up in (node, *self.ancestors(node)) if isinstance(up, ast.stmt)), None)

    def function_of(self, node: ast.AST) -> Function | None:
        return next((up for up in self.ancestors(node) if isinstance(up, Function)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        return next((up for up in self.ancestors(node) if isinstance(up, ast.ClassDef)), None)

    def scope_of(self, node: ast.AST) -> Function | ast.Module:
        """The function that a node stands in, else the module."""
        return self.function_of(node) or self.tree

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The block that a statement stands in."""
        return block_of(self.parents[statement], statement)

    def is_all_of_its_block(self, statement: ast.stmt) -> bool:
        parent = self.parents.get(statement)
        return not isinstance(parent, ast.Module) and any(
            each == [statement] for each in blocks(parent or statement)
        )

    def is_elif(self, node: ast.stmt) -> bool:
        """Whether a statement is the `elif` of another, and so no statement of its own in the text."""
        parent = self.parents.get(node)
        return isinstance(parent, ast.If) and elif_of(parent) is node


# -- places ------------------------------------------------------------------------------------------


def start(node: ast.AST) -> tuple[int, int]:
    """Where a node begins, to be compared with other places of its tree alone: it counts bytes."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def end(node: ast.AST) -> tuple[int, int]:
    """The end of a node as `ast` has it: the line from 1, and UTF-8 bytes in it."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
