"""Each sentence in which torch refuses a dimension, from a real export: what is understood of it, and where."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.model import (
    DimContradicted,
    Expression,
    Facts,
    Place,
    Position,
    Range,
    SpecMismatch,
    Target,
    TraceRequest,
)
from fullgraph.tracing.eager import eager_trace
from fullgraph.tracing.export import exporting
from fullgraph.tracing.isolation.steps_aside import InPlace
from fullgraph.tracing.load.build import Built
from fullgraph.tracing.locations.source_locations import UserCode
from torch.export import Dim

PLACE = Place(__file__, Range(Position(0, 0), Position(0, 0)))
TARGET = Target("m:x", "m", __file__, "comment", PLACE, Expression("x", PLACE))


class Model(torch.nn.Module):  # type: ignore[misc]
    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.forward = forward


def exported(forward: Callable[..., Any], args: tuple[Any, ...], shapes: Any) -> Facts:
    """The facts of one export in this process, with the eager trace after it."""
    user_code = UserCode(TraceRequest(TARGET, str(Path(__file__).parent)))
    built = Built(Model(forward), args, {}, shapes, strict=False)
    return exporting.run(
        built, user_code, lambda: eager_trace.trace_eagerly(built, user_code), InPlace(lambda _: None)
    )


def fixed_view(x: Any) -> Any:
    return x.view(4, 2, 4)


def doubled(x: Any) -> Any:
    return x * 2


def short(x: Any) -> Any:
    return x + 1 if x.shape[0] <= 8 else x.view(-1)


def even(x: Any) -> Any:
    return x.view(-1, 2)


def added(x: Any, y: Any) -> Any:
    return x + y


def shifted(x: Any, y: Any) -> Any:
    return x + y[1:]


X = (4, 8)


@pytest.mark.parametrize(
    ("forward", "shapes", "spec", "kind", "dim", "allowed", "text"),
    [
        (fixed_view, (X,), {"x": {0: Dim("batch")}}, "specialized", "batch", "4", "x.view(4, 2, 4)"),
        (fixed_view, (X,), {"x": {0: Dim.DYNAMIC}}, "specialized", "x.shape[0]", "4", "x.view(4, 2, 4)"),
        (fixed_view, (X,), {"x": {0: Dim.AUTO}}, "specialized", "x.shape[0]", "4", "x.view(4, 2, 4)"),
        (doubled, ((1, 8),), {"x": {0: Dim("batch")}}, "specialized", "batch", "1", None),
        (doubled, ((1, 8),), {"x": {0: Dim.DYNAMIC}}, "specialized", "x.shape[0]", "1", None),
        (doubled, ((1, 8),), {"x": {0: Dim.AUTO}}, "specialized", "x.shape[0]", "1", None),
        (doubled, (X,), {"x": {0: Dim("batch", min=6)}}, "range", "batch", "6 <= batch", None),
        (doubled, (X,), {"x": {0: Dim("batch", max=3)}}, "range", "batch", "batch <= 3", None),
        (short, (X,), {"x": {0: Dim("batch")}}, "range", "batch", "batch <= 8", "x.shape[0] <= 8"),
        (even, ((8,),), {"x": {0: Dim("length")}}, "relation", "length", "2*_length", "x.view(-1, 2)"),
        (added, ((4,), (4,)), {"x": {0: Dim("a")}, "y": {0: Dim("b")}}, "relation", "b", "a", "x + y"),
        (shifted, ((4,), (5,)), {"x": {0: Dim("a")}, "y": {0: Dim("b")}}, "relation", "b", "a + 1", "x + y[1:]"),
    ],
)  # fmt: skip
def test_a_sentence(
    forward: Any, shapes: Any, spec: Any, kind: str, dim: str, allowed: str, text: str | None
) -> None:
    facts = exported(forward, tuple(torch.zeros(shape) for shape in shapes), spec)
    [failure] = [each for each in facts.failures if isinstance(each, DimContradicted)]
    assert (failure.kind, failure.dim) == (kind, dim)
    assert allowed in failure.allowed
    assert (failure.frame.text if failure.frame else None) == text
    assert facts.exported is (failure.asked == "auto")
    if failure.frame is not None:
        lines, first = inspect.getsourcelines(forward)
        assert first - 1 <= failure.frame.place.range.start.line < first - 1 + len(lines)


@pytest.mark.parametrize(
    "spec",
    [
        {"y": {0: Dim("batch")}},
        {"x": {0: Dim("batch")}, "y": None},
        ({0: Dim("a")}, {0: Dim("b")}),
        {"x": {2: Dim("batch")}},
        {"x": ["batch", None]},
        {"x": [{0: Dim("batch")}]},
    ],
)
def test_a_spec_that_does_not_fit(spec: Any) -> None:
    facts = exported(doubled, (torch.zeros(4, 8),), spec)
    [failure] = facts.failures
    assert isinstance(failure, SpecMismatch)
    assert failure.message


def test_a_spec_that_fits_is_silence() -> None:
    facts = exported(shifted, (torch.zeros(4), torch.zeros(5)), {"x": {0: Dim("a")}, "y": {0: Dim("a") + 1}})
    assert (facts.exported, facts.failures) == (True, ())


@pytest.mark.parametrize(
    ("dim", "least"),
    [(Dim("n"), 0), (Dim("n", min=1, max=9), 1), (Dim("n", min=3), 3), (Dim.DYNAMIC, 2), (Dim.AUTO, 2)],
)
def test_a_dimension_has_the_range_of_the_program(dim: Any, least: int) -> None:
    facts = exported(doubled, (torch.randn(4, 2),), {"x": {0: dim}})
    (fate,) = facts.dims
    (symbol,) = facts.symbols
    assert (fate.lower, fate.upper) == (symbol.lower, symbol.upper)
    assert fate.lower == least
