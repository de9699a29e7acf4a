"""A repository of models that nobody declared: until the first verdict, and until all are there.

Beside it, what a person would do: one plain `torch.export.export` in a process of its own, for one model and for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .measuring import LONGEST, Sample, Table, clocked, in_turn, ratio

MODELS = 10

NET = """\
import torch
from torch import nn


class Net{number}(nn.Module):
    def __init__(self, width={width}, depth=6):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
            for _ in range(depth)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x.mean(dim=(2, 3)))


if __name__ == "__main__":
    net = Net{number}()
    net(torch.randn(1, 3, 32, 32))
"""
EXPORT = """\
import torch
from net{number} import Net{number}

torch.export.export(Net{number}().eval(), (torch.randn(1, 3, 32, 32),))
"""
FIRST = """\
import sys
from concurrent.futures import ThreadPoolExecutor
from fullgraph.check.options import Options
from fullgraph.check.plan import jobs_for, plan_for
from fullgraph.check.run import check_plan, close_workers, shared_workers

class Seen(Exception):
    pass

def tell(progress):
    if progress.last is not None:
        assert progress.last[0].status == "exports"
        raise Seen

options = Options((".",))
plan = plan_for(options, shared_workers().prepare)
with ThreadPoolExecutor(jobs_for(options, plan)) as executor:
    try:
        check_plan(plan, options, executor, tell)
    except Seen:
        sys.exit()
sys.exit("no verdict came")
"""


def run(rounds: int = 3) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(MODELS):
            (root / f"net{number}.py").write_text(NET.format(number=number, width=8 + number))
        rows = in_turn(
            {
                "one plain `export`, from nothing": lambda: _plainly(root, 1),
                f"{MODELS} plain `export`s, each from nothing": lambda: _plainly(root, MODELS),
                "`fullgraph check`, the first verdict": lambda: _first(root),
                f"`fullgraph check`, all {MODELS}": lambda: _whole(root),
            },
            rounds,
        )
    one, each, first, whole = rows
    notes = (ratio("first verdict/one plain export", first, one), ratio("all/plain exports", whole, each))
    return Table(f"repository: {MODELS} models that nobody declared", rows, notes)


def _plainly(root: Path, count: int) -> Sample:
    def exported() -> None:
        for number in range(count):
            _run(root, "-c", EXPORT.format(number=number))

    return clocked(exported)


def _first(root: Path) -> Sample:
    """Until a terminal would show it."""
    return clocked(lambda: _run(root, "-c", FIRST))


def _whole(root: Path) -> Sample:
    return clocked(lambda: _checked(root))


def _checked(root: Path) -> None:
    report = json.loads(_run(root, "-m", "fullgraph", "check", ".", "--no-fixes", "--format", "json"))
    exported = sum(each["status"] == "exports" for each in report["targets"])
    if exported != MODELS:
        raise SystemExit(f"{exported} of {MODELS} models were checked")


def _run(root: Path, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=LONGEST)
    return done.stdout
