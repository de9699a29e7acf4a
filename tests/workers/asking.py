"""What the tests of the workers ask, and how they look for what was left behind."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

from fullgraph.model import Expression, Facts, Limits, Place, Position, Range, Stopped, Target, TraceRequest
from fullgraph.workers import Interpreter, Worker, start

HOSTILE = Path(__file__).parent / "hostile"
MARK = "FULLGRAPH_TESTS"
LONGEST = 600.0
"""Seconds to wait for anything, on a machine however busy."""


def request(
    name: str, seconds: float = 60, memory: int | None = None, folder: Path = HOSTILE, model: str = "M()"
) -> TraceRequest:
    """A trace of the module `name` in a folder."""
    file = str(folder / f"{name}.py")
    place = Place(file, Range(Position(0, 0), Position(0, 0)))
    target = Target(
        name=f"{name}:{model}",
        module=name,
        file=file,
        origin="comment",
        place=place,
        model=Expression(model, place),
        args=Expression("(torch.ones(2, 2),)", place),
    )
    return TraceRequest(target, str(folder), (str(folder),), limits=Limits(seconds, memory))


def started(*, fork: bool = True, python: str = sys.executable) -> Worker:
    worker = start(Interpreter(python, fork=fork), str(HOSTILE))
    assert isinstance(worker, Worker), worker
    return worker


def stopped(facts: Facts) -> list[Stopped]:
    return [failure for failure in facts.failures if isinstance(failure, Stopped)]


def line_of(name: str, words: str) -> int:
    """The line, from 0, of a hostile module that has a comment."""
    lines = (HOSTILE / f"{name}.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines) if f"# {words}" in line)


def running(mark: str) -> dict[int, str]:
    """The processes, and what they are, whose environment has the mark; zombies have none any more."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def zombies() -> list[int]:
    """The children of this process's children that ended and were never asked for."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            match = (
                re.match(r"(\d+) \(.*\) Z (\d+)", (entry / "stat").read_text())
                if entry.name.isdigit()
                else None
            )
            if match and _parent(int(match[2])) == os.getpid():
                found.append(int(match[1]))
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
