"""A file that parses, and what everybody asks of its tree, found once."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...python.binding.constant_folding import Text
from ...python.binding.imports import Imports, absolute, imports_of
from ...python.syntax.nodes import Nodes
from ...python.syntax.statements import Function, blocks
from ...text.source import SourceText, SyntaxProblem, parse_module


@dataclass(frozen=True, eq=False)
class ParsedFile:
    """A Python file, under the name it is imported by."""

    source: SourceText
    tree: ast.Module
    name: str

    @property
    def file(self) -> str:
        return self.source.file

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.tree)

    @cached_property
    def imports(self) -> Imports:
        return imports_of(self.nodes)

    @cached_property
    def text(self) -> Text:
        """What its names are, for an expression that is evaluated in this very file."""
        return Text(self.nodes, at_home=True)

    @cached_property
    def text_abroad(self) -> Text:
        """The same for an expression that is evaluated in another file."""
        return Text(self.nodes, at_home=False)

    @cached_property
    def definitions(self) -> Mapping[str, ast.ClassDef | Function]:
        """The classes and functions of its top, in its order; those in an `if` or a `try` too."""
        return {each.name: each for each in _definitions(self.tree.body)}

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules that `from … import *` names."""
        found = (each for each in self.tree.body if isinstance(each, ast.ImportFrom))
        named = (each for each in found if each.names[0].name == "*")
        return tuple(self.absolute(f"{'.' * each.level}{each.module or ''}") for each in named)

    def absolute(self, dotted: str) -> str:
        """`package.models.Net` of `.models.Net`, as this file would import it."""
        rest = dotted.lstrip(".")
        return absolute(self.name, self.file, len(dotted) - len(rest), rest)


def parsed_file(source: SourceText, name: str) -> ParsedFile | SyntaxProblem:
    """`name` is what the file is imported by."""
    tree = parse_module(source.normal)
    return tree if isinstance(tree, SyntaxProblem) else ParsedFile(source, tree, name)


def _definitions(body: list[ast.stmt]) -> list[ast.ClassDef | Function]:
    found: list[ast.ClassDef | Function] = []
    for each in body:
        if isinstance(each, ast.ClassDef | Function):
            found.append(each)
        elif isinstance(each, ast.If | ast.Try):
            found += [inner for block in blocks(each) for inner in _definitions(block)]
    return found
