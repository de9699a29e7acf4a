"""Texts as the editor changes them, and notebooks as one module."""

from __future__ import annotations

from fullgraph.model import Position, Range
from fullgraph_server.session.documents import Change, Document, changed, inward, notebook


def where(*edges: int) -> Range:
    return Range(Position(edges[0], edges[1]), Position(edges[2], edges[3]))


def test_a_change_beyond_the_end_is_at_the_end() -> None:
    document, _ = changed(Document("u", 1, "a\nb"), Change(where(7, 0, 9, 9), "c"), 2)
    assert (document.text, document.version) == ("a\nbc", 2)


def test_a_change_whose_end_comes_first_is_the_one_between() -> None:
    assert changed(Document("u", 1, "abc"), Change(where(0, 2, 0, 1), "x"), 2)[0].text == "axc"


def test_windows_line_ends() -> None:
    document, stretch = changed(Document("u", 1, "a\r\nb\r\n"), Change(where(1, 0, 1, 1), "c\r\nd"), 2)
    assert (document.text, stretch) == ("a\nc\nd\n", (2, 3))


def test_the_cells_of_a_notebook_are_one_module() -> None:
    cells = (Document("c1", 1, "%matplotlib inline\nx = 1"), Document("c2", 1, "y = x\n  !ls"))
    module = notebook("n", "/n.py", cells)
    assert module.source.text == "#matplotlib inline\nx = 1\ny = x\n  #ls"
    found = module.outward(where(2, 4, 2, 5))
    assert found is not None
    assert (found[0].document.uri, found[1]) == ("c2", where(0, 4, 0, 5))
    assert inward(found[0], Position(1, 2)) == Position(3, 2)
