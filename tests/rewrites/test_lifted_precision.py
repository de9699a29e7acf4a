"""Python compares and computes with the digits of a float64, which the tensors that its numbers become do not have."""

from __future__ import annotations

import pytest

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model


def _titles(body: str) -> list[str]:
    text = model(body)
    return [title for title in proposed(text, asks(text)) if title.startswith("Compute it")]


def _lines(body: str, title: str) -> list[str]:
    text = model(body)
    return [line.strip() for line in proposed(text, asks(text))[title].splitlines()]


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        ("m > 0.1", "ok = m.double() > 0.1"),
        ("m > 1e-6", "ok = m.double() > 1e-6"),
        ("-0.7 < m < 0.7", "ok = (-0.7 < m.double()) & (m.double() < 0.7)"),
        ("m > 0.5", "ok = m > 0.5"),
        ("m == 0", "ok = m == 0"),
        ("m > -1", "ok = m > -1"),
        ("m < float('inf')", "ok = m < float('inf')"),
    ],
)
def test_what_no_float32_equals_is_compared_in_double_precision(asked: str, after: str) -> None:
    body = f"m = x.mean().item()\nok = {asked}\nif $ok$ and m < 100:\n    return x\nreturn y"
    assert after in _lines(body, "Compute it with tensors throughout")


@pytest.mark.parametrize(
    ("decided", "first"),
    [
        ("high - low > 1", "float64 tensors"),
        ("int(low * 10) > 3", "float64 tensors"),
        ("low // 0.1 > 3", "float64 tensors"),
        ("round(low, 2) > 3", "float64 tensors"),
        ("high > low", "tensors"),
    ],
)
def test_what_is_decided_on_computed_numbers_is_tried_in_double_precision(decided: str, first: str) -> None:
    body = (
        f"low, high = x.mean().item(), y.mean().item()\nok = {decided}\n"
        "if $ok$ and low < 100:\n    return x\nreturn y"
    )
    assert _titles(body)[0] == f"Compute it with {first} throughout"


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        ("x.max().item() > 0.1", "x.max().double() > 0.1"),
        ("x.max().item() * 2 > 0.1", "x.max().double() * 2 > 0.1"),
        ("x.max().item() > 0.5", "x.max() > 0.5"),
        ("x.max() > 0.1", "x.max() > 0.1"),
        ("x.quantile(0.9).item() > 1", "x.quantile(0.9) > 1"),
    ],
)
def test_a_branch_on_a_number_is_one_on_all_its_digits(asked: str, after: str) -> None:
    body = f"if ${asked}$:\n    x = x * 2\nreturn x"
    assert f"x = torch.where({after}, x * 2, x)" in _lines(body, "Rewrite as torch.where")


def test_a_number_that_is_kept_as_a_tensor_is_compared_with_all_its_digits() -> None:
    text = model("if $float(x.max())$ > 0.1:\n    x = x * 2\nreturn x")
    assert "Use `x.max().double()`" in proposed(text, asks(text))


def test_a_set_of_numbers_is_no_set_of_tensors() -> None:
    """It has each number once, and two tensors of the same number."""
    text = model("for t in set($x.long().tolist()$):\n    y[t] += 1\nreturn y")
    assert not [title for title in proposed(text, asks(text)) if title.startswith("Use `x")]


@pytest.mark.parametrize(
    ("given", "exact", "plain"),
    [
        ("min(x.mean().item(), 0.7)", "s == 0.7", "s == 0.7"),
        ("min(x.mean().item(), 0.5)", "s == 0.7", "s.double() == 0.7"),
    ],
)
def test_a_number_of_the_text_is_compared_as_it_was_rounded(given: str, exact: str, plain: str) -> None:
    """A float32 that was given 0.7 is none that is 0.7 in double precision."""
    body = f"s = {given}\nok = s == 0.7\nif $ok$ and s < 100:\n    return x\nreturn y"
    assert f"ok = {plain}" in _lines(body, "Compute it with tensors throughout")
    assert f"ok = {exact}" in _lines(body, "Compute it with float64 tensors throughout")
    assert (_titles(body)[0] == "Compute it with float64 tensors throughout") is (plain == exact)


def test_a_number_that_a_loop_goes_on_from_is_a_float64() -> None:
    body = (
        "best = 0.1\nfor i in range(3):\n    v = x[i].mean().item()\n    if $v > best$:\n        best = v\n"
        "if best == 0.1:\n    return y\nreturn x"
    )
    assert _titles(body)[0] == "Compute it with float64 tensors throughout"
    lines = _lines(body, "Compute it with float64 tensors throughout")
    assert "best = torch.tensor(0.1, dtype=torch.float64)" in lines
    assert "return torch.where(best == 0.1, y, x)" in lines
