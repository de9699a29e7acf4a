"""A text in which `$…$` marks the node that a question is about."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from textwrap import dedent

from fullgraph.python.syntax.tree import Tree
from fullgraph.text.source import SourceText, parse_module


@dataclass(frozen=True)
class Marked:
    """A parsed text, and the offsets between its two marks."""

    source: SourceText
    tree: Tree
    start: int
    end: int

    def node(self, kind: type[ast.AST]) -> ast.AST:
        """The outermost node of a kind that begins at the first mark and ends at the second."""
        return next(
            each for each in ast.walk(self.tree.tree) if isinstance(each, kind) and self._is_here(each)
        )

    @property
    def statement(self) -> ast.stmt:
        found = self.node(ast.stmt)
        assert isinstance(found, ast.stmt)
        return found

    def _is_here(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.expr | ast.stmt):
            return False
        where = self.source.range_of(node)
        return (self.source.offset_at(where.start), self.source.offset_at(where.end)) == (
            self.start,
            self.end,
        )


def marked(text: str) -> Marked:
    text = dedent(text).strip("\n") + "\n"
    start = text.index("$")
    end = text.index("$", start + 1) - 1
    source = SourceText("/m.py", text.replace("$", ""))
    tree = parse_module(source.normal)
    assert isinstance(tree, ast.Module), tree
    return Marked(source, Tree(tree), start, end)


def statements(text: str) -> list[ast.stmt]:
    return ast.parse(dedent(text)).body


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
