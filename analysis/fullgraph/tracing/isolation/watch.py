"""How long a trace has run, and how much memory it holds, measured from outside.

The rule: the machine's load counts for nothing. Where a process of the trace can run, what counts is the
processor time that it got; where all of them sleep, or wait for a disk or a network, the clock counts. On
a quiet machine that is what the clock says, and on a busy one it is less, never more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from . import processes

_LEAST_INTERVAL = 0.1
_SHARE = 20
"""A measurement that took 8 ms, as on a machine with 500 processes, is not repeated for 160 ms."""


class Watch:
    """Measures a process with all that came of it, as often as is cheap.

    Without /proc (macOS, Windows) `spent` is what the clock says, and no memory is seen.
    """

    def __init__(self, root: int, now: float | None = None) -> None:
        self.spent = 0.0
        self._root = root
        self._members: Sequence[processes.Process] = ()
        self._used: dict[int, float] = {}
        self._seen = time.monotonic() if now is None else now
        self._next = self._seen

    def look(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self.take(processes.family(self._root, processes.table()), now)
        self._next = now + max(_LEAST_INTERVAL, _SHARE * (time.monotonic() - now))

    def take(self, members: Sequence[processes.Process], now: float) -> None:
        """Adds what passed since the last time."""
        self.spent += self._counted(members, now - self._seen)
        self._seen, self._members = now, members
        self._used = {member.pid: member.used for member in members}

    def holds_more_than(self, limit: int) -> bool:
        # Forks share most of torch, which was counted once for each; the exact figure is dear.
        return (
            sum(member.resident for member in self._members) > limit
            and sum(_exact(member) for member in self._members) > limit
        )

    def _counted(self, members: Sequence[processes.Process], passed: float) -> float:
        if not any(member.can_run for member in members):
            return passed
        worked = [member.used - self._used.get(member.pid, 0.0) for member in members]
        # The sum is for those that take the processors away from each other: a thousand endless children.
        return min(passed, max(*worked, sum(worked) / (os.cpu_count() or 1)))


def _exact(process: processes.Process) -> int:
    known = processes.proportional(process.pid)
    return process.resident if known is None else known
