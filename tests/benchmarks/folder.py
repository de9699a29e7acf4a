"""What `fullgraph fix` takes on a folder, beside `fullgraph check --no-fixes` of it.

The folder is made here: modules that fail in twenty ways, each with other names and sizes, some that export, some
that nothing mends, and some whose functions stand in one file that all of them import. What counts is the ratio of
processor times, as other programs on the machine change both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .measuring import Measure, Sample, Table, in_turn, ratio

_HEAD = """\
import copy
import torch
from torch import nn


"""
_CLASS = """\
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear({size}, {size})
        self.register_buffer("mean", torch.zeros({size}))

    def forward(self, {args}):
"""
_FAILING = {
    "Gate": "h = self.body(x)\nif h.sum() > {n}:\n    h = h * 2\nreturn h",
    "Choice": "h = self.body(x)\nif h.mean() > 0:\n    out = h.relu()\nelse:\n    out = h.tanh()\nreturn out",
    "Ternary": "scale = 2.0 if x.max() > {n} else 1.0\nreturn self.body(x) * scale",
    "Close": "close = torch.allclose(self.body(x), x)\nreturn x if close else self.body(x)",
    "NotClose": "h = self.body(x)\nchanged = not torch.allclose(h, x)\nif changed:\n    h = h + 1\nreturn h",
    "Nan": "h = self.body(x)\nif h.isnan().any():\n    h = torch.nan_to_num(h)\nreturn h",
    "Item": "peak = x.abs().max().item()\nreturn self.body(x) / (peak + 1)",
    "Float": "peak = float(x.abs().max())\nreturn self.body(x) * peak",
    "Early": "h = self.body(x)\nif torch.equal(h, x):\n    return h\nreturn h.relu() + 1",
    "Raises": 'if x.min() < -100:\n    raise ValueError("too small")\nreturn self.body(x)',
    "Asserts": 'assert not x.isnan().any(), "NaN"\nreturn self.body(x)',
    "Both": "h = self.body(x)\na = torch.allclose(h, x)\nb = h.sum() > 0\nreturn h * 2 if a and b else h",
    "Flags": "a, b = bool(x.sum() > 0), bool(x.isnan().any())\nreturn self.body(x), torch.tensor([a, b])",
    "Loop": "h = self.body(x)\nwhile h.norm() > {n} + 1:\n    h = h / 2\nreturn h",
    "Counts": "self.calls = self.calls + 1 if hasattr(self, 'calls') else 1\nreturn self.body(x) * int(x[0, 0] > 0)",
    "Index": "best = x.sum(0).argmax().item()\nreturn self.body(x)[:, best]",
    "Numpy": "import numpy as np\nreturn self.body(x) * float(np.abs(x.detach().numpy()).max())",
    "Update": "if x.sum() > 0:\n    self.mean = self.mean + x.mean(0)\nreturn self.body(x) + self.mean",
    "Nested": "h = self.body(x)\nif h.sum() > 0:\n    if h.max() > {n}:\n        h = h - 1\n    h = h * 2\nreturn h",
    "Rows": "out = []\nfor row in x:\n    out.append(row * 2 if row.sum() > 0 else row)\nreturn self.body(torch.stack(out))",
}
_EXPORTING = {
    "Plain": "return self.body(x).relu()",
    "Where": "return torch.where(x.sum() > {n}, self.body(x), x)",
}
_LEFT = {
    "Words": "names = [str(v) for v in x.sum(1).tolist()]\nreturn self.body(x) * len(set(names))",
    "Unique": "seen = {{}}\nfor v in x.flatten().tolist():\n    seen[v] = seen.get(v, 0) + 1\nreturn self.body(x) * max(seen.values())",
}
_SHARED = {"Shares": "from shared import gated\nreturn gated(self.body(x))"}
_SHARED_FILE = """\
def gated(h):
    if h.sum() > 0:
        h = h * 2
    return h
"""


def write(folder: Path, copies: int = 5) -> int:
    """Fills a folder; how many targets it has."""
    (folder / "pyproject.toml").write_text('[project]\nname = "models"\n')
    (folder / "shared.py").write_text(_SHARED_FILE)
    kinds = (
        [(body, copies) for body in _FAILING.items()]
        + [(body, 2 * copies) for body in (*_EXPORTING.items(), *_LEFT.items())]
        + [(body, copies) for body in _SHARED.items()]
    )
    for (name, body), number in kinds:
        for index in range(number):
            (folder / f"{name.lower()}_{index}.py").write_text(_module(name, body, index))
    return sum(number for _, number in kinds)


def _module(name: str, body: str, index: int) -> str:
    size, own = 4 + index, f"{name}{index}"
    lines = body.format(n=index).splitlines()
    comment = f"# fullgraph: args=(torch.randn(3, {size}),)\n"
    text = _CLASS.format(name=own, size=size, args="x")
    return _HEAD + comment + text + "".join(f"        {line}\n" for line in lines)


def run(rounds: int = 1, copies: int = 5) -> Table:
    with tempfile.TemporaryDirectory(prefix="fullgraph-") as name:
        folder = Path(name)
        targets = write(folder, copies)
        rows = in_turn(
            {"check --no-fixes": _command(folder, "check", "--no-fixes"), "fix": _fix(folder)}, rounds
        )
    return Table(f"A folder of {targets} targets", rows, (ratio("fix / check --no-fixes", rows[1], rows[0]),))


def _fix(folder: Path) -> Measure:
    """On a copy, so that the next round finds the folder as it was."""

    def measure() -> Sample:
        with tempfile.TemporaryDirectory(prefix="fullgraph-") as name:
            own = Path(name, "models")
            shutil.copytree(folder, own)
            return _command(own, "fix")()

    return measure


def _command(folder: Path, *arguments: str) -> Measure:
    """The command as a user runs it, with the processor time of all its processes."""

    def measure() -> Sample:
        began = time.perf_counter()
        command = [sys.executable, "-m", "fullgraph", *arguments, str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr, cwd=folder)
        _, _, used = os.wait4(process.pid, 0)
        return Sample(time.perf_counter() - began, used.ru_utime + used.ru_stime)

    return measure
