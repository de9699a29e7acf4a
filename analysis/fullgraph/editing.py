"""Edits put into a text. The rule: what no edit names stays as it is, line ends included."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from .model import Edit, Position
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


def by_file(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.place.file, []).append(edit)
    return found


def unified(before: str, after: str, name: str, context: int = 3) -> Sequence[str]:
    """The lines of a unified diff, without their ends; none where nothing differs."""
    old, new = (text.replace("\r\n", "\n").replace("\r", "\n").split("\n") for text in (before, after))
    return list(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=context))
