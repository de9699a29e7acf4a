"""What is written down of one forward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.model import Expression, Place, Position, Raised, Range, Target, TraceRequest
from fullgraph.tracing.eager.eager_trace import EagerTrace, LostLeaf, TensorLeaf, described, trace_eagerly
from fullgraph.tracing.load.build import Built
from fullgraph.tracing.locations.source_locations import UserCode

PLACE = Place(__file__, Range(Position(0, 0), Position(0, 0)))
TARGET = Target("m:x", "m", __file__, "comment", PLACE, Expression("x", PLACE))


def traced(model: Any, *args: Any) -> EagerTrace:
    user_code = UserCode(TraceRequest(TARGET, str(Path(__file__).parent)))
    return trace_eagerly(Built(model, args, {}, None, strict=False), user_code)


class Counts(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 3)

    def forward(self, x: Any) -> Any:
        for step in range(3):
            size = x.sum().item() + step
        print("once")
        return self.layer(x) + size


class Fails(torch.nn.Module):  # type: ignore[misc]
    def forward(self, x: Any) -> Any:
        return x @ x


def results(trace: EagerTrace, name: str) -> list[Any]:
    return [call for key, calls in trace.calls.items() if key[-1] == name for call in calls]


def test_calls_are_kept_in_order_with_their_values() -> None:
    trace = traced(Counts(), torch.ones(1, 2))
    assert trace.failure is None
    assert [call.leaves for call in results(trace, "item")] == [(2.0,), (2.0,), (2.0,)]
    [layer] = results(trace, "layer")
    assert layer.leaves == (TensorLeaf(torch.float32, (1, 3), "cpu"),)


def test_effects_and_the_end_are_noted() -> None:
    trace = traced(Counts(), torch.ones(1, 2))
    assert [effect.what for effect in trace.effects] == ["print"]
    assert trace.returned is not None
    assert trace.returned.text == "self.layer(x) + size"


def test_what_is_raised_is_a_fact() -> None:
    failure = traced(Fails(), torch.ones(1, 2)).failure
    assert isinstance(failure, Raised)
    assert (failure.step, failure.exception) == ("eager", "RuntimeError")
    assert failure.frame is not None
    assert failure.frame.text == "x @ x"


def test_what_cannot_be_kept_is_described() -> None:
    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
    kept = described((object(), nested, 3, "text", None, torch.ones(2, dtype=torch.int8))).leaves
    assert [type(leaf) for leaf in kept[:2]] == [LostLeaf, LostLeaf]
    assert kept[2:4] == (3, "text")
    assert kept[-1] == TensorLeaf(torch.int8, (2,), "cpu")
