"""What one waits for after an edit: the warm worker on the new text, or one's script run again."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

from fullgraph.workers import Worker

from .measuring import MODELS, Sample, Table, clocked, in_turn, ratio, request, traced, warm_worker

SCRIPT = """

torch.export.draft_export(Gate(), ARGS, dynamic_shapes=DYNAMIC_SHAPES)
"""
TEXT = (MODELS / "gate.py").read_text()


def run(rounds: int = 5) -> Table:
    edits = itertools.count(4)
    with warm_worker() as worker, tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "script.py")
        _check(worker, 3)
        rows = in_turn(
            {
                "`python script.py` with `draft_export`": lambda: _script(script, next(edits)),
                "`fullgraph`, warm": lambda: _check(worker, next(edits)),
            },
            rounds,
        )
    return Table("edit: a small model after an edit", rows, (ratio("script/fullgraph", *rows),))


def _edited(number: int) -> str:
    edited = TEXT.replace("max() > 3", f"max() > {number}")
    assert number == 3 or edited != TEXT
    return edited


def _script(script: Path, number: int) -> Sample:
    script.write_text(_edited(number) + SCRIPT)
    return clocked(lambda: subprocess.run([sys.executable, str(script)], capture_output=True, check=True))


def _check(worker: Worker, number: int) -> Sample:
    return clocked(lambda: traced(worker, request("gate", "Gate()", _edited(number)), False))
