"""A special case for nothing at all is taken out where the other way gives it, without rows."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, proposed


def left(body: str) -> str | None:
    """The statements of forward without the special case; None where that is not offered."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    head = "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8), torch.rand(4))\n"
    text = f"{head}class Model(nn.Module):\n    def forward(self, x, s):\n{lines}"
    texts = proposed(text, DataDependent(frame(text), "u0", "bool"))
    new = next((text for title, text in texts.items() if title.startswith("Remove the special case")), None)
    return new and "\n".join(line[8:] for line in new.partition("forward(self, x, s):\n")[2].splitlines())


def test_the_way_with_rows_is_kept() -> None:
    body = "keep = s > 0\nif $keep.any()$:\n    y = x[keep]\n    z = y * 2\nelse:\n    y = x[:0]\nreturn y"
    assert left(body) == "keep = s > 0\ny = x[keep]\nz = y * 2\nreturn y"
    turned = "n = keep.sum()\nif $n == 0$:\n    y = x.new_zeros(0, 8)\nelse:\n    y = x[keep]\nreturn y"
    assert left(turned) == "n = keep.sum()\ny = x[keep]\nreturn y"


def test_a_choice_is_what_has_rows() -> None:
    assert left("k = s > 0\nreturn x[k] if $k.sum() > 0$ else x[:0]") == "k = s > 0\nreturn x[k]"
    for empty in ("torch.tensor([])", "s.new_full((0,), 1)", "torch.zeros(size=[0])", "torch.empty(0)"):
        assert left(f"k = s > 0\nreturn {empty} if not $k.any()$ else s[k]") == "k = s > 0\nreturn s[k]"


def test_a_round_gives_what_its_rest_gives() -> None:
    body = (
        "found = []\nfor row in s:\n    k = row > 0\n    if not $k.any()$:\n        found.append(x[:0])\n"
        "        continue\n    found.append(x[k])\nreturn found"
    )
    assert left(body) == "found = []\nfor row in s:\n    k = row > 0\n    found.append(x[k])\nreturn found"


@pytest.mark.parametrize(
    "body",
    [
        "if $(s > 0).any()$:\n    y = x[s > 0].mean()\nelse:\n    y = 0.0\nreturn y",  # not without rows
        "if $(s > 0).any()$:\n    y = x[s > 0].sum()\nelse:\n    y = torch.tensor(0)\nreturn y",
        "if $(s > 0).any()$:\n    y = x[s > 0].sum(0)\nelse:\n    y = x.sum(0)\nreturn y",
        "if $(s > 0).any()$:\n    y = x[s > 0].sum(0)\nelse:\n    y = torch.full((8,), 0)\nreturn y",
        "if $(s > 0).any()$:\n    y = x[s > 0]\nelse:\n    z = x[:0]\nreturn x",  # another name
        "if $(s > 0).any()$:\n    y = x[s > 0]\nelse:\n    y = x[:0]\n    self.missed = 1\nreturn y",
        "if $s.mean() > 0.5$:\n    y = x * 2\nelse:\n    y = x[:0]\nreturn y",  # no question of how many
        "for row in s:\n    if not $(row > 0).any()$:\n        a.append(x[:0])\n        continue\n    b.append(x)",
        "return x[s > 0] if $(s > 0).any()$ else x",
    ],
)
def test_another_result_is_left(body: str) -> None:
    assert left(body) is None
