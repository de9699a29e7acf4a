"""What the editor holds: documents, and notebooks whose cells are one module. Frozen values.

The rule: a module has one text, in which the analysis counts, and parts, each a document of the editor's
in which the editor counts. A plain document is a module of one part; a notebook has one for each cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from fullgraph.model import Position, Range
from fullgraph.text.source import SourceText

_LINE_BREAK = re.compile(r"\r\n|\r")
_MAGIC = re.compile(r"^(\s*)[%!?]", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A text of the editor's."""

    uri: str
    version: int
    text: str
    language: str = "python"

    @cached_property
    def source(self) -> SourceText:
        return SourceText(self.uri, self.text)


@dataclass(frozen=True)
class Change:
    """`range` of a document becomes `text`; None: all of it does."""

    range: Range | None
    text: str


def changed(document: Document, change: Change, version: int) -> tuple[Document, tuple[int, int]]:
    """The document after a change, and the stretch of its former text that was replaced."""
    text = document.source.normal
    start, end = _stretch(document.source, change.range) if change.range else (0, len(text))
    put = _LINE_BREAK.sub("\n", change.text)
    new = Document(document.uri, version, text[:start] + put + text[end:], document.language)
    return new, (start, end)


def _stretch(source: SourceText, where: Range) -> tuple[int, int]:
    """Offsets, whatever the client said: a position that the text does not have is the nearest one."""
    edges = sorted(source.offset_at(source.clamped(edge)) for edge in (where.start, where.end))
    return edges[0], edges[1]


@dataclass(frozen=True)
class Part:
    """A document within the module; `line` is its first line there."""

    document: Document
    line: int

    @property
    def lines(self) -> int:
        return len(self.document.source.lines)


@dataclass(frozen=True)
class Module:
    """What the analysis calls a file. `uri` is the document's or the notebook's."""

    uri: str
    file: str
    source: SourceText
    parts: tuple[Part, ...]

    @property
    def version(self) -> int:
        return max((part.document.version for part in self.parts), default=0)

    @property
    def is_notebook(self) -> bool:
        return len(self.parts) != 1 or self.parts[0].document.uri != self.uri

    def part_at(self, line: int) -> Part | None:
        """The part that has a line of the module."""
        return next((p for p in self.parts if p.line <= line < p.line + p.lines), None)

    def part_of(self, uri: str) -> Part | None:
        return next((part for part in self.parts if part.document.uri == uri), None)

    def outward(self, where: Range) -> tuple[Part, Range] | None:
        """A range as its part counts; one that goes beyond its cell ends with it."""
        part = self.part_at(where.start.line)
        if part is None:
            return None
        shifted = Range(_up(where.start, part.line), _up(where.end, part.line))
        return part, Range(shifted.start, part.document.source.clamped(shifted.end))


def inward(part: Part, position: Position) -> Position:
    """A position of a document as its module counts."""
    clamped = part.document.source.clamped(position)
    return Position(clamped.line + part.line, clamped.character)


def _up(position: Position, lines: int) -> Position:
    return Position(position.line - lines, position.character)


def plain(document: Document, file: str) -> Module:
    return Module(document.uri, file, SourceText(file, document.source.normal), (Part(document, 0),))


def notebook(uri: str, file: str, cells: tuple[Document, ...]) -> Module:
    """The code cells, in order, as one module; a line of magic (`%matplotlib`, `!pip`) is a comment there."""
    parts: list[Part] = []
    line = 0
    for cell in cells:
        parts.append(Part(cell, line))
        line += len(cell.source.lines)
    text = "\n".join(_MAGIC.sub(r"\1#", cell.source.normal) for cell in cells)
    return Module(uri, file, SourceText(file, text), tuple(parts))
