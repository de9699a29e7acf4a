"""How long one waits before anything was checked, and for all of `examples/`."""

from __future__ import annotations

import subprocess
import sys

from .measuring import ROOT, Sample, Table, clocked, in_turn, warm_worker


def run(rounds: int = 5) -> Table:
    rows = in_turn(
        {
            "`python -c 'import torch'`": lambda: _command("-c", "import torch"),
            "a worker, from its start to its hello": _hello,
            "`fullgraph check examples`, whole": lambda: _command("-m", "fullgraph", "check", "examples"),
        },
        rounds,
    )
    return Table("start: from nothing", rows)


def _hello() -> Sample:
    def started() -> None:
        with warm_worker():
            pass

    return clocked(started)


def _command(*arguments: str) -> Sample:
    command = [sys.executable, *arguments]
    # Status 1 says that the examples have findings, as they must.
    return clocked(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=False))
