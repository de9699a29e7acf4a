"""Source lines with ranges underlined, as rustc draws them.

Everything here is a pure function of the source lines and the ranges; a range that the text does not
have draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from ...model import Position, Range
from .cutting import ellipsis_in, fits, shown

GUTTER = "bold bright_blue"
_MOST_LINES = 8  # a range over more lines than this is shown by its first and last ones
_FIRST_LINES, _LAST_LINES = 4, 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on: line numbers right-aligned in `gutter` columns, then `width` columns of source."""

    gutter: int
    width: int
    encoding: str = "utf-8"

    def row(self, number: str = "", content: Text | None = None) -> Text:
        row = Text.assemble((f"{number:>{self.gutter}} |", GUTTER), " ", content or "")
        row.rstrip()
        return row


@dataclass(frozen=True, slots=True)
class Underline:
    """`mark` under a range in `style`, and a label behind the last mark."""

    range: Range
    mark: str
    style: str
    label: str = ""


def snippet(lines: Sequence[str], underlines: Sequence[Underline], sheet: Sheet) -> list[Text]:
    """The drawing, with an empty line above it; nothing where `lines` does not have the first range.

    Several underlines must each be `beside` the first.
    """
    first, *others = underlines
    if first.range.start.line >= len(lines):
        return []
    range_ = _within(lines, first.range)
    if range_.start.line != range_.end.line:
        return [sheet.row(), *_several(lines, range_, first, sheet)]
    return [sheet.row(), *_singles(lines, [first, *others], sheet)]


def beside(lines: Sequence[str], first: Range, other: Range, sheet: Sheet) -> bool:
    """Whether both are of one line each, and neither line is cut, so that one drawing can hold both."""
    return all(
        range_.start.line == range_.end.line < len(lines)
        and fits(lines[range_.start.line], sheet.width, sheet.encoding)
        for range_ in (first, other)
    )


def _within(lines: Sequence[str], range_: Range) -> Range:
    """The range, ending inside the text, and at a line's end rather than before the next one's start."""
    end = range_.end
    if end.line >= len(lines):
        end = Position(len(lines) - 1, len(lines[-1]))
    if end.character == 0 and end.line > range_.start.line:
        end = Position(end.line - 1, len(lines[end.line - 1]))
    return Range(range_.start, max(range_.start, end))


# -- ranges of one line ------------------------------------------------------------------------------


def _singles(lines: Sequence[str], underlines: Sequence[Underline], sheet: Sheet) -> Iterator[Text]:
    """The lines in their order, each once, with their underlines in the order given."""
    numbers = sorted({underline.range.start.line for underline in underlines})
    for number, previous in zip(numbers, [None, *numbers], strict=False):
        yield from _between(lines, previous, number, sheet)
        yield from _line(lines, [u for u in underlines if u.range.start.line == number], sheet)


def _between(lines: Sequence[str], previous: int | None, line: int, sheet: Sheet) -> Iterator[Text]:
    """A single line in between is shown, more are left out."""
    if previous is None or line == previous + 1:
        return
    if line == previous + 2:
        text = shown(lines[line - 1], 0, 0, sheet.width, sheet.encoding).text
        yield sheet.row(str(line), Text(text))
    else:
        yield Text("...", GUTTER)


def _line(lines: Sequence[str], underlines: Sequence[Underline], sheet: Sheet) -> Iterator[Text]:
    line = underlines[0].range.start.line
    for index, underline in enumerate(underlines):
        range_ = _within(lines, underline.range)
        part = shown(lines[line], range_.start.character, range_.end.character, sheet.width, sheet.encoding)
        if index == 0:
            yield sheet.row(str(line + 1), Text(part.text))
        marks = underline.mark * max(1, part.end - part.start)
        yield from _marked(" " * part.start, marks, underline, sheet)


# -- ranges of several lines -------------------------------------------------------------------------


def _several(lines: Sequence[str], range_: Range, underline: Underline, sheet: Sheet) -> Iterator[Text]:
    """A bar beside the lines joins the two ends."""
    first, *rest = _chosen(range_)
    assert first is not None
    yield from _first(lines[first], range_.start, underline, sheet)
    end = 0
    for line in rest:
        if line is None:
            yield _barred("", "|", ellipsis_in(sheet.encoding), underline, sheet)
            continue
        character = range_.end.character if line == range_.end.line else 0
        part = shown(lines[line], character, character, sheet.width, sheet.encoding)
        yield _barred(str(line + 1), "|", part.text, underline, sheet)
        end = part.end
    yield from _marked("", f"|{'_' * max(1, end)}{underline.mark}", underline, sheet)


def _first(line: str, start: Position, underline: Underline, sheet: Sheet) -> Iterator[Text]:
    """The bar begins at the margin where the range begins the line, else under the range's start."""
    part = shown(line, start.character, start.character, sheet.width, sheet.encoding)
    number = str(start.line + 1)
    if not line[: start.character].strip():
        yield _barred(number, "/", part.text, underline, sheet)
        return
    yield _barred(number, " ", part.text, underline, sheet)
    yield sheet.row("", Text(f" {'_' * (part.start + 1)}{underline.mark}", underline.style))


def _chosen(range_: Range) -> list[int | None]:
    """The lines to show; None stands for those left out."""
    lines: list[int | None] = list(range(range_.start.line, range_.end.line + 1))
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_FIRST_LINES], None, *lines[-_LAST_LINES:]]


def _barred(number: str, bar: str, text: str, underline: Underline, sheet: Sheet) -> Text:
    return sheet.row(number, Text.assemble((bar, underline.style), " ", text))


def _marked(indent: str, marks: str, underline: Underline, sheet: Sheet) -> Iterator[Text]:
    """The marks with the label beside them, or below, as far right as it fits, where there is no room."""
    label, style = underline.label, underline.style
    if cell_len(label) <= sheet.width - len(indent) - len(marks) - 1:
        yield sheet.row("", Text(f"{indent}{marks} {label}", style))
        return
    yield sheet.row("", Text(indent + marks, style))
    left = max(0, sheet.width - cell_len(label))
    yield sheet.row("", Text(indent[:left] + label, style))
