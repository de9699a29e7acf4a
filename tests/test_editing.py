"""Edits put into texts: what no edit names stays as it is."""

from __future__ import annotations

import pytest
from fullgraph.model import Edit, Place, Position, Range
from fullgraph.text.edits import applied, line_before, place_before, turning, unified
from fullgraph.text.source import SourceText
from hypothesis import given
from hypothesis import strategies as st


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
    return Edit(Place("/m.py", Range(Position(*start), Position(*end))), text)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        ("x = 1\ny = 2\n", [edit((0, 4), (0, 5), "3")], "x = 3\ny = 2\n"),
        ("x = 1\r\ny = 2\r\n", [edit((1, 0), (1, 0), "a\nb\n")], "x = 1\r\na\r\nb\r\ny = 2\r\n"),
        ("x = 1\ry = 2", [edit((1, 4), (1, 5), "3")], "x = 1\ry = 3"),
        ("a = b\n", [edit((0, 4), (0, 5), "c"), edit((0, 0), (0, 1), "größe")], "größe = c\n"),
        ("a\u2028b = 1\nc\n", [edit((1, 0), (1, 1), "d")], "a\u2028b = 1\nd\n"),
        ("", [edit((0, 0), (0, 0), "x\n")], "x\n"),
        ("one\ntwo", [edit((0, 0), (1, 3), "")], ""),
        ("ab", [edit((0, 1), (0, 1), "x"), edit((0, 1), (0, 2), "y")], "axy"),
    ],
)
def test_edits_are_put_in(before: str, edits: list[Edit], after: str) -> None:
    assert applied(SourceText("/m.py", before), edits) == after


def test_edits_that_overlap_are_refused() -> None:
    source = SourceText("/m.py", "abcdef")
    assert applied(source, [edit((0, 0), (0, 3), "x"), edit((0, 2), (0, 4), "y")]) is None


@given(st.text(st.sampled_from("ab\n\r\t\u2028\f"), max_size=30))
def test_without_edits_every_text_stays(text: str) -> None:
    assert applied(SourceText("/m.py", text), []) == text


@given(st.text(st.sampled_from("ab\n"), max_size=30), st.data())
def test_one_edit_replaces_its_range_alone(text: str, data: st.DataObject) -> None:
    source = SourceText("/m.py", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    where = Range(source.position_at(start), source.position_at(end))
    assert applied(source, [Edit(Place("/m.py", where), "X")]) == text[:start] + "X" + text[end:]


def test_a_diff_has_no_lines_where_nothing_differs() -> None:
    assert unified("a\r\nb", "a\nb", "m.py") == []
    assert unified("a\nb\n", "a\nc\n", "m.py")[2:] == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    open_end = "\\ No newline at end of file"
    assert unified("a\nb", "a\nc", "m.py")[-4:] == ["-b", open_end, "+c", open_end]


lines_of_text = st.lists(st.sampled_from(("a", "b", "  c", "")), max_size=8)


@given(lines_of_text, lines_of_text, st.sampled_from(("\n", "\r\n")))
def test_edits_turn_one_text_into_the_other(old: list[str], new: list[str], end: str) -> None:
    source = SourceText("/m.py", end.join(old))
    after = applied(source, turning(source, "\n".join(new)))
    assert after is not None
    assert after.replace("\r\n", "\n") == "\n".join(new)


def test_a_place_is_found_again_where_its_line_stayed() -> None:
    source = SourceText("/m.py", "one\ntwo\nthree = 3\nfour\n")
    text = "zero\none\nTWO\nthree = 3\nfour\n"
    three = Place("/m.py", Range(Position(3, 0), Position(3, 5)))
    assert place_before(source, text, three) == Place("/m.py", Range(Position(2, 0), Position(2, 5)))
    assert place_before(source, text, Place("/m.py", Range(Position(2, 0), Position(2, 3)))) is None
    assert line_before(source, text, 0) is None
    assert line_before(SourceText("/m.py", "a\nb\n"), "a\nc\n", 1) == 1
