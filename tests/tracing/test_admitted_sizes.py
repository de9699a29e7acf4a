"""What the guards on a dimension admit, from real exports: as torch's own range, or better than it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.model import DimContradicted
from torch.export import Dim

from tests.tracing.test_dims import exported

Body = Callable[[Any], Any]


def folded_twice(x: Any) -> Any:
    return x.reshape(-1, 4, 8).sum() + x.reshape(-1, 6, 8)


def odd(x: Any) -> Any:
    return x[1:].reshape(-1, 2, 8)


def long_and_folded(x: Any) -> Any:
    return (x * 2 if x.shape[0] > 8 else x).reshape(-1, 4, 8)


def with_holes(x: Any) -> Any:
    return x * 2 if x.shape[0] % 4 != 0 else x


def pooled(x: Any) -> Any:
    return torch.nn.functional.avg_pool1d(x.T, 4)


def between(x: Any) -> Any:
    y = x * 2 if x.shape[0] ** 2 > 50 else x
    return y + 1 if x.shape[0] // 3 < 10 else y


def fixed_rows(x: Any) -> Any:
    return x.view(-1, 4, 8) + torch.ones(6, 1, 8)


def quarter(x: Any) -> Any:
    return torch.cat([x[: x.shape[0] // 4], x])


def halves(x: Any) -> Any:
    first, second = x.chunk(2)
    return torch.cat([second, first])


@pytest.mark.parametrize(
    ("body", "size", "kind", "allowed", "suggested"),
    [
        (lambda x: x[::2], 16, "range", "3 <= n", "Dim('n', min=3)"),
        (pooled, 16, "range", "8 <= n", "Dim('n', min=8)"),
        (between, 24, "range", "8 <= n and n <= 29", "Dim('n', min=8, max=29)"),
        (quarter, 16, "range", "8 <= n", "Dim.DYNAMIC(min=8)"),
        (halves, 32, "range", "4 <= n", "Dim.DYNAMIC(min=4)"),
        (lambda x: x[: int(x.shape[0] / 2)], 32, "range", "32 <= n and n <= 33", None),
        (odd, 9, "relation", "2*_n + 1", None),
        (folded_twice, 24, "relation", "12*_n", None),
        (long_and_folded, 24, "relation", "4*_n", None),
        (with_holes, 5, "relation", "(n % 4) != 0", None),
        (fixed_rows, 24, "specialized", "24", None),
    ],
)
def test_all_guards_at_once(body: Body, size: int, kind: str, allowed: str, suggested: str | None) -> None:
    facts = exported(body, (torch.zeros(size, 8),), {"x": {0: Dim("n")}})
    [failure] = [each for each in facts.failures if isinstance(each, DimContradicted)]
    assert (failure.kind, failure.allowed) == (kind, allowed)
    if suggested is not None:
        assert failure.suggested is not None
        assert failure.suggested.text == suggested


@pytest.mark.parametrize(("body", "size"), [(lambda x: x[::2], 16), (pooled, 16), (between, 24)])
def test_what_is_suggested_exports_and_less_does_not(body: Body, size: int) -> None:
    facts = exported(body, (torch.zeros(size, 8),), {"x": {0: Dim("n")}})
    [failure] = [each for each in facts.failures if isinstance(each, DimContradicted)]
    assert failure.suggested is not None
    lower, upper = failure.suggested.lower, failure.suggested.upper
    assert lower is not None
    within = exported(body, (torch.zeros(size, 8),), {"x": {0: Dim("n", min=lower, max=upper)}})
    assert (within.exported, within.failures) == (True, ())
    below = exported(body, (torch.zeros(size, 8),), {"x": {0: Dim("n", min=lower - 1, max=upper)}})
    assert below.exported is False


@pytest.mark.parametrize(
    ("body", "size", "text"),
    [
        (fixed_rows, 24, "x.view(-1, 4, 8) + torch.ones(6, 1, 8)"),
        (long_and_folded, 24, "(x * 2 if x.shape[0] > 8 else x).reshape(-1, 4, 8)"),
        (between, 24, "x.shape[0] ** 2 > 50"),
    ],
)
def test_the_place_is_what_excludes_the_others(body: Body, size: int, text: str) -> None:
    facts = exported(body, (torch.zeros(size, 8),), {"x": {0: Dim("n")}})
    [failure] = [each for each in facts.failures if isinstance(each, DimContradicted)]
    assert failure.frame is not None
    assert failure.frame.text == text
