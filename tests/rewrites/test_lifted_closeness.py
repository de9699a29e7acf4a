"""Numbers that are near: the text that is written says what Python and NumPy say; and which round was the first."""

from __future__ import annotations

import itertools
import math

import pytest
from fullgraph.rewrites.lifting.scalars.closeness import _as_python

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model

torch = pytest.importorskip("torch")

NUMBERS = (0.0, 1.0, 1.0 + 1e-10, 1.0 + 1e-6, -1.0, 1e-7, math.inf, -math.inf, math.nan, 1e308, -1e308)


@pytest.mark.parametrize("given", [{}, {"rel_tol": "1e-5"}, {"abs_tol": "1e-6"}, {"rel_tol": "0.0"}])
def test_the_text_is_as_near_as_python_s(given: dict[str, str]) -> None:
    text = _as_python("torch", ["a", "b"], [], given)
    for a, b in itertools.product(NUMBERS, repeat=2):
        tensors = {name: torch.tensor(n, dtype=torch.float64) for name, n in (("a", a), ("b", b))}
        near = math.isclose(a, b, **{name: float(n) for name, n in given.items()})
        assert bool(eval(text, {"torch": torch, **tensors})) is near, (a, b)


@pytest.mark.parametrize(
    ("round_", "after", "is_lifted"),
    [
        ("level = n", "x + level", True),
        ("print(n)\n        level = n", "x + level", True),
        ("level = n * 2.0", "x + level", True),
        ("level = n", "x + level + n", False),  # which round was the last
        ("level = level + n", "x + level", True),
    ],
)
def test_the_first_round_in_which_it_is_so(round_: str, after: str, is_lifted: bool) -> None:
    body = f"level = 0\nfor n in (1, 2, 3):\n    if $torch.allclose(x, x + n)$:\n        {round_}\n        break\nreturn {after}"
    text = model(body)
    found = proposed(text, asks(text)).get("Compute it with tensors throughout", "")
    assert ("& ~done" in found) is is_lifted


@pytest.mark.parametrize("rest", ["level = -n", "x = x + level", "seen.append(n)", "x = x * n"])
def test_a_round_that_leaves_more_behind_is_left_alone(rest: str) -> None:
    body = (
        "level, seen = 0, []\nfor n in (1, 2, 3):\n"
        f"    {rest}\n    if $torch.allclose(x, x + n)$:\n        level = n\n        break\nreturn x + level"
    )
    text = model(body)
    assert "& ~done" not in proposed(text, asks(text)).get("Compute it with tensors throughout", "")
