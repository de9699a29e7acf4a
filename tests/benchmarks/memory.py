"""The peak memory of a check and of stock draft export, of a model with 400 MB of parameters.

Memory is the sum of the proportional set sizes of a process and all its descendants, sampled: forks
share pages, and a shared page is counted once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .measuring import LONGEST, MODELS, Row, Sample, Table, in_turn, ratio, stock_command

MEGABYTES = 400
MODEL = f"Wide({MEGABYTES})"
_EVERY = 0.02
_KILOBYTE, _MEGABYTE = 1 << 10, 1 << 20


def run(rounds: int = 2) -> Table:
    if not Path("/proc/self/smaps_rollup").exists():
        raise SystemExit("memory: needs /proc/PID/smaps_rollup, which is Linux's")
    with tempfile.TemporaryDirectory() as folder:
        project = _project(Path(folder))
        check = [sys.executable, "-m", "fullgraph", "check", str(project)]
        rows = in_turn(
            {
                "eager forward": lambda: _peak(stock_command("eager", "wide", MODEL)),
                "plain `export`": lambda: _peak(stock_command("export", "wide", MODEL)),
                "stock `draft_export`": lambda: _peak(stock_command("draft", "wide", MODEL)),
                "`fullgraph check`": lambda: _peak([*check, "--python", sys.executable]),
            },
            rounds,
            "MB",
        )
    return Table(f"memory: {MEGABYTES} MB of parameters, peak", rows, _ratios(rows))


def _ratios(rows: tuple[Row, ...]) -> tuple[str, ...]:
    _, plain, draft, ours = rows
    return (ratio("fullgraph/draft", ours, draft), ratio("fullgraph/plain", ours, plain))


def _project(folder: Path) -> Path:
    target = f"# fullgraph: model={MODEL}, args=ARGS, dynamic_shapes=DYNAMIC_SHAPES\nclass Wide"
    text = (MODELS / "wide.py").read_text().replace("class Wide", target)
    (folder / "pyproject.toml").write_text("")
    (folder / "wide.py").write_text(text)
    return folder


def _peak(command: list[str]) -> Sample:
    """Megabytes at the highest, over all that the command started."""
    peak, ends = 0, time.monotonic() + LONGEST
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and time.monotonic() < ends:
        peak = max(peak, sum(map(_share, _family(process.pid))))
        time.sleep(_EVERY)
    process.kill()
    process.wait()
    return Sample(peak / _MEGABYTE)


def _family(pid: int) -> Iterator[int]:
    children = defaultdict(list)
    for entry in (process.name for process in Path("/proc").iterdir()):
        if entry.isdigit() and (parent := _parent(entry)):
            children[parent].append(int(entry))
    found = [pid]
    for member in found:
        found += children[member]
    yield from found


def _parent(pid: str) -> int:
    try:
        return int(Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _share(pid: int) -> int:
    try:
        rollup = Path("/proc", str(pid), "smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * _KILOBYTE
