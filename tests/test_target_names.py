"""Names of targets within a run: each is there once, with folders only where it needs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for

_NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x)
"""
_CALLS = {
    "torchinfo": "from nets.pose import Net\nfrom torchinfo import summary\nsummary(Net(), input_size=(2, 4))\n",
    "eager": "import torch\nfrom nets.pose import Net\nnet = Net()\nnet(torch.randn(2, 4))\n",
}


@pytest.mark.parametrize("calls", _CALLS.values(), ids=_CALLS)
def test_the_files_that_call_a_class_are_not_in_its_name(tmp_path: Path, calls: str) -> None:
    scripts = {"scripts/look.py": calls, "bench/size.py": calls}
    _write(tmp_path, {"nets/__init__.py": "", "nets/pose.py": _NET, **scripts})
    assert _names(tmp_path) == ["nets.pose:Net"]


def test_classes_of_one_name_have_their_folders(tmp_path: Path) -> None:
    main = f"import torch{_NET}\nnet = Net()\nnet(torch.randn(2, 4))\n"
    _write(tmp_path, {"mnist/main.py": main, "vae/main.py": main})
    assert _names(tmp_path) == ["mnist/main:Net", "vae/main:Net"]


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def _names(folder: Path) -> list[str]:
    plan = plan_for(Options((str(folder),)))
    return sorted({task.request.target.name for task in plan.tasks})
