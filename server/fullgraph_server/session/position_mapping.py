"""Maps ranges of a former text to the present one, through the edits between them.

The rule: a range is mapped only where its own text is unchanged; one that was edited inside has no counterpart.
Edits that cancel out leave nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate

from fullgraph.model import Position, Range
from fullgraph.text.source import SourceText

_MOST_LINES = 4000
"""More changed lines than these are taken for one change: to compare them takes too long."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """`old[start:end]` has become `new[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int

    @property
    def grown(self) -> int:
        return (self.new_end - self.new_start) - (self.end - self.start)

    def inside(self, start: int, end: int) -> bool:
        """Whether it touches the old text from `start` to `end`, and not only its edges."""
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Moves:
    """The changes from one text to another: in order, and with unchanged text between each two."""

    old: SourceText
    new: SourceText
    hunks: tuple[Hunk, ...] = ()

    def then(self, start: int, end: int, new: SourceText) -> Moves:
        """With one change more: what was `start` to `end` in our new text is different in `new`."""
        grown = len(new.normal) - len(self.new.normal)
        before = [hunk for hunk in self.hunks if hunk.new_end < start]
        after = [_shifted(hunk, grown) for hunk in self.hunks if hunk.new_start > end]
        touched = [hunk for hunk in self.hunks if hunk.new_end >= start and hunk.new_start <= end]
        first, last = min([start, *(h.new_start for h in touched)]), max([end, *(h.new_end for h in touched)])
        grown_before = sum(hunk.grown for hunk in before)
        grown_within = grown_before + sum(hunk.grown for hunk in touched)
        whole = Hunk(first - grown_before, last - grown_within, first, last + grown)
        middle = _trimmed(whole, self.old.normal, new.normal)
        return Moves(self.old, new, (*before, *middle, *after))

    def back(self) -> Moves:
        """From the new text to the old one."""
        hunks = (Hunk(h.new_start, h.new_end, h.start, h.end) for h in self.hunks)
        return Moves(self.new, self.old, tuple(hunks))

    def moved(self, where: Range) -> Range | None:
        """Where a range of the old text stands in the new one, if its text is still what it was."""
        if not self.hunks:
            return where
        start, end = self.old.offset_at(where.start), self.old.offset_at(where.end)
        if any(hunk.inside(start, end) for hunk in self.hunks):
            return None
        grown = sum(hunk.grown for hunk in self.hunks if hunk.end <= start)
        return Range(self.new.position_at(start + grown), self.new.position_at(end + grown))

    def position(self, where: Position) -> Position | None:
        """Where a position of the old text stands in the new one."""
        moved = self.moved(Range(where, where))
        return moved.start if moved else None


def between(old: SourceText, new: SourceText) -> Moves:
    """The changes from one text to another, computed by comparing them."""
    if old.normal == new.normal:
        return Moves(old, new)
    whole = Hunk(0, len(old.normal), 0, len(new.normal))
    hunks = (part for hunk in _trimmed(whole, old.normal, new.normal) for part in _by_lines(hunk, old, new))
    return Moves(old, new, tuple(hunks))


def _shifted(hunk: Hunk, by: int) -> Hunk:
    return replace(hunk, new_start=hunk.new_start + by, new_end=hunk.new_end + by)


def _trimmed(hunk: Hunk, old: str, new: str) -> list[Hunk]:
    """Without what is the same at its edges; none where nothing is left.

    Where only something was put in, there is nothing to compare, and where it was put stays as it was said.
    """
    one, other = old[hunk.start : hunk.end], new[hunk.new_start : hunk.new_end]
    if one == other:
        return []
    head = _same(one, other)
    tail = _same(one[head:][::-1], other[head:][::-1])
    return [Hunk(hunk.start + head, hunk.end - tail, hunk.new_start + head, hunk.new_end - tail)]


def _same(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings; halves, because slices compare fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _by_lines(hunk: Hunk, old: SourceText, new: SourceText) -> list[Hunk]:
    one = old.normal[hunk.start : hunk.end].splitlines(keepends=True)
    other = new.normal[hunk.new_start : hunk.new_end].splitlines(keepends=True)
    if not one or not other or len(one) + len(other) > _MOST_LINES:
        return [hunk]
    starts = list(accumulate(map(len, one), initial=hunk.start))
    new_starts = list(accumulate(map(len, other), initial=hunk.new_start))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return [
        part
        for kind, i, j, k, m in matcher.get_opcodes()
        if kind != "equal"
        for part in _trimmed(Hunk(starts[i], starts[j], new_starts[k], new_starts[m]), old.normal, new.normal)
    ]
