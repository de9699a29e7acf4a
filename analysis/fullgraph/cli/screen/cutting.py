"""A source line as it is on the screen: in cells, and cut around what matters where it is too wide.

Columns on the screen are cells, not characters: a tab takes four, an East Asian wide character two, a
combining accent none.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from .visible import visible


@dataclass(frozen=True, slots=True)
class Shown:
    """A line's text on the screen, and the part asked for in it, from `start` up to `end` in cells."""

    text: str
    start: int
    end: int


def shown(line: str, start: int, end: int, width: int, encoding: str) -> Shown:
    """The line in at most `width` cells, with its characters from `start` up to `end` in sight."""
    before, part, after = (visible(text, encoding) for text in (line[:start], line[start:end], line[end:]))
    if cell_len(before) + cell_len(part) + cell_len(after) > width:
        before, part, after = _cut(before, part, after, width, ellipsis_in(encoding))
    begin = cell_len(before)
    return Shown(before + part + after, begin, begin + cell_len(part))


def fits(line: str, width: int, encoding: str) -> bool:
    """Whether the line is shown whole."""
    return cell_len(visible(line, encoding)) <= width


def ellipsis_in(encoding: str) -> str:
    return "…" if visible("…", encoding) == "…" else "..."


def _cut(before: str, part: str, after: str, width: int, ellipsis: str) -> tuple[str, str, str]:
    """Two thirds of the width for the part, or what the others leave of it, and half of the rest before it."""
    left = width - cell_len(before) - cell_len(after)
    part = _head(part, max(width * 2 // 3, left), ellipsis)
    room = width - cell_len(part)
    before = _tail(before, room if not after else max(room // 2, room - cell_len(after)), ellipsis)
    return before, part, _head(after, room - cell_len(before), ellipsis)


def _head(text: str, width: int, ellipsis: str) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - len(ellipsis))).rstrip() + ellipsis


def _tail(text: str, width: int, ellipsis: str) -> str:
    """Cut from the left: what is left of the reversed text is cut from its end."""
    if cell_len(text) <= width:
        return text
    return ellipsis + set_cell_size(text[::-1], max(0, width - len(ellipsis))).rstrip()[::-1]
