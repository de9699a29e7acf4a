"""Where a target's class and its `forward` are written, by the text alone.

The rule: what the text does not say plainly is left out, and has no hint.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from fullgraph.model import Position, Range, Target
from fullgraph.text.source import SourceText, SyntaxProblem, parse_expression, parse_module


@dataclass(frozen=True, slots=True)
class Forward:
    """A class's forward. `parameters` are its names with where each is said, without `self`."""

    name: Range
    parameters: tuple[tuple[str, Range], ...]
    returns: Position
    """After the `)` or the annotation: where what it gives could be said."""


@dataclass(frozen=True, slots=True)
class Class:
    """A model's class in a module's text."""

    name: str
    range: Range
    """Of the name."""
    forward: Forward | None
    instances: frozenset[str] = frozenset()
    """The names at the top of the module that an instance is assigned to."""


@lru_cache(maxsize=16)
def classes(source: SourceText) -> tuple[Class, ...]:
    """The classes at the top of a module; none where it does not parse."""
    tree = parse_module(source.normal)
    if isinstance(tree, SyntaxProblem):
        return ()
    named: dict[str | None, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = {name.id for name in node.targets if isinstance(name, ast.Name)}
            named.setdefault(_called(node.value), set()).update(names)
    own = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return tuple(_class(node, source, frozenset(named.get(node.name, ()))) for node in own)


def class_of(target: Target, found: tuple[Class, ...]) -> Class | None:
    """The class that a target's model is an instance of: of `Gate(3)` it is `Gate`."""
    tree = parse_expression(target.model.text)
    if isinstance(tree, SyntaxProblem):
        return None
    if isinstance(tree.body, ast.Name):
        name = tree.body.id
        return next((each for each in found if name in each.instances), None)
    return next((each for each in found if each.name == _called(tree.body)), None)


def _called(node: ast.expr) -> str | None:
    """`Gate` of `Gate(3)` and of `Gate().eval()`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _class(node: ast.ClassDef, source: SourceText, instances: frozenset[str]) -> Class:
    forward = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "forward"), None)
    return Class(node.name, _name(node, source), _forward(forward, source) if forward else None, instances)


def _name(node: ast.ClassDef | ast.FunctionDef, source: SourceText) -> Range:
    """The name after `class` or `def`; decorators lie before the line that the tree says."""
    start = source.position_of_utf8(node.lineno, node.col_offset)
    column = source.lines[start.line].find(node.name, start.character)
    first = Position(start.line, max(column, start.character))
    return Range(first, Position(start.line, first.character + len(node.name)))


def _forward(node: ast.FunctionDef, source: SourceText) -> Forward:
    name = _name(node, source)
    parameters = tuple(_parameters(node, source))
    if node.returns is not None:
        return Forward(name, parameters, source.range_of(node.returns).end)
    body = source.position_of_utf8(node.body[0].lineno, node.body[0].col_offset)
    head = source.between(Range(name.end, body))
    closing = head.rfind("):")
    end = source.position_at(source.offset_at(name.end) + closing + 1) if closing >= 0 else name.end
    return Forward(name, parameters, end)


def _parameters(node: ast.FunctionDef, source: SourceText) -> Iterator[tuple[str, Range]]:
    arguments = node.args
    for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs][1:]:
        start = source.position_of_utf8(each.lineno, each.col_offset)
        end_line, end_column = each.end_lineno, each.end_col_offset
        if end_line is not None and end_column is not None:
            yield each.arg, Range(start, source.position_of_utf8(end_line, end_column))
