"""Values that nobody knows: what is made of them, and that none becomes a number by itself."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

from fullgraph.tracing.load.stand_ins.likely import sizes_in, values_for
from fullgraph.tracing.load.stand_ins.notes import Notes, ValueWanted, Want
from fullgraph.tracing.load.stand_ins.unknown import Source, Text, Unknown, source_of, text
from fullgraph.tracing.locations.source_locations import UserCode

from tests.workers.asking import request


def notes(**values: Any) -> Notes:
    return Notes(UserCode(request("any")), values)


def checkpoint(**values: Any) -> Any:
    return Unknown(Source(notes(**values), "checkpoint", "best.pt", "best.pt", "best"))


def test_it_gives_further_ones() -> None:
    value = checkpoint()["model"].options["width"] * 2
    assert isinstance(value, Unknown)
    assert source_of(value).path == "(best.pt['model'].options['width'] * 2)"
    assert source_of(value).name == "width"


def test_it_holds_nothing() -> None:
    saved = checkpoint()
    assert not saved
    assert "width" not in saved
    assert dict(saved["state_dict"].items()) == {}
    assert list(saved["state_dict"]) == []
    assert saved.get("width", 8) == 8


@pytest.mark.parametrize(
    "demand",
    [
        int,
        float,
        len,
        range,
        lambda value: [0] * value,
        lambda value: value == 3,
        lambda value: value > 3,
        operator.index,
    ],
)
def test_a_number_is_wanted_and_not_made_up(demand: Callable[[Any], object]) -> None:
    with pytest.raises(ValueWanted) as wanted:
        demand(checkpoint()["width"])
    assert "width" in wanted.value.want.path


def test_a_number_that_was_chosen_is_plain() -> None:
    chosen = notes()
    value = Unknown(
        Source(Notes(chosen.user_code, {"best.pt['width']": 16}), "checkpoint", "best.pt", "best.pt", "best")
    )
    assert type(value["width"]) is int
    assert value["width"] == 16


def test_what_lists_hold_is_not_guessed() -> None:
    with pytest.raises(TypeError):
        list(checkpoint()["sizes"])


def test_a_text_is_one_until_a_number_is_asked_of_it() -> None:
    value = text(notes(), Want("--width", "--width", "option"))
    assert isinstance(value, Text)
    assert f"{value}/best.pt" == "--width/best.pt"
    with pytest.raises(ValueWanted):
        int(value)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_same_value(copied: Callable[[Any], Any]) -> None:
    value = checkpoint()["model"]
    assert copied(value) is value


@pytest.mark.parametrize("name", ["model", "net", "ema_model", "backbone", "student"])
def test_no_number_stands_for_a_model(name: str) -> None:
    assert values_for(Want(name, name), (8,)) == ()
    assert values_for(Want("student", "student", parameter=name), (8,)) == ()
    assert values_for(Want(name, name, parameter="width"), ()), "a size of its weights"


def test_the_width_of_a_model_is_a_number() -> None:
    assert values_for(Want("d_model", "d_model"), ())
    assert values_for(Want("model", "model", default=4), ())[0] == 4


def test_the_likeliest_value_is_the_parameters_default() -> None:
    sizes = sizes_in("x = torch.randn(2, 24)")
    assert sizes == (24, 2)
    assert values_for(Want("p", "width", default=8), sizes)[:3] == (8, 24, 2)
    assert values_for(Want("p", "width"), sizes)[0] == 24
    assert values_for(Want("p", "num_classes"), sizes)[0] == 10
    assert values_for(Want("p", "depth"), sizes)[0] == 2
    assert values_for(Want("p", "dropout"), sizes) == (0.1,)
    assert values_for(Want("p", "name", options=("a", "b")), sizes) == ("a", "b")
