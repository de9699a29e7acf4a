"""Options of the command line: those that are known are given, and only the others are stood in for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.model import RunAs
from fullgraph.workers import Worker

from tests.workers.asking import request

pytestmark = pytest.mark.slow

TEXT = """
import argparse
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, required=True)
parser.add_argument("--weights", required=True)
args = parser.parse_args()

class M(nn.Linear):
    def __init__(self):
        super().__init__(2, args.width)
"""


@pytest.mark.parametrize(
    ("argv", "replaced", "width"),
    [
        (("--width", "3", "--weights", "best.pt"), [], 3),
        (("--width=3",), ["--weights"], 3),
        ((), ["--weights", "--width"], 64),
    ],
)
def test_known_options_are_given(
    tmp_path: Path, worker: Worker, argv: tuple[str, ...], replaced: list[str], width: int
) -> None:
    (tmp_path / "script.py").write_text(TEXT)
    asked = request("script", folder=tmp_path)
    facts = worker.trace(replace(asked, target=replace(asked.target, run_as=RunAs(argv, asked.target.place))))
    assert facts.exported is True
    assert sorted(each.what for each in facts.assumed) == replaced
    assert facts.outputs[0].shape[1] == width
