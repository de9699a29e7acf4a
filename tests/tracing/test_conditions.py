"""What an exported program requires of sizes, against the program itself: it takes what is said, and no more."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
import torch.nn.functional as F  # noqa: N812 (the usual name)
from fullgraph.model import Facts, SizePinned, SizesExcluded
from fullgraph.tracing.facts.size_sets import described, samples
from torch.export import Dim

from tests.tracing.test_dims import Model, exported

X = (3, 24, 8)


def rows_of_four(x: Any) -> Any:
    return x.view(x.shape[0], x.shape[1] // 4, 4, 8).sum()


def windows(x: Any) -> Any:
    h = x.shape[1] // 4
    return x.view(x.shape[0], h, 4, 2, 4).permute(0, 1, 3, 2, 4).reshape(-1, 16)


def branch(x: Any) -> Any:
    return x * 2 if x.shape[1] % 3 == 0 else x + 1


def truncated(x: Any) -> Any:
    return x[:, :16] if x.shape[1] > 16 else x


def every_second(x: Any) -> Any:
    return torch.arange(x.shape[1], device=x.device)[::2] + 1


def halves(x: Any) -> Any:
    a, b = x.chunk(2, 1)
    return a + b


def patches(x: Any) -> Any:
    return x.unfold(1, 5, 5).sum(-1)


def rounded(x: Any) -> Any:
    return x[:, : round(x.shape[1] * 0.5)]


def cached(x: Any) -> Any:
    return x + 1 if x.shape[1] <= 64 else x


def scaled(x: Any) -> Any:
    return F.interpolate(x.unsqueeze(1), scale_factor=(x.shape[1] / 6, 2.0))


def halved(x: Any) -> Any:
    return x[:, : int(x.shape[1] * 0.5)]


def square(x: Any) -> Any:
    side = int(math.sqrt(x.shape[1] // 2))
    return x[:, : side * side].reshape(x.shape[0], side, side, 8)


def power(x: Any) -> Any:
    side = int(x.shape[1] ** 0.5)
    return x[:, : side * side].reshape(x.shape[0], side, side, 8)


def weighed(x: Any) -> Any:
    return x * float(x.shape[1] / 8)


def sixth(x: Any) -> Any:
    return x * 2 if x.shape[1] // 4 == 6 else x


def plain(x: Any) -> Any:
    return x.sum(1) * x.shape[1]


AUTO = ({0: Dim.AUTO, 1: Dim.AUTO},)


def conditions(forward: Callable[..., Any], shapes: Any = AUTO) -> tuple[Facts, list[str]]:
    facts = exported(forward, (torch.randn(X),), shapes)
    assert facts.exported
    return facts, [each.text for each in facts.conditions]


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (rows_of_four, ["x.shape[1] % 4 == 0", "x.shape[1] >= 8"]),
        (windows, ["x.shape[1] % 4 == 0", "x.shape[1] >= 8"]),
        (branch, ["x.shape[1] % 3 == 0"]),
        (truncated, ["x.shape[1] >= 17"]),
        (every_second, ["x.shape[1] >= 3"]),
        (halves, ["x.shape[1] % 2 == 0", "x.shape[1] >= 4"]),
        (patches, ["x.shape[1] >= 10"]),
        (rounded, ["x.shape[1] >= 3"]),
        (cached, ["x.shape[1] <= 64"]),
        (plain, []),
    ],
)
def test_what_excludes_sizes_is_a_condition(forward: Callable[..., Any], said: list[str]) -> None:
    facts, found = conditions(forward)
    assert found == said
    assert not any(isinstance(each, SizePinned) for each in facts.failures)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (scaled, "x.shape[1] == 24"),
        (weighed, "x.shape[1] == 24"),
        (halved, "24 <= x.shape[1] <= 25"),
        (power, "17 <= x.shape[1] <= 24"),
        (sixth, "24 <= x.shape[1] <= 27"),
    ],
)
@pytest.mark.parametrize("hint", ["AUTO", "DYNAMIC"])
def test_what_fixes_an_expression_pins_the_size(forward: Callable[..., Any], said: str, hint: str) -> None:
    facts, found = conditions(forward, ({0: Dim.AUTO, 1: getattr(Dim, hint)},))
    (pinned,) = (each for each in facts.failures if isinstance(each, SizePinned))
    assert found == [said] == [pinned.text]
    assert pinned.asked == hint.lower()
    assert pinned.frame is not None
    assert pinned.frame.text in _source_of(forward)


def _source_of(forward: Callable[..., Any]) -> str:
    return inspect.getsource(forward)


def test_a_derived_dim_is_named_by_its_root() -> None:
    rows = Dim("rows", min=2, max=40)
    facts, found = conditions(scaled, ({1: 6 * rows},))
    (pinned,) = (each for each in facts.failures if isinstance(each, SizePinned))
    assert (found, pinned.size, pinned.sizes, pinned.asked) == (
        ["rows == 4"],
        "rows",
        ("x.shape[1]",),
        "named",
    )


def test_what_a_derived_dim_says_is_no_condition() -> None:
    assert conditions(rows_of_four, ({1: 4 * Dim("rows", min=2)},))[1] == []
    assert conditions(rows_of_four, ({1: 2 * Dim("rows", min=2)},))[1] == ["rows % 2 == 0", "rows >= 4"]


def test_a_product_is_pinned() -> None:
    def fixed(x: Any) -> Any:
        return x * 2 if x.shape[0] * x.shape[1] == 72 else x

    facts, found = conditions(fixed)
    assert found == ["(x.shape[0]*x.shape[1]) == 72"]
    assert any(isinstance(each, SizePinned) for each in facts.failures)


def test_sizes_that_must_be_equal_are_a_condition() -> None:
    facts = exported(
        lambda x, y: x + y, (torch.randn(4, 3), torch.randn(4, 3)), ({0: Dim.AUTO}, {0: Dim.AUTO})
    )
    assert [each.text for each in facts.conditions] == ["x.shape[0] == y.shape[0]"]
    batch = Dim("batch")
    named = exported(lambda x, y: x + y, (torch.randn(4, 3), torch.randn(4, 3)), ({0: batch}, {0: batch}))
    assert named.conditions == ()


@pytest.mark.parametrize("forward", [rows_of_four, halves, patches, truncated, halved, power, sixth])
def test_the_program_takes_what_is_said_and_no_more(forward: Callable[..., Any]) -> None:
    """Held against the guards that `program.module()` checks."""
    _, found = conditions(forward)
    program = torch.export.export(Model(forward), (torch.randn(X),), dynamic_shapes=AUTO).module()
    if not hasattr(program, "_guards_fn"):
        pytest.skip("programs of this torch check no guards")
    for size in (2, 3, 4, 7, 8, 10, 12, 16, 17, 24, 25, 26, 27, 28, 66, 1000):
        said = all(eval(text.replace("x.shape[1]", str(size))) for text in found)
        assert _takes(program, torch.randn(3, size, 8)) == said, (size, found)


def _takes(program: torch.nn.Module, x: torch.Tensor) -> bool:
    """Anything but a guard's refusal is a failure of the test."""
    refused = ""
    try:
        program(x)
    except AssertionError as error:
        refused = str(error)
    assert not refused or "Guard failed" in refused
    return not refused


@pytest.mark.parametrize("end", [None, 50])
def test_a_set_is_described_only_where_that_is_exact(end: int | None) -> None:
    domain = samples(2, end)
    cases: list[tuple[Callable[[int], bool], list[str]]] = [
        (lambda n: n % 6 == 1, ["n % 6 == 1"]),
        (lambda n: 5 <= n <= 9, ["n >= 5", "n <= 9"]),
        (lambda n: n == 7, ["n == 7"]),
        (lambda n: n != 9, ["n != 9"]),
        (lambda n: n % 4 == 0 and n >= 8 and n != 16, ["n % 4 == 0", "n >= 8", "n != 16"]),
        (lambda n: n % 2 == 0 or n % 3 == 0, []),
    ]
    for holds, said in cases:
        assert [each.text for each in described("n", [n for n in domain if holds(n)], domain)] == said


def excluded(shapes: Any) -> list[tuple[str, str, bool]]:
    facts, _ = conditions(rows_of_four, shapes)
    found = (each for each in facts.failures if isinstance(each, SizesExcluded))
    return [(each.text, each.example, each.smallest) for each in found]


def test_what_a_guard_excludes_of_a_derived_dim_is_told() -> None:
    assert excluded(({1: 4 * Dim("rows")},)) == [("rows >= 2", "x.shape[1] = 4", True)]
    assert excluded(({1: 4 * Dim("rows", min=2)},)) == []
    assert excluded(({1: 2 * Dim("rows", min=2)},)) == [
        ("rows % 2 == 0 and rows >= 4", "x.shape[1] = 4", False)
    ]
    assert excluded(({1: Dim.AUTO},)) == []
