"""What ways of a branch do with lists and names, where the condition is lifted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.model import DataDependent, Position, Range, Symbol

from tests.rewrites.proposing import frame, proposed
from tests.rewrites.test_branches import CLASS, asks, model

LIFT = "Compute it with tensors throughout"


def lifted(body: str) -> str | None:
    """The statements of forward once they are lifted; None where that is not offered."""
    text = model(body)
    new = proposed(text, asks(text)).get(LIFT)
    if new is None:
        return None
    lines = new.partition(CLASS)[2].rstrip("\n").split("\n")
    return "\n".join(line.removeprefix("        ") for line in lines)


def test_what_each_way_appends_is_one_entry() -> None:
    body = (
        "rows = []\nfor row in x:\n    n = (row > 0).sum().item()\n    if $n > 0$:\n        rows.append(row.sum() / n)\n"
        "    else:\n        rows.append(row.new_zeros(()))\nreturn torch.stack(rows)"
    )
    assert lifted(body) == (
        "rows = []\nfor row in x:\n    n = (row > 0).sum().detach()\n"
        "    rows.append(torch.where(n > 0, row.sum() / n, row.new_zeros(())))\nreturn torch.stack(rows)"
    )


def test_the_rest_of_a_round_is_the_other_way_of_continue() -> None:
    body = (
        "rows = []\nfor row in x:\n    n = (row > 0).sum().item()\n    if $n == 0$:\n        rows.append(row.new_zeros(()))\n"
        "        continue\n    part = row.sum()\n    rows.append(part / n)\nreturn torch.stack(rows)"
    )
    assert lifted(body) == (
        "rows = []\nfor row in x:\n    n = (row > 0).sum().detach()\n"
        "    rows.append(torch.where(n == 0, row.new_zeros(()), row.sum() / n))\nreturn torch.stack(rows)"
    )


@pytest.mark.parametrize(
    "way",
    [
        "pass",  # one way alone: how many entries there are depends on the data
        "rows.append(rows[-1])",  # reads the list
        "rows.append(row)\n        rows.append(row)",
        "others.append(row)",
        "rows.append(self.layer(row))",  # costs what the other way saves
    ],
)
def test_lists_whose_length_or_order_would_change_are_left(way: str) -> None:
    body = (
        "rows, others = [], []\nfor row in x:\n    n = row.sum().item()\n    if $n > 0$:\n        rows.append(row * n)\n"
        f"    else:\n        {way}\nreturn torch.stack(rows)"
    )
    assert lifted(body) is None


def test_names_are_swapped_at_once() -> None:
    body = (
        "low, high = x.min().item(), x.max().item()\nif $low > high$:\n    low, high = high, low\n"
        "return x.clamp(low, high)"
    )
    found = lifted(body)
    assert found is not None
    assert "low, high = torch.where(condition, high, low), torch.where(condition, low, high)" in found


def test_a_float_is_checked_in_its_tensor() -> None:
    text = model("v = x.abs().max().item()\nif $v > 100$:\n    raise ValueError('too big')\nreturn x * 2")
    where = frame(text)
    symbol = Symbol("zuf0", "zuf0", made_at=where.place, made_by="x.abs().max().item()")
    titles = proposed(text, DataDependent(where, "zuf0 > 100", "bool", symbols=(symbol,)))
    assert LIFT in titles
    assert not any("torch._check" in title for title in titles)


def test_what_is_made_whole_has_pythons_digits_and_its_refusal() -> None:
    text = model(
        "low = x.min().item()\nzero = round(-low / 3)\nif $zero > 9$:\n    zero = 9\nreturn x + zero"
    )
    where = frame(text)
    start = text.replace("$", "").split("\n").index("        low = x.min().item()")
    made = replace(where.place, range=Range(Position(start, 14), Position(start, 28)))
    symbol = Symbol("zuf0", "zuf0", made_at=made, made_by="x.min().item()")
    new = proposed(text, DataDependent(replace(where, construct="if"), "zuf0 > 9", "bool", symbols=(symbol,)))
    assert new["Compute it with float64 tensors throughout"].partition(CLASS)[2] == (
        "        low = x.min().double().detach()\n"
        '        torch._assert_async(torch.isfinite((-low) / 3), "no whole number is near to it")\n'
        "        zero = ((-low) / 3).round().long()\n"
        "        zero = torch.where(zero > 9, 9, zero)\n"
        "        return x + zero\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        "n = x.sum().item()\nif y is not None and $n > 0$:\n    x = x * y\nreturn x * n",
        "n = x.sum().item()\nif y is None or $n > 0$:\n    x = x + 1\nelse:\n    x = x * y\nreturn x * n",
        "n = x.sum().item()\nx = x * y if y is not None and $n > 0$ else x\nreturn x * n",
    ],
)
def test_a_way_that_needs_what_may_be_none_is_not_computed_always(body: str) -> None:
    assert lifted(body) is None


def test_a_way_that_returns_in_some_cases_is_two_ways() -> None:
    body = "n = x.sum().item()\nif $n > 0$:\n    if n > 9:\n        return x * 2\n    x = x + 1\nreturn x"
    assert lifted(body) == (
        "n = x.sum().detach()\ndone = (n > 0) & (n > 9)\ncondition = ~done & (n > 0)\n"
        "x = torch.where(condition, x + 1, x)\nreturn torch.where(done, x * 2, x)"
    )


def test_what_a_way_says_first_is_said_outside_of_export() -> None:
    body = "n = x.sum()\nif $n > 0$:\n    print('large', n.item())\n    x = x + 1\nreturn x"
    assert lifted(body) == (
        "n = x.sum()\ncondition = n > 0\nif not torch.compiler.is_exporting() and condition:\n"
        "    print('large', n.item())\nx = torch.where(condition, x + 1, x)\nreturn x"
    )


def test_methods_of_arrays_keep_what_numpy_means() -> None:
    body = "a = x.numpy()\ns = float(a.std())\nif $s < 1e-6$:\n    s = 1.0\nreturn x / s"
    found = lifted(body)
    assert found is not None
    assert "s = a.std(correction=0)" in found
    assert lifted(body.replace("a.std()", "a.ptp()")) is None


def test_a_truth_that_becomes_a_tensor_is_one_where_bool_is_asked_of_it() -> None:
    body = "n = x.sum().item() > 0\ndone = x.isnan().any() | n.bool()\nif $n$:\n    x = x + 1\nreturn x, done"
    found = lifted(body)
    assert found is not None
    assert "done = x.isnan().any() | n\n" in found


def test_a_loop_may_return_what_only_brackets_hold_together() -> None:
    body = (
        "rest = [x]\nfor row in x:\n    n = row.sum().item()\n    if $n > 0$:\n        return *rest, row\n"
        "return *rest, x[0]"
    )
    assert lifted(body) is None, "a tuple of unknown length has no masked form"
