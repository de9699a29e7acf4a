"""Distributions that are made without a check of their arguments, tried on text that nothing runs."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending

HEAD = "import torch\nfrom torch import nn\nfrom torch.distributions import Categorical, Normal\n\n\n"


def offered(expression: str) -> str:
    text = (
        f"{HEAD}# fullgraph: args=(torch.randn(3, 4),)\nclass Policy(nn.Module):\n"
        f"    def forward(self, x, **kept):\n        return $ {expression}$.mean\n".replace("$ ", "$")
    )
    found = mending(text, DataDependent(frame(text, expression.partition("(")[0]), "u0", "bool"))
    return found.get("Skip the check of the arguments", "")


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("Categorical(logits=x)", "Categorical(logits=x, validate_args=False)"),
        (
            "torch.distributions.Normal(x, x.exp(),)",
            "torch.distributions.Normal(x, x.exp(), validate_args=False,)",
        ),
        ("Normal(x, 1.0, validate_args=True)", "Normal(x, 1.0, validate_args=False)"),
        ("Normal(x, scale=(x.exp()))", "Normal(x, scale=(x.exp()), validate_args=False)"),
        ("Categorical((x.exp()))", "Categorical((x.exp()), validate_args=False)"),
    ],
)
def test_a_distribution_is_made_without_the_check(written: str, after: str) -> None:
    assert f"return {after}.mean\n" in offered(written)


@pytest.mark.parametrize("written", ["Categorical(**kept)", "Normal(*x)", "Checked(x)", "x.log_prob(x)"])
def test_what_may_say_so_already_or_is_none_stays(written: str) -> None:
    assert offered(written) == ""
