"""What a trace may take of the machine's memory.

The rule: two nets. The system refuses the process that asks for too much at once (`MemoryError`, at the
very line), and the parent measures what the whole family of the trace really holds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from . import processes

_LEAST_INTERVAL = 0.1
_SHARE = 20
"""A measurement that took 8 ms, as on a machine with 500 processes, is not repeated for 160 ms."""


def limit_memory(limit: int | None) -> None:
    """Lets this process and each of its children take `limit` bytes more than it has now.

    RLIMIT_DATA and not RLIMIT_AS: torch maps gigabytes that it never touches. macOS knows the limit but
    does not hold to it.
    """
    if limit is None or sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _data_size() + limit
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def no_core_dump() -> None:
    """Keeps a crash from writing gigabytes.

    The limit is 1 and not 0: for 0 the kernel still feeds the dump to the program in `core_pattern`.
    """
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (1 if hard < 0 else min(1, hard), hard))


class MemoryWatch:
    """Measures what a trace holds, as often as is cheap."""

    def __init__(self, root: int, limit: int | None) -> None:
        self._root = root
        self._limit = limit
        self._next = 0.0

    def exceeded(self, now: float) -> bool:
        if self._limit is None or now < self._next:
            return False
        exceeded = self._holds() > self._limit
        spent = time.monotonic() - now
        self._next = now + max(_LEAST_INTERVAL, _SHARE * spent)
        return exceeded

    def _holds(self) -> int:
        members = processes.family(self._root, processes.table())
        resident = sum(member.resident for member in members)
        if resident <= (self._limit or 0):
            return resident
        # Forks share most of torch, which was counted once for each; the exact figure is dear.
        return sum(_exact(member) for member in members)


def _exact(process: processes.Process) -> int:
    known = processes.proportional(process.pid)
    return process.resident if known is None else known


def _data_size() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
