"""A range keeps its text, wherever it goes, or has no place."""

from __future__ import annotations

from fullgraph.model import Position, Range
from fullgraph.text.source import SourceText
from fullgraph_server.session.position_mapping import Moves, between
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text("ab\n ", max_size=40)


def source(text: str) -> SourceText:
    return SourceText("/f.py", text)


def at(text: SourceText, start: int, end: int) -> Range:
    return Range(text.position_at(start), text.position_at(end))


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXTS), max_size=8), st.data())
def test_what_is_moved_has_its_text(
    first: str, edits: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    old = new = source(first)
    moves = Moves(old, old)
    for one, other, put in edits:
        start, end = sorted(min(edge, len(new.normal)) for edge in (one, other))
        new = source(new.normal[:start] + put + new.normal[end:])
        moves = moves.then(start, end, new)
    start = data.draw(st.integers(0, len(old.normal)))
    where = at(old, start, data.draw(st.integers(start, len(old.normal))))
    for each in (moves, between(old, new)):
        moved = each.moved(where)
        assert moved is None or new.between(moved) == old.between(where)
        unchanged = each.back().moved(moved) if moved else None
        assert unchanged is None or old.between(unchanged) == old.between(where)


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_what_was_typed_and_taken_back_leaves_no_trace(text: str, put: str, where: int) -> None:
    old, start = source(text), min(where, len(text))
    new = source(text[:start] + put + text[start:])
    there = Moves(old, old).then(start, start, new)
    assert there.then(start, start + len(put), old).hunks == ()


def test_a_range_behind_an_edit_moves_and_one_around_it_is_lost() -> None:
    old = source("if x.sum() > 0:\n    y = x\n")
    new = source("\nif x.sum() > 10:\n    y = x\n")
    moves = Moves(old, old).then(13, 13, source("if x.sum() > 10:\n    y = x\n")).then(0, 0, new)
    assert moves.moved(at(old, 3, 10)) == Range(Position(1, 3), Position(1, 10))
    assert moves.moved(at(old, 3, 14)) is None
    assert moves.moved(Range(Position(1, 4), Position(1, 5))) == Range(Position(2, 4), Position(2, 5))


def test_the_duplicate_of_a_line_is_not_the_line() -> None:
    old = source("a\na\n")
    assert Moves(old, old).then(0, 0, source("a\na\na\n")).moved(at(old, 0, 1)) == Range(
        Position(1, 0), Position(1, 1)
    )


def test_two_edits_far_apart_leave_what_is_between_in_place() -> None:
    lines = [f"line {number}" for number in range(100)]
    changed = ["new", *lines[1:99], "new"]
    moves = between(source("\n".join(lines)), source("\n".join(["put", *changed])))
    assert moves.moved(Range(Position(50, 0), Position(50, 4))) == Range(Position(51, 0), Position(51, 4))
    assert moves.moved(Range(Position(0, 0), Position(0, 4))) is None
