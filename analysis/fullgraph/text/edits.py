"""Edits put into a text. The rule: what no edit names stays as it is, line ends included."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Iterable, Sequence

from ..model import Edit, Place, Position, Range
from .source import SourceText

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def applied(source: SourceText, edits: Iterable[Edit]) -> str | None:
    """The text with the edits in it; None where two of them overlap. New lines end as the text's first."""
    lines = _LINE.findall(source.text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    ending = next((end for line in lines if (end := line[len(line.rstrip("\r\n")) :])), "\n")

    def offset(position: Position) -> int:
        return starts[position.line] + position.character

    pieces: list[str] = []
    last = 0
    for edit in sorted(edits, key=lambda edit: edit.place.range):
        start, end = offset(edit.place.range.start), offset(edit.place.range.end)
        if start < last:
            return None
        pieces += (source.text[last:start], edit.new_text.replace("\n", ending))
        last = end
    return "".join((*pieces, source.text[last:]))


def turning(source: SourceText, text: str) -> tuple[Edit, ...]:
    """Edits of whole lines that make another text of this one."""
    old, new = source.normal.split("\n"), _normal(text).split("\n")
    changes = (step for step in _steps(old, new) if step[0] != "equal")
    return tuple(
        Edit(source.place(_lines(old, first, last)), _instead(new[start:end], first, last == len(old)))
        for _, first, last, start, end in changes
    )


def _lines(old: Sequence[str], first: int, last: int) -> Range:
    """Lines with their ends; the last line of a text has none, and goes with the end of the one before it."""
    if last < len(old):
        return Range(Position(first, 0), Position(last, 0))
    start = Position(first - 1, len(old[first - 1])) if first else Position(0, 0)
    return Range(start, Position(len(old) - 1, len(old[-1])))


def _instead(lines: Sequence[str], first: int, at_end: bool) -> str:
    if not at_end:
        return "".join(f"{line}\n" for line in lines)
    return "".join(f"\n{line}" for line in lines) if first else "\n".join(lines)


def place_before(source: SourceText, text: str, place: Place) -> Place | None:
    """Where lines of a changed text stood in the one that it was made of; None where they are new."""
    first, last = place.range.start.line, place.range.end.line
    for kind, old, _, start, end in _steps(source.normal.split("\n"), _normal(text).split("\n")):
        if kind == "equal" and start <= first and last < end:
            moved = [
                Position(at.line - start + old, at.character) for at in (place.range.start, place.range.end)
            ]
            return Place(place.file, Range(moved[0], moved[1]))
    return None


def line_before(source: SourceText, text: str, line: int) -> int | None:
    """Which line a changed one was, where as many came as went."""
    for _, first, last, start, end in _steps(source.normal.split("\n"), _normal(text).split("\n")):
        if start <= line < end and last - first == end - start:
            return line - start + first
    return None


def _steps(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """The edits of each file, in their order."""
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.place.file, []).append(edit)
    return found


def unified(before: str, after: str, name: str, context: int = 3) -> Sequence[str]:
    """The lines of a unified diff, without their ends, as `patch` takes it; none where nothing differs."""
    old, new = (io.StringIO(_normal(text), newline="\n").readlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=context)
    return [part for line in lines for part in _without_end(line)]


def _without_end(line: str) -> Sequence[str]:
    if line.endswith("\n") or line.startswith(("--- ", "+++ ", "@@ ")):
        return [line.removesuffix("\n")]
    return [line, "\\ No newline at end of file"]
