"""Places in TOML: whatever the standard reader reads is found, and the text there says the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time

import pytest
from fullgraph.model import Finding
from fullgraph.text.source import SourceText
from fullgraph.toml.document import TomlDocument, read_toml
from fullgraph.toml.positions import Path, locate, spell
from hypothesis import event, given, settings

from tests.discovery.documents import documents, junk

PYPROJECT = "/project/pyproject.toml"


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value in a document that is not a table, and the elements of arrays too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def same(one: object, other: object) -> bool:
    """Equal and of the same type; one nan is another."""
    nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return nan or (one == other and type(one) is type(other))


def check_values(document: TomlDocument) -> None:
    """The text at each place, read alone, is the value that the reader has there."""
    for path, value in leaves(document.data):
        start, end = document.spans.values[path]
        alone = read_toml(SourceText(PYPROJECT, f"x = {document.source.normal[start:end]}"))
        assert isinstance(alone, TomlDocument)
        assert same(alone.data["x"], value)
        assert same(document.at(path), value)


def check_strings(document: TomlDocument) -> None:
    """Each character of a string stands where it is said to, as itself or as an escape."""
    for path, value in leaves(document.data):
        spelled = document.spelled(path)
        assert (spelled is not None) == isinstance(value, str)
        if spelled is None:
            continue
        assert spelled.value == value
        assert len(spelled.spans) == len(spelled.value)
        for character, (start, end) in zip(spelled.value, spelled.spans, strict=True):
            written = document.source.normal[start:end]
            assert written == character or written.startswith("\\")


def check_keys(document: TomlDocument) -> None:
    """Each key is where it is named, or at the header that names it."""
    for path, _ in leaves(document.data):
        for length in range(1, len(path) + 1):
            part = path[length - 1]
            start, end = document.spans.key(path[:length])
            named = document.source.normal[start:end]
            spelled = spell(document.source.normal, (start, end))
            if isinstance(part, str) and not named.startswith("["):
                assert (spelled.value if spelled else named) == part
            assert named


def check(text: str) -> None:
    document = read_toml(SourceText(PYPROJECT, text))
    event(type(document).__name__)
    if isinstance(document, TomlDocument):
        check_values(document)
        check_strings(document)
        check_keys(document)


@settings(max_examples=40)
@given(documents())
def test_what_the_reader_reads_is_found(text: str) -> None:
    check(text)


@pytest.mark.slow
@settings(max_examples=800)
@given(documents())
def test_what_the_reader_reads_is_found_at_length(text: str) -> None:
    check(text)


@given(junk)
def test_nothing_makes_it_fail(text: str) -> None:
    source = SourceText(PYPROJECT, text)
    locate(source.normal)
    document = read_toml(source)
    if isinstance(document, Finding):
        assert document.rule == "target-error"
        assert source.clamped(document.place.range.end) == document.place.range.end


def test_places_of_a_real_document() -> None:
    text = (
        "[project]\nname = 'é'\n[tool.fullgraph]\ntimeout = 60 # s\n\n"
        "[[tool.fullgraph.targets]]\nmodel = 'A()'\n[[tool.fullgraph.targets]]\n\"mod\\u0075le\" = [1,\n  { b.c = 2 }]\n"
    )
    document = read_toml(SourceText(PYPROJECT, text))
    assert isinstance(document, TomlDocument)
    fullgraph: Path = ("tool", "fullgraph")

    def key(*path: str | int) -> str:
        return document.source.between(document.key_place((*fullgraph, *path)).range)

    def value(*path: str | int) -> str:
        return document.source.between(document.value_place((*fullgraph, *path)).range)

    assert key() == "[tool.fullgraph]"
    assert value() == "[tool.fullgraph]"
    assert key("timeout") == "timeout"
    assert value("timeout") == "60"
    assert document.key_place((*fullgraph, "targets", 1)).range.start.line == 7
    assert key("targets", 1) == "[[tool.fullgraph.targets]]"
    assert value("targets", 0, "model") == "'A()'"
    assert key("targets", 1, "module") == '"mod\\u0075le"'
    assert value("targets", 1, "module", 1) == "{ b.c = 2 }"
    assert key("targets", 1, "module", 1, "b", "c") == "c"
    assert value("targets", 1, "module", 1, "b", "c") == "2"
    assert key("nothing", "there") == "[tool.fullgraph]"


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("a = \n", "Invalid value", (0, 0)),
        ("é = 'x'\n", "Invalid", (0, 0)),
        ("a = 1\r\nb = 'é' x\r\n", "Expected newline or end of document after a statement", (1, 8)),
        ("a = [1,\n", "Invalid value", (1, 0)),
        ("a = 1\na = 2\n", "Cannot overwrite a value", (1, 0)),
        (f"a = {'1' * 5000}\n", "", (0, 0)),
        ("a = " + "[" * 4000, "", (0, 0)),
        ("a = '\x0b'", "", (0, 5)),
    ],
)
def test_what_is_not_toml_is_a_finding_where_the_reader_stopped(
    text: str, message: str, start: tuple[int, int]
) -> None:
    finding = read_toml(SourceText(PYPROJECT, text))
    assert isinstance(finding, Finding)
    assert finding.message.startswith(f"syntax error: {message}")
    assert "(at " not in finding.message
    assert (finding.place.range.start.line, finding.place.range.start.character) == start
    assert finding.place.range.start < finding.place.range.end or not text.splitlines()[start[0] :]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('""', ""),
        ("''''''", ""),
        ('"""\n\n a"""', "\n a"),
        ("'''\n\n a\\n'''", "\n a\\n"),
        ('"""a""b"""""', 'a""b""'),
        ("''''a'''''", "'a''"),
        ('"""a \\  \n\n  b"""', "a b"),
        (r'"\b\t\n\f\r\"\\\u00e9\U0001F525"', '\b\t\n\f\r"\\é🔥'),
    ],
)
def test_strings_are_spelled_out(written: str, value: str) -> None:
    document = read_toml(SourceText(PYPROJECT, f"a = {written} # '\n"))
    assert isinstance(document, TomlDocument)
    assert document.data == {"a": value}
    spelled = document.spelled(("a",))
    assert spelled is not None
    assert spelled.value == value


def test_a_byte_order_mark_is_no_mistake() -> None:
    document = read_toml(SourceText(PYPROJECT, "\ufeffa = 1\n"))
    assert isinstance(document, TomlDocument)
    assert document.value_place(("a",)).range.start.character == 4


def test_dates_are_values_too() -> None:
    document = read_toml(SourceText(PYPROJECT, "a = 1979-05-27 07:32:00 # b\nc = 07:32:00\nd = [1979-05-27]"))
    assert isinstance(document, TomlDocument)
    kinds = {type(value) for _, value in leaves(document.data)}
    assert kinds == {datetime, time, date}
    assert document.source.between(document.value_place(("a",)).range) == "1979-05-27 07:32:00"
