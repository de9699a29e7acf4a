"""A forward pass without its arithmetic: what it tells, and when the whole one is waited for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.model import Expression, Place, Position, Range, Target, TraceRequest
from fullgraph.tracing.eager.without_data import trace_without_data
from fullgraph.tracing.forward_pass import ForwardPass
from fullgraph.tracing.isolation.channel import Channel
from fullgraph.tracing.isolation.dumps import DumpFiles
from fullgraph.tracing.isolation.steps_aside import Forked
from fullgraph.tracing.load.build import Built
from fullgraph.tracing.locations.source_locations import UserCode
from torch._subclasses.fake_tensor import FakeTensor

PLACE = Place(__file__, Range(Position(0, 0), Position(0, 0)))
TARGET = Target("m:x", "m", __file__, "comment", PLACE, Expression("x", PLACE))
REQUEST = TraceRequest(TARGET, str(Path(__file__).parent))


class Prints(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 3)

    def forward(self, x: Any) -> Any:
        print("once")
        return self.layer(x)


class Reads(torch.nn.Module):  # type: ignore[misc]
    def forward(self, x: Any) -> Any:
        return x * x.sum().item()


class Moves(torch.nn.Module):  # type: ignore[misc]
    def forward(self, x: Any) -> Any:
        return x.to("meta")


class TakesLong(torch.nn.Module):  # type: ignore[misc]
    """To compute; until a file is there."""

    def __init__(self, go: Path) -> None:
        super().__init__()
        self.go = go

    def forward(self, x: Any) -> Any:
        print("once")
        while not isinstance(x, FakeTensor) and not self.go.exists():
            pass
        return x + 1


def built(model: Any) -> Built:
    return Built(model, (torch.ones(1, 2),), {}, None, strict=False)


def test_effects_are_those_of_the_whole_pass() -> None:
    trace = trace_without_data(built(Prints()), UserCode(REQUEST))
    assert trace is not None
    assert [effect.what for effect in trace.effects] == ["print"]


@pytest.mark.parametrize("model", [Reads(), Moves()])
def test_it_counts_only_if_it_ends_and_on_the_cpu(model: Any) -> None:
    assert trace_without_data(built(model), UserCode(REQUEST)) is None


@pytest.fixture
def forked() -> Iterator[Forked]:
    reading, writing = os.pipe()
    dumps = DumpFiles()
    yield Forked(REQUEST, Channel(writing, b"token"), dumps)
    for fd in (reading, writing):
        os.close(fd)
    dumps.close()


def test_the_whole_pass_is_held_and_goes_on_when_it_is_needed(tmp_path: Path, forked: Forked) -> None:
    go = tmp_path / "go"
    forward = ForwardPass(built(TakesLong(go)), UserCode(REQUEST), forked)
    brief = forward.briefly()
    assert [effect.what for effect in brief.effects] == ["print"]
    assert forward.briefly() is brief
    go.touch()
    whole = forward.whole()
    assert whole.completed
    assert whole is not brief


def test_one_that_nobody_waits_for_is_ended(tmp_path: Path, forked: Forked) -> None:
    forward = ForwardPass(built(TakesLong(tmp_path / "never")), UserCode(REQUEST), forked)
    forward.briefly()
    forward.end()
    (whole, _) = forked._running
    with pytest.raises(ChildProcessError):
        os.waitpid(whole.pid, os.WNOHANG)


def test_what_ends_soon_is_not_made_twice(forked: Forked) -> None:
    forward = ForwardPass(built(Reads()), UserCode(REQUEST), forked)
    assert forward.briefly().completed
    assert len(forked._running) == 1
