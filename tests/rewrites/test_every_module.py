"""Experts that the data asks for: all of them run only where those without rows certainly add nothing."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, proposed

TITLE = "Run every module, of which those without rows add nothing"
HIT = "(mask.sum(dim=(-1, -2)) > 0).nonzero()"
ADDED = "out.index_add_(0, token, layer(x[token]))"


def every(hit: str = HIT, round_: str = "", added: str = ADDED, after: str = "return out") -> str | None:
    """The loop once it runs every module; None where that is not offered."""
    round_ = round_ or "place, token = torch.where(mask[e].squeeze(0))"
    text = (
        "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8), torch.ones(3, 2, 4))\n"
        "class Model(nn.Module):\n    def forward(self, x, mask):\n        out = torch.zeros_like(x)\n"
        f"        hit = {hit}\n        for e in $hit$:\n            layer = self.experts[e]\n"
        f"            {round_}\n            {added}\n        {after}\n"
    )
    new = proposed(text, DataDependent(frame(text), "u0", "int")).get(TITLE)
    return new and new[new.index("        for ") :].replace("\n        ", "\n").strip()


def test_every_module_runs() -> None:
    assert every() == (
        "for e in range(len(self.experts)):\n    layer = self.experts[e]\n    place, token = torch.where(mask[e])\n"
        f"    {ADDED}\nreturn out"
    )


@pytest.mark.parametrize(
    "hit",
    [
        "torch.greater(mask.sum(dim=(-1, -2)), 0).nonzero()",
        "torch.nonzero(mask.sum((1, 2)))",
        "mask.flatten(1).any(1).nonzero().squeeze(-1)",
    ],
)
def test_what_finds_all_that_have_rows(hit: str) -> None:
    assert every(hit) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"hit": "(mask.sum(dim=(-1, -2)) > 3).nonzero()"},  # leaves out some that have rows
        {"hit": "((mask.sum(dim=(-1, -2)) > 0) & self.active).nonzero()"},
        {"hit": "self.active.nonzero()"},
        {"hit": "torch.where(mask.sum(1) > 0)[0]"},  # names one twice
        {"hit": "mask.sum(1).nonzero()", "round_": "token = (mask[e[0]] > e[1]).nonzero()"},
        {"round_": "token = torch.arange(4)"},  # rows that a module has anyway
        {"added": "out = out + layer(x).mean()"},
        {"added": "self.used.append(e)"},
        {"after": "return out * token.numel()"},  # of the last round
    ],
)
def test_a_round_without_rows_that_would_show_is_left(changes: dict[str, str]) -> None:
    assert every(**changes) is None
