"""Drawings that the whole outputs do not hold: several ranges in one, long ranges, and any range at all."""

from __future__ import annotations

from fullgraph.cli.screen.snippet import Sheet, Underline, beside, snippet
from fullgraph.model import Position, Range
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

SHEET = Sheet(gutter=2, width=40)
LINES = tuple(f"line_{number} = f({number})" for number in range(1, 21))


def drawn(lines: tuple[str, ...], *underlines: Underline, sheet: Sheet = SHEET) -> str:
    return "\n".join(text.plain for text in snippet(lines, underlines, sheet))


def at(line: int, start: int, end: int, end_line: int | None = None) -> Range:
    return Range(Position(line, start), Position(line if end_line is None else end_line, end))


def caret(range_: Range) -> Underline:
    return Underline(range_, "^", "red")


def dashes(range_: Range, label: str) -> Underline:
    return Underline(range_, "-", "blue", label)


def test_lines_near_and_far() -> None:
    """A gap of one line is shown, a wider one is not; the finding's own marks come first on its line."""
    drawing = drawn(
        LINES,
        caret(at(9, 10, 15)),
        dashes(at(9, 0, 7), "itself"),
        dashes(at(2, 0, 6), "far"),
        dashes(at(7, 0, 6), "near"),
    )
    assert drawing.splitlines() == [
        "   |",
        " 3 | line_3 = f(3)",
        "   | ------ far",
        "...",
        " 8 | line_8 = f(8)",
        "   | ------ near",
        " 9 | line_9 = f(9)",
        "10 | line_10 = f(10)",
        "   |           ^^^^^",
        "   | ------- itself",
    ]


def test_a_long_range_is_shown_by_its_ends() -> None:
    assert drawn(LINES, caret(at(1, 0, 6, end_line=12))).splitlines() == [
        "   |",
        " 2 | / line_2 = f(2)",
        " 3 | | line_3 = f(3)",
        " 4 | | line_4 = f(4)",
        " 5 | | line_5 = f(5)",
        "   | | …",
        "12 | | line_12 = f(12)",
        "13 | | line_13 = f(13)",
        "   | |______^",
    ]


def test_a_label_that_has_no_room_beside_the_marks() -> None:
    drawing = drawn(LINES, dashes(at(0, 9, 13), "a label of more than thirty-one cells"))
    assert drawing.splitlines()[2:] == [
        "   |          ----",
        "   |    a label of more than thirty-one cells",
    ]


def test_an_empty_range_has_one_mark() -> None:
    assert drawn(LINES, caret(at(0, 6, 6))).splitlines()[-1] == "   |       ^"


def test_what_stands_beside() -> None:
    assert beside(LINES, at(0, 0, 4), at(5, 0, 4), SHEET)
    assert not beside(LINES, at(0, 0, 4), at(5, 0, 4, end_line=6), SHEET)
    assert not beside(LINES, at(0, 0, 4), at(20, 0, 4), SHEET)
    assert not beside((*LINES, "x" * 41), at(0, 0, 4), at(20, 0, 4), SHEET)


positions = st.builds(Position, st.integers(0, 12), st.integers(0, 90))
ranges = st.tuples(positions, positions).map(lambda ends: Range(min(ends), max(ends)))
sources = st.lists(st.text(st.sampled_from("ab (\t値é\u0301\x1b👩"), max_size=80), max_size=12).map(tuple)


@given(sources, ranges, st.integers(40, 100))
def test_any_range_of_any_text(lines: tuple[str, ...], range_: Range, width: int) -> None:
    """Nothing raises, and nothing is wider than the sheet with its gutter and margin."""
    sheet = Sheet(gutter=2, width=width)
    drawing = snippet(lines, [caret(range_)], sheet)
    assert bool(drawing) == (range_.start.line < len(lines))
    for row in drawing:
        assert cell_len(row.plain) <= width + len("12 | | ") + 1
