"""Configuration files as data: what plain scalars mean, where sections begin, and what is no configuration."""

from __future__ import annotations

import pytest
from fullgraph.configuration.reading import LARGEST, read
from fullgraph.configuration.sections import Opaque, Section, sections
from fullgraph.text.source import SourceText


def top(text: str, name: str = "a.yaml") -> Section | None:
    return read(SourceText(f"/project/{name}", text))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("0x10", 16),
        ("010", 8),
        ("1_000", 1000),
        ("-2", -2),
        ("1.5", 1.5),
        ("1e-4", 1e-4),
        ("'1e-4'", "1e-4"),
        ("3.0e+2", 300.0),
        (".inf", float("inf")),
        ("yes", True),
        ("off", False),
        ("y", "y"),
        ("~", None),
        ("Net", "Net"),
        ("'3'", "3"),
        ("[1, [a, 2.5]]", (1, ("a", 2.5))),
        ("!!python/tuple [1, 2]", (1, 2)),
        ("!include other.yaml", Opaque()),
        ("!!python/object:os.system {}", Opaque()),
        ("2020-01-01", Opaque()),
        ("1:30", Opaque()),
    ],
)
def test_what_a_value_of_yaml_means(written: str, value: object) -> None:
    found = top(f"key: {written}\n")
    assert found is not None
    assert found.values["key"] == value
    assert type(found.values["key"]) is type(value)


def test_merged_sections_give_way_to_what_is_written() -> None:
    found = top("base: &base {width: 8, depth: 2}\nsmall:\n  <<: *base\n  depth: 1\n")
    small = found.values["small"] if found else None
    assert isinstance(small, Section)
    assert small.values == {"width": 8, "depth": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "seed: 1\n\nmodel:\n  width: 8\n  parts:\n    - kind: b\n"),
        ("a.json", '{"seed": 1,\n\n\t"model": {\n\t\t"width": 8,\n\t\t"parts": [\n\t\t\t{"kind": "b"}]}}'),
        ("a.toml", "seed = 1\n\n[model]\nwidth = 8\n\n[[model.parts]]\nkind = 'b'\n"),
    ],
)
def test_sections_know_their_lines(name: str, text: str) -> None:
    found = {path: section.line for path, section in sections(top(text, name))}
    assert found.keys() == {(), ("model",), ("model", "parts", "0")}
    assert found["model",] in (2, 3)  # that of the header, or of the first key
    assert found["model", "parts", "0"] == 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", ""),
        ("a.yaml", "- 1\n"),
        ("a.yaml", "a: b: c"),
        ("a.yaml", "a: 1\n---\nb: 2\n"),
        ("a.yaml", "\tx: 1"),
        ("a.yaml", "a: *missing"),
        ("a.yaml", "a: &a [*a]"),
        ("a.yaml", "a: " + "[" * 2000),
        (
            "a.yaml",
            "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9 if n else ['1'])}]\n" for n in range(9)),
        ),
        ("a.yaml", f"a: '{'x' * LARGEST}'"),
        ("a.json", "{a: 1}"),
        ("a.json", "{"),
        ("a.toml", "a ="),
        ("a.txt", "a: 1"),
    ],
)
def test_what_is_no_configuration(name: str, text: str) -> None:
    assert top(text, name) is None
