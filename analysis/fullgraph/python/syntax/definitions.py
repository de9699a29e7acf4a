"""The classes and functions of a module: their names' places, and the lines that count as their top."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Place, Position, Range
from ...text.source import SourceText

_NAME = re.compile(r"(?:class|(?:async[ \t\f]+)?def)[ \t\f]+(\w+)")


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or function, and what stands around it.

    `tops` are the lines above which a comment stands directly above the definition: that of each decorator
    and its own. `inside` names what it is nested in; it is empty where the module has it.
    """

    name: str
    place: Place  # of the name
    tops: frozenset[int]
    inside: str = ""


def definitions(tree: ast.Module, source: SourceText) -> Iterator[Definition]:
    """All classes and functions, at any depth, those in `if`, `try` and the like included."""
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        node, inside = pending.pop()
        for child in ast.iter_child_nodes(node):
            within = inside
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                yield _definition(child, source, inside)
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                within = f"{inside}.{child.name}" if inside else child.name
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                pending.append((child, within))


def place_of_name(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, source: SourceText) -> Place:
    """Where the name of a definition stands."""
    return source.place(_name(node, source))


def _definition(node: ast.ClassDef | ast.FunctionDef, source: SourceText, inside: str) -> Definition:
    lines = {expression.lineno - 1 for expression in node.decorator_list} | {node.lineno - 1}
    return Definition(node.name, place_of_name(node, source), frozenset(lines), inside)


def _name(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, source: SourceText) -> Range:
    start = source.range_of(node).start
    line = source.lines[start.line]
    # Not by `node.name`: the tree has `ﬁlter` as `filter`.
    match = _NAME.match(line, start.character)
    if match is None:  # `class \`, and the name on the next line
        return source.visible(Range(start, Position(start.line, len(line))))
    return Range(Position(start.line, match.start(1)), Position(start.line, match.end(1)))
