"""A rewritten text imports torch where it names it and the file did not."""

from __future__ import annotations

import pytest
from fullgraph.model import SideEffect

from tests.rewrites.proposing import changed, frame

BODY = (
    "\n\n# fullgraph: args=(torch.randn(4, 8),)\nclass Model(nn.Module):\n"
    "    def forward(self, x):\n        $print(x.shape)$\n        return x\n"
)
GUARDED = ["        if not torch.compiler.is_exporting():", "            print(x.shape)"]


def guarded(head: str) -> list[list[str]]:
    text = head + BODY
    return changed(text, SideEffect("print", frame(text, "print")))


@pytest.mark.parametrize(
    "head",
    [
        "from torch import nn\n",
        '"""What it is."""\n\nimport os\n\nfrom torch import nn\n',
        "import torch.nn as nn\n",
        "from __future__ import annotations\nfrom mine import nn\n",
    ],
)
def test_the_import_is_added(head: str) -> None:
    assert guarded(head) == [["import torch", *GUARDED]]


@pytest.mark.parametrize("head", ["import torch\nfrom torch import nn\n", "import torch.nn\nnn = torch.nn\n"])
def test_what_is_imported_is_not_imported_again(head: str) -> None:
    assert guarded(head) == [GUARDED]


def test_another_name_for_torch_is_kept() -> None:
    [lines] = guarded("import torch as T\nfrom torch import nn\n")
    assert lines[0] == "        if not T.compiler.is_exporting():"


@pytest.mark.parametrize(
    "head",
    [
        "from torch import nn\ntorch = None\n",
        "from mine import nn, other as torch\n",
        "import os; from torch import nn\n",
    ],
)
def test_nothing_is_offered_where_the_name_or_the_place_is_taken(head: str) -> None:
    assert guarded(head) == []
