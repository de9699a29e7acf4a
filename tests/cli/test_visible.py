"""User text: nothing in it may act on a screen or break a reader of JSON."""

from __future__ import annotations

import json
import unicodedata

import pytest
from fullgraph.cli.screen.visible import visible, visible_lines, well_formed
from hypothesis import given
from hypothesis import strategies as st

any_text = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[bold]größe[/bold] 値", "[bold]größe[/bold] 値"),
        ("\x1b[31mred\x07\x7f", "␛[31mred␇␡"),
        ("a\tb", "a    b"),
        ("admin\u202e# ", "admin<U+202E># "),
        ("\x9b2J", "<U+009B>2J"),
        ("caf\udce9", "caf<U+DCE9>"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_in_an_encoding_that_lacks_it() -> None:
    assert visible("größe \x1b", "ascii") == "gr\\xf6\\xdfe \\u241b"
    assert visible("größe", "latin-1") == "größe"


@given(any_text)
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "RLI", "LRI"}
    ]


def test_lines_of_a_message() -> None:
    assert visible_lines("one\r\ntwo\x0c\rthree\n\n") == ["one", "two␌", "three"]
    assert visible_lines("") == [""]


@given(any_text)
def test_well_formed_text_can_be_encoded(text: str) -> None:
    cleaned = well_formed(text)
    cleaned.encode()
    assert len(cleaned) == len(text)
    assert json.loads(json.dumps(cleaned)) == cleaned


@given(st.text())
def test_well_formed_text_is_left_alone(text: str) -> None:
    assert well_formed(text) == text
