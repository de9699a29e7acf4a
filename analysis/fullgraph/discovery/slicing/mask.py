"""A file's text with only some of its statements; whatever stays keeps its line and its columns.

A statement that goes leaves a `0` where it began, so that no block is empty, and spaces. Nothing else of
the text is touched: comments, indentation and line continuations stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Position
from ...python.syntax.statements import blocks
from ...text.source import SourceText

_CHARACTER = re.compile(r"[^\n]")
_Span = tuple[int, int, str]  # from, to, and what is written at its start


@dataclass(frozen=True, slots=True)
class Kept:
    """Which statements stay.

    Of `statements`, a compound one stays with those of its own that do, and a definition as a whole,
    unless it is `opened` or holds the statement `reached`. Of an opened `with` the header goes, of another what
    is `left_out` of its items, and of the `undecorated` definitions their decorators: pytest lets nobody else
    call a fixture.
    """

    statements: frozenset[ast.stmt]
    opened: frozenset[ast.stmt] = frozenset()
    reached: ast.stmt | None = None
    undecorated: frozenset[ast.stmt] = frozenset()
    left_out: frozenset[ast.expr] = frozenset()

    def looks_into(self, statement: ast.stmt) -> bool:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return True
        return statement in self.opened or any(node is self.reached for node in ast.walk(statement))


def blanked(source: SourceText, tree: ast.Module, kept: Kept) -> str:
    """The text with the statements that are kept."""
    parts, at = [], 0
    for start, end, mark in sorted(_spans(tree.body, source, kept)):
        parts += [source.normal[at:start], _blank(source.normal[start:end], mark)]
        at = end
    return "".join((*parts, source.normal[at:]))


def _spans(body: Sequence[ast.stmt], source: SourceText, kept: Kept) -> Iterator[_Span]:
    for statement in body:
        if statement not in kept.statements:
            yield _start(statement, source), _end(statement, source), "0"
            continue
        if statement in kept.undecorated:
            yield from _decorators(statement, source)
        if statement is not kept.reached and kept.looks_into(statement):
            if statement in kept.opened and isinstance(statement, ast.With | ast.AsyncWith):
                yield _header(statement, source)
            elif isinstance(statement, ast.With):
                yield from _items(statement, source, kept.left_out)
            for block in blocks(statement):
                yield from _spans(block, source, kept)


def _decorators(statement: ast.stmt, source: SourceText) -> Iterator[_Span]:
    start = _start(statement, source)
    for each in getattr(statement, "decorator_list", ()):
        end = source.offset_at(source.range_of(each).end)
        yield start, end, ""
        start = end


def _items(statement: ast.With, source: SourceText, left_out: frozenset[ast.expr]) -> Iterator[_Span]:
    for each in statement.items:
        if each.context_expr in left_out:
            place = source.range_of(each.context_expr)
            yield source.offset_at(place.start), source.offset_at(place.end), "0"


def _header(statement: ast.With | ast.AsyncWith, source: SourceText) -> _Span:
    start, body = _start(statement, source), _start(statement.body[0], source)
    line = source.offset_at(Position(source.position_at(body).line, 0))
    return start, max(line, start) if line > start else body, "if 1:"


def _start(statement: ast.stmt, source: SourceText) -> int:
    """With the decorators, whose `@` stands in the column of what they decorate."""
    decorators = getattr(statement, "decorator_list", ())
    line = min([statement.lineno, *(each.lineno for each in decorators)])
    return source.offset_at(source.position_of_utf8(line, statement.col_offset))


def _end(statement: ast.stmt, source: SourceText) -> int:
    return source.offset_at(source.range_of(statement).end)


def _blank(text: str, mark: str) -> str:
    return mark + _CHARACTER.sub(" ", text[len(mark) :])
