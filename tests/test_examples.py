"""The examples are what they are there for: small models, some that export and some that do not.

What is found in each is written in tests/fixtures/examples, their annotated copies.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.annotations import plain

EXAMPLES = Path(__file__).parents[1] / "examples"
COPIES = Path(__file__).parent / "fixtures/examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".toml"))


@pytest.mark.parametrize("name", NAMES)
def test_the_copy_is_the_example_with_annotations(name: str, update: bool) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    copy = COPIES / name
    if update and (not copy.exists() or plain(copy.read_text("utf-8")) != text):
        copy.write_text(text, "utf-8")
    assert plain(copy.read_text("utf-8")) == text


def test_there_is_no_copy_without_an_example() -> None:
    assert sorted(path.name for path in COPIES.iterdir() if path.suffix in (".py", ".toml")) == NAMES


def test_there_are_ten_and_of_both_kinds() -> None:
    texts = [(COPIES / name).read_text("utf-8") for name in NAMES if name.endswith(".py")]
    assert len(texts) >= 10
    assert sum(bool(re.search(r"^#= .*exports", text, re.MULTILINE)) for text in texts) >= 3
    assert sum(bool(re.search(r"^#= .*fails", text, re.MULTILINE)) for text in texts) >= 3
