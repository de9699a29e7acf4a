"""Expressions of a spec and where they stand: in a file, or in a text that stands for a part of one.

A loop or a helper function writes several entries with one expression. Spelled out they are a text of their
own, with the expression that it stands for as its origin: edits of it become one edit there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ...model import Edit, Expression, Place, Position, Range
from ...python.tokens import tokens_of
from ...text.edits import applied
from ...text.source import SourceText, parse_expression

_TOP = Position(0, 0)


@dataclass(frozen=True)
class Written:
    """A text with nodes of its own tree, and where it stands in a file."""

    source: SourceText
    file: str
    start: Position = _TOP

    @property
    def is_spelled_out(self) -> bool:
        """Whether it stands for a part of another text, and is no file."""
        return self.file.startswith("<")

    def range(self, node: ast.expr | ast.stmt | ast.keyword) -> Range:
        where = self.source.range_of(node)
        return Range(self.at(where.start), self.at(where.end))

    def at(self, position: Position) -> Position:
        character = position.character + (0 if position.line else self.start.character)
        return Position(position.line + self.start.line, character)

    def text(self, node: ast.expr) -> str:
        return self.source.between(self.source.range_of(node))

    def trailing_comma(self, node: ast.expr) -> Position | None:
        """Where a comma behind the last part of a tuple, list or call ends."""
        end = self.source.offset_at(self.source.range_of(node).end)
        comma = tokens_of(self.source.normal).trailing_comma(end)
        return self.at(self.source.position_at(comma.endpos)) if comma else None

    def between(self, start: Position, end: Position, text: str) -> Edit:
        return Edit(Place(self.file, Range(start, end)), text)

    def replaced(self, node: ast.expr | ast.keyword, text: str) -> Edit:
        where = self.range(node)
        return self.between(where.start, where.end, text)


@dataclass(frozen=True)
class Part:
    """An expression of the spec in the text that it is written in."""

    node: ast.expr
    written: Written

    @property
    def text(self) -> str:
        return self.written.text(self.node)

    @property
    def place(self) -> Place:
        return Place(self.written.file, self.written.range(self.node))

    def of(self, node: ast.expr) -> Part:
        """Another expression of the same text."""
        return Part(node, self.written)

    def replaced(self, text: str) -> Edit:
        return self.written.replaced(self.node, text)


@dataclass(frozen=True)
class SpelledOut:
    """A text that stands for `origin`. `template` is the part of it that each item is written with.

    `unpacked`: an assignment takes it apart at once, and needs no list of it.
    """

    written: Written
    origin: Part
    template: Part | None = None
    items: tuple[ast.expr, ...] = ()
    unpacked: bool = False

    def edit(self, text: str) -> Edit:
        """The edit of the origin: of its template alone, where each item becomes the same."""
        changed = parse_expression(text)
        if self.template is not None and isinstance(changed, ast.Expression):
            there = Written(SourceText("", text), "")
            new = {there.text(item) for item in _items(changed.body)}
            old = {self.written.text(item) for item in self.items}
            if len(new) == 1 and old == {self.template.text}:
                return self.template.replaced(new.pop())
        return self.origin.replaced(text[1:-1] if self.unpacked else text)


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.values) if isinstance(node, ast.Dict) else list(getattr(node, "elts", ()))


class SpelledOutTexts:
    """The texts that were spelled out while a spec was read."""

    def __init__(self) -> None:
        self._texts: dict[str, SpelledOut] = {}

    def part(
        self, text: str, origin: Part, template: Part | None = None, *, unpacked: bool = False
    ) -> Part | None:
        """The expression of a text that stands for an origin; None where it is none."""
        tree = parse_expression(text)
        if not isinstance(tree, ast.Expression):
            return None
        where = origin.place
        name = f"<{where.file}:{where.range.start.line}:{where.range.start.character}:{len(text)}>"
        written = Written(SourceText(name, text), name)
        items = tuple(_items(tree.body))
        row = unpacked and len(items) > 1 and isinstance(tree.body, ast.List)
        self._texts.setdefault(name, SpelledOut(written, origin, template, items, row))
        return Part(tree.body, self._texts[name].written)

    def settled(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Edits of the user's files alone; none where they contradict each other."""
        left = list(dict.fromkeys(edits))
        while spelled := next((self._texts[e.place.file] for e in left if e.place.file in self._texts), None):
            own = [edit for edit in left if edit.place.file == spelled.written.file]
            text = applied(spelled.written.source, own)
            if text is None:
                return ()
            left = [*(edit for edit in left if edit not in own), spelled.edit(text)]
        return tuple(dict.fromkeys(left)) if _is_consistent(left) else ()


def _is_consistent(edits: list[Edit]) -> bool:
    """Whether no place is to become two things, and none lies in another."""
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.place.file, edit.place.range))
    pairs = pairwise(ordered)
    return all(
        one.place.file != two.place.file or one.place.range.end <= two.place.range.start for one, two in pairs
    )


def written_part(expression: Expression | None) -> Part | None:
    """An expression of a target as it is written, with its tree; None where its text is not plainly there."""
    if expression is None:
        return None
    tree = parse_expression(expression.text)
    if not isinstance(tree, ast.Expression):
        return None
    source = SourceText(expression.place.file, expression.text)
    where = expression.place.range
    end = Written(source, "", where.start).at(source.whole.end)
    if end != where.end and not isinstance(tree.body, ast.Name):
        return None  # a string of TOML with escapes: its characters are not those of the file
    return Part(tree.body, Written(source, expression.place.file, expression.place.range.start))


def quote_in(text: str) -> str:
    """The quotation mark that an expression uses: one in a TOML string must not end it."""
    return "'" if "'" in text and '"' not in text else '"'
