"""Every value of the model survives the pipe, and nothing else passes for one."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

import pytest
from fullgraph import model
from fullgraph.model import wire
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSES = [
    value
    for value in vars(model).values()
    if isinstance(value, type)
    and dataclasses.is_dataclass(value)
    and value.__module__.startswith(f"{model.__name__}.")
]


def values(kind: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values of a type as the model's hints write it. Unions and tuples are shallow below `depth`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values(each, depth) for each in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0], depth - 1), max_size=max(depth, 0)).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*(values(each, depth) for each in arguments), max_size=2)
    return instances(kind, depth)


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def instances(kind: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{f.name: values(hints[f.name], depth - 1) for f in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_comes_back(kind: Any) -> None:
    @given(instances(kind))
    @settings(max_examples=15, derandomize=True, database=None)
    def comes_back(value: Any) -> None:
        line = wire.dumps(value)
        assert "\n" not in line
        assert line.isascii()
        assert wire.loads(line) == value
        assert wire.loads(line.encode()) == value

    comes_back()


def test_the_model_has_the_nouns() -> None:
    names = {kind.__name__ for kind in CLASSES}
    assert {"Target", "Facts", "Finding", "Fix", "Verdict", "Report", "TraceRequest"} <= names


@pytest.mark.parametrize("text", ["\ud800", "\u2028", "\x00", "é", "\U0001f600"])
def test_any_text_comes_back(text: str) -> None:
    assert wire.loads(wire.dumps(model.SpecMismatch(text))) == model.SpecMismatch(text)


def test_lists_and_mappings() -> None:
    value = {"a": (1, None, (model.Position(1, 2),)), "b": {"c": 1.5}}
    assert wire.loads(wire.dumps(value)) == value


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Traceback (most recent call last):",
        '{"is": "Position"',
        '{"is": "Position", "line": 1}',
        '{"is": "Position", "line": 1, "character": 2, "colour": 3}',
        '{"is": "Nothing"}',
        '{"is": "Literal"}',
        '{"is": "field"}',
        '{"is": ["Position"]}',
        '{"is": null}',
        '[{"is": "Range", "start": {"is": "Nothing"}, "end": 1}]',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_value_is_refused(line: str | bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.loads(line)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", model.Position, 1j])
def test_what_does_not_belong_is_not_sent(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.dumps(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=5) | st.just("is"), inner, max_size=3)
        ),
    )
)
@settings(max_examples=100, derandomize=True, database=None)
def test_any_json_is_a_value_or_refused(value: Any) -> None:
    with contextlib.suppress(wire.WireError):
        wire.loads(json.dumps(value))
