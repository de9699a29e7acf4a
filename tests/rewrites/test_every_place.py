"""Loops over the places that a mask hits, tried on text that nothing runs."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


def offered(
    hit: str = "(mask.sum(dim=(-1, -2)) > 0).nonzero()",
    body: str = "k, rows = torch.where(mask[i].squeeze(0))\nout.index_add_(0, rows, self.experts[i](x[rows]))",
    mask: str = "F.one_hot(ids, 4).permute(2, 1, 0)",
    given: str = "out",
) -> str:
    rounds = "".join(f"            {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}# fullgraph: args=(torch.tensor([[0, 2]]), torch.randn(1, 4))\nclass Model(nn.Module):\n"
        f"    def forward(self, ids, x):\n        mask = {mask}\n        out = x * 0\n        seen = 0\n"
        f"        hit = {hit}\n        for i in $hit$:\n{rounds}        return {given}\n"
    )
    found = mending(text, DataDependent(frame(text), "u0", "int"))
    return found.get("Run the loop for all places of `mask`", "")


@pytest.mark.parametrize(
    ("hit", "body", "after"),
    [
        (
            "torch.greater(mask.sum(dim=(-1, -2)), 0).nonzero()",
            "k, rows = torch.where(mask[i].squeeze(0))\nout.index_add_(0, rows, self.experts[i](x[rows]))",
            "k, rows = torch.where(mask[i])\n            out.index_add_(0, rows, self.experts[i](x[rows]))",
        ),
        (
            "torch.nonzero(mask.any(dim=(1, 2)))",
            "rows = mask[i].squeeze(0).nonzero(as_tuple=True)[1]\nout[rows] = x[rows] @ self.w[i]",
            "rows = mask[i].nonzero(as_tuple=True)[1]\n            out[rows] = x[rows] @ self.w[[i]]",
        ),
        (
            "torch.where(mask.sum((1, 2)))[0]",
            "k, rows = torch.where(mask[i])\nout[rows] += x[rows]",
            "",
        ),
        (
            "(mask.sum((-2, -1)) > 0).nonzero(as_tuple=True)[0].tolist()",
            "k, rows = torch.where(mask[i])\nown = x[rows] * 2\nout = out.index_add(0, rows, own)",
            "own = x[rows] * 2",
        ),
        (
            "(mask.sum((-2, -1)) > 0).nonzero().flatten()",
            "i = i.item()",
            "",
        ),
        (
            "(mask.sum((-2, -1)) > 0).nonzero()",
            "i = i[0]\nrows = torch.where(mask[i])[1]\nif rows.numel() == 0:\n    continue\nout[rows] = self.w[i]",
            "for i in range(mask.shape[0]):\n            rows = torch.where(mask[i])[1]",
        ),
    ],
)
def test_all_places_are_gone_over(hit: str, body: str, after: str) -> None:
    text = offered(hit, body)
    assert bool(after) == bool(text)
    assert after in text
    assert not text or "hit" not in text


ROWS = "k, rows = torch.where(mask[i].squeeze(0))"


@pytest.mark.parametrize(
    "body",
    [
        f"{ROWS}\nout[rows] = x[rows]\nseen = seen + 1",
        f"{ROWS}\nout[rows] = x[rows]\nseen += 1",
        f"{ROWS}\nout = out + x[rows].sum(0)",
        f"{ROWS}\nout += 1",
        f"{ROWS}\nout.add_(1)",
        f"{ROWS}\nout[k + 1] = 0",
        f"{ROWS}\nrows = rows + 1\nrows = self.all\nout[rows] = 0",
        f"{ROWS}\nself.kept.append(x[rows])",
        f"{ROWS}\nout.index_add_(0, self.order, x)",
        f"{ROWS}\nif seen:\n    out = x\nout[rows] = 1",
        "rows = torch.where(self.other[i])[0]\nout[rows] = x[rows]",
        "rows = torch.where(mask[0])[1]\nout[rows] = x[rows]",
        f"{ROWS}\nout[rows] = x[rows] * i",
        "rows = mask[i].squeeze(0).nonzero()[0]\nout[rows] = x[rows]",  # of none there is no first one
    ],
)
def test_a_round_that_does_more_is_not_run(body: str) -> None:
    assert not offered(body=body)


def test_what_the_last_round_leaves_is_not_read_below() -> None:
    assert not offered(given="out[rows]")
    assert not offered(given="out * i")


@pytest.mark.parametrize(
    ("hit", "mask"),
    [
        ("(mask.sum(dim=(-1, -2)) > 1).nonzero()", "F.one_hot(ids, 4).permute(2, 1, 0)"),
        ("(mask.sum(dim=(-1, -2)) == 0).nonzero()", "F.one_hot(ids, 4).permute(2, 1, 0)"),
        ("(mask.sum(dim=(0, 1)) > 0).nonzero()", "F.one_hot(ids, 4)"),
        (
            "(mask.sum(dim=(-1, -2)) > 0).nonzero()",
            "self.table - 1",
        ),  # a sum may be 0 where something is there
        ("(mask.sum(dim=(-1, -2)) > 0).nonzero().tolist()", "F.one_hot(ids, 4).permute(2, 1, 0)"),
    ],
)
def test_other_places_are_left(hit: str, mask: str) -> None:
    assert not offered(hit=hit, mask=mask)
