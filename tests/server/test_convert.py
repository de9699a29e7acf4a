"""Units of positions: what an editor counts, and what the analysis does."""

from __future__ import annotations

import pytest
from fullgraph.model import Finding, Place, Position, Range
from fullgraph.text.source import SourceText
from fullgraph_server.lsp import convert
from fullgraph_server.lsp.convert import Encoding
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 8), ("utf-16", 5), ("utf-32", 4)])
def test_units_of_a_character(encoding: Encoding, units: int) -> None:
    source = SourceText("/f.py", "é = 1\na😀é b")
    out = convert.position_out(source, Position(1, 4), encoding)
    assert out == types.Position(1, units)
    assert convert.position_in(source, out, encoding) == Position(1, 4)


@given(st.text(max_size=20), st.integers(0, 30), st.integers(0, 5), st.sampled_from(ENCODINGS))
def test_there_and_back(text: str, character: int, line: int, encoding: Encoding) -> None:
    source = SourceText("/f.py", text)
    position = source.clamped(Position(line, character))
    out = convert.position_out(source, position, encoding)
    assert convert.position_in(source, out, encoding) == position


@given(st.text(max_size=20), st.integers(0, 99), st.integers(0, 99), st.sampled_from(ENCODINGS))
def test_any_position_is_somewhere(text: str, line: int, character: int, encoding: Encoding) -> None:
    source = SourceText("/f.py", text)
    position = convert.position_in(source, types.Position(line, character), encoding)
    assert source.clamped(position) == position


def test_half_a_character_counts_in_front_of_it() -> None:
    assert convert.position_in(SourceText("/f.py", "😀"), types.Position(0, 1), "utf-16") == Position(0, 0)


def test_what_a_page_elsewhere_adds_is_in_the_message() -> None:
    """The link of a diagnostic is the rule's own page, which needs no network."""
    where = types.Range(types.Position(0, 0), types.Position(0, 1))
    place = Place("/gate.py", Range(Position(0, 0), Position(0, 1)))
    found = Finding(
        "graph-break", "error", "Graph break.", place, None, "Leave it out.", link="https://x.org/gb"
    )
    shown = convert.diagnostic(found, where, [], "file:///graph-break.md", None)
    assert shown.message == "Graph break.\nLeave it out.\nsee: https://x.org/gb"
    assert shown.code_description == types.CodeDescription("file:///graph-break.md")
