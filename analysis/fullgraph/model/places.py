"""Where something stands in the user's files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A line and a character in it, both counted from 0, in Unicode code points."""

    line: int
    character: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """From `start` up to, but without, `end`."""

    start: Position
    end: Position

    def contains(self, other: Range) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range in a file. `file` is an absolute path."""

    file: str
    range: Range


@dataclass(frozen=True, slots=True)
class Related:
    """A further place that explains a finding: where a symbol was made, the spec it contradicts."""

    message: str
    place: Place
