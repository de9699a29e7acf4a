"""Vectors of classes whose number the data says, tried on text that nothing runs."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


def offered(body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}# fullgraph: args=(torch.tensor([0, 2, 1]),)\nclass Model(nn.Module):\n"
        f"    def forward(self, x):\n{lines}"
    )
    found = mending(text, DataDependent(frame(text), "u0", "int"))
    return found.get("Compare the labels with all classes", "")


def test_labels_are_compared_with_all_classes() -> None:
    after = offered("n = x.max().item() + 1\nreturn $F.one_hot(x, num_classes=n)$")
    assert "return (x.unsqueeze(-1) == torch.arange(n, device=x.device)).long()\n" in after
    assert "torch._assert_async(((x >= 0) & (x < n)).all(), " in after


@pytest.mark.parametrize(
    "body",
    [
        "n = x[0].item()\nreturn $F.one_hot(x, n)$",  # it may be -1, for as many as there are
        "n = x.max().item()\nreturn $F.one_hot(x, n)$",
        "n = x.max().item() - 1\nreturn $F.one_hot(x, n)$",
        "return $F.one_hot(x)$",
    ],
)
def test_another_number_of_classes_stays(body: str) -> None:
    assert offered(body) == ""
