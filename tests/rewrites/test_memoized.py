"""What a dict remembers by a size: computed in place, or left where it may be another value."""

from __future__ import annotations

import pytest
from fullgraph.model import Raised, Recognized

from tests.rewrites.proposing import frame, mending

HEAD = (
    "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8),)\nclass Model(nn.Module):\n"
    "    def __init__(self):\n        super().__init__()\n        self.tables = {}\n\n    def forward(self, x):\n"
    "        n = x.shape[1]\n"
)
FILL = "        if $n not in self.tables$:\n            self.tables[n] = torch.arange(n, device=x.device)\n"


def bodies(rest: str) -> list[str]:
    text = HEAD + rest
    failure = Raised("export", frame(text), "TypeError", "no", recognized=(Recognized("SymInt hashed", ()),))
    return [after.partition("n = x.shape[1]\n")[2] for after in mending(text, failure).values()]


def test_a_table_is_computed_in_place() -> None:
    assert bodies(FILL + "        return self.tables[n]\n") == [
        "        return torch.arange(n, device=x.device)\n"
    ]
    assert bodies(FILL + "        return x + self.tables[n] * self.tables[n]\n") == [
        "        made = torch.arange(n, device=x.device)\n        return x + made * made\n"
    ]


@pytest.mark.parametrize(
    "rest",
    [
        FILL.replace("torch.arange(n, device=x.device)", "x.mean()") + "        return self.tables[n]\n",
        FILL.replace("arange", "rand") + "        return self.tables[n]\n",
        FILL.replace("torch.arange(n, device=x.device)", "self.make(n)")
        + "        return self.tables[n]\n\n    def make(self, n):\n        return self.drawn(n)\n"
        + "\n    def drawn(self, n):\n        return torch.rand(n)\n",
        FILL + "        self.tables[n] += 1\n        return self.tables[n]\n",
        FILL + "        return self.tables[n] * len(self.tables)\n",
        FILL + "        return self.tables[8]\n",
    ],
)
def test_what_may_be_another_value_stays(rest: str) -> None:
    assert not bodies(rest)
