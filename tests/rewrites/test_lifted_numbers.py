"""Lists of numbers that a tensor is made into: one tensor where that does in their place, or left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.model import Construct

from tests.rewrites.proposing import changed, frame, proposed
from tests.rewrites.test_branches import asks, model

TITLE = "Compute it with tensors throughout"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "n = 0\nfor t in x.long().tolist():\n    if $t == 0$:\n        continue\n    n += 1\nreturn x * n",
            "n = (n + (x.long() != 0).sum()).item()",
        ),
        (
            "kept = [i for i, t in enumerate(x.long().tolist()) if $t > 2$]\nreturn x[kept]",
            "kept = (x.long() > 2).nonzero().flatten()",
        ),
        (
            (
                "kept = []\nfor t in x.long().tolist():\n    if $t in (1, 2)$:\n        kept.append(t)\n"
                "return torch.tensor(kept, dtype=torch.long)"
            ),
            "kept = x.long()[torch.isin(x.long(), known)]",
        ),
        (
            (
                "same = sum(a == b for a, b in zip(x.long().tolist(), y.long().tolist()))\n"
                "if $same > 2$:\n    x = x + 1\nreturn x"
            ),
            "same = (x.long()[:y.long().shape[0]] == y.long()[:x.long().shape[0]]).sum()",
        ),
        (
            "row = x.long().tolist()\nend = row.index(2)\nif $end > 2$:\n    x = x + 1\nreturn x",
            "torch._assert_async((row == 2).any())",
        ),
    ],
)
def test_all_numbers_are_computed_at_once(before: str, after: str) -> None:
    text = model(before.replace("y.long()", "x.round().long()"))
    kind: Construct = "comprehension" if "= [" in before else "if"
    asked = asks(text)
    asked = replace(asked, frame=replace(frame(text), construct=kind))
    lines = [line.strip() for each in changed(text, asked) for line in each]
    assert after.replace("y.long()", "x.round().long()") in lines


@pytest.mark.parametrize(
    "before",
    [
        "row = x.tolist()\nx += 1\nif $sum(row) > 2$:\n    x = x + 1\nreturn x",  # it has what was there before
        "row = x.tolist()\nrow.append(1.0)\nif $sum(row) > 2$:\n    x = x + 1\nreturn x",
        "row = x.tolist()\nrow[0] = 1.0\nif $sum(row) > 2$:\n    x = x + 1\nreturn x",
        "row = x.tolist() + [1.0]\nif $sum(row) > 2$:\n    x = x + 1\nreturn x",
        "row = x.tolist()\nif $row[0] > 2$ and row:\n    x = x + 1\nreturn x",  # whether there are any
        "row = x.tolist()\nif $row[0] > 2$ and row.index(2) > 1:\n    x = x + 1\nreturn x",  # raises where it is asked
        "table = {0: 1, 1: 2.5}\nif $table[x.sum().item()] > 1$:\n    x = x + 1\nreturn x",  # of two types
        "if $x.sum().item() in (0.1, 0.2)$:\n    x = x + 1\nreturn x",  # Python has more digits
        "kept = [t for t in x.long().tolist() if $t > 2$]\nreturn torch.tensor(kept)",  # floats where it is empty
    ],
)
def test_a_list_that_has_to_be_one_stays(before: str) -> None:
    text = model(before)
    assert TITLE not in proposed(text, asks(text))
