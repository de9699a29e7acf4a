"""Whose child is whose, how to end all of them, and how one ended: Linux's `prctl` and `/proc`.

The rule: where the system has neither (macOS, Windows), what needs them does nothing and says nothing;
the process group, which `os` knows everywhere but on Windows, is then all that is ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 50

_WINDOWS_CRASHES = {
    0xC0000005: "ACCESS_VIOLATION",
    0xC000001D: "ILLEGAL_INSTRUCTION",
    0xC00000FD: "STACK_OVERFLOW",
    0xC0000409: "STACK_BUFFER_OVERRUN",
}


@dataclass(frozen=True, slots=True)
class Process:
    """`resident` counts bytes, those shared with other processes included.

    `used`: seconds of processor time, with those of the children that it waited for.
    `can_run`: it runs, or only waits for a processor.
    """

    pid: int
    parent: int
    group: int
    resident: int
    used: float
    can_run: bool


def how_ended(status: int) -> tuple[Literal["signal", "exit"], str]:
    """Reason and detail of a Stopped, from an exit code: minus the signal, as `subprocess` has it."""
    if status in _WINDOWS_CRASHES:
        return "signal", _WINDOWS_CRASHES[status]
    if status >= 0:
        return "exit", str(status)
    try:
        return "signal", signal.Signals(-status).name
    except ValueError:  # one of the real-time signals
        return "signal", f"signal {-status}"


def die_with(parent: int) -> None:
    """Has the system kill this process when `parent`, whose child it is, ends in whatever way."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.platform == "linux" and os.getppid() != parent:  # it was quicker than the line above
        os._exit(1)


def adopt_orphans() -> None:
    """Makes this process the parent of every orphan among its descendants, also of new sessions'."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def table() -> dict[int, Process]:
    """Every process there is, by pid; zombies included."""
    found = (_read(entry) for entry in _numbered_folders())
    return {process.pid: process for process in found if process}


def family(root: int, processes: dict[int, Process]) -> list[Process]:
    """The process `root`, its group, and all their descendants."""
    members = {pid for pid, process in processes.items() if root in (pid, process.group)}
    found = len(members) - 1
    while found < len(members):
        found = len(members)
        members |= {pid for pid, process in processes.items() if process.parent in members}
    return [processes[pid] for pid in members]


def proportional(pid: int) -> int | None:
    """The resident bytes of a process, those shared with n others by the n-th part; None: not known."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return None


def end_strays(keep: Collection[int]) -> None:
    """Kills and reaps the children of this process that are not to be kept, and their descendants.

    The children of what is killed become ours, so this goes on until nothing is left.
    """
    me = os.getpid()
    for _ in range(_ROUNDS):
        processes = table()
        strays = [p.pid for p in processes.values() if p.parent == me and p.pid not in keep]
        if not strays:
            return
        for stray in strays:
            for member in family(stray, processes):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(member.pid, signal.SIGKILL)
        for stray in strays:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(stray, os.WNOHANG)
        time.sleep(0.002)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _numbered_folders() -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from (name for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 (called often)


def _read(pid: str) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 (called for each process, ten times a second)
            # The name, in parentheses, may hold spaces and parentheses itself.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if not fields:
        return None
    used = sum(map(int, fields[11:15])) / _TICKS  # utime, stime, cutime, cstime
    return Process(int(pid), int(fields[1]), int(fields[2]), int(fields[21]) * _PAGE, used, fields[0] == b"R")


_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
