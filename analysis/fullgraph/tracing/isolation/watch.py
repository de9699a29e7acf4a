"""How long a trace has run, and how much memory it holds, measured from outside.

The rule: the machine's load counts for nothing. Where a process of the trace can run, what counts is the
processor time that it got, with that of the children it waited for; where all of them sleep, or wait for a
disk or a network, the clock counts. On a quiet machine that is what the clock says, and on a busy one it is
less, never more; but no trace has more than MOST_ON_THE_CLOCK times its limit on the clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from . import processes

MOST_ON_THE_CLOCK = 10
"""Whoever waits must be able to tell a busy machine from a program that hangs."""

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
        self._begun = time.monotonic() if now is None else now
        self._seen = self._next = self._begun

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

    def ran_for(self, limit: float) -> bool:
        """Whether a trace with this limit, in seconds, is to be stopped."""
        return self.spent >= limit or self._seen - self._begun >= MOST_ON_THE_CLOCK * limit

    def holds_more_than(self, limit: int) -> bool:
        # Forks share most of torch, which was counted once for each; the exact figure is dear.
        return (
            sum(member.resident for member in self._members) > limit
            and sum(_exact(member) for member in self._members) > limit
        )

    def _counted(self, members: Sequence[processes.Process], passed: float) -> float:
        if not any(member.can_run for member in members):
            return passed
        before = self._used_before(members)
        # Less than before: the pid is another process's now, or a child's time was lost (SIGCHLD ignored).
        worked = [max(0.0, member.used - before.get(member.pid, 0.0)) for member in members]
        # The sum is for those that take the processors away from each other: a thousand endless children.
        return min(passed, max(*worked, sum(worked) / (os.cpu_count() or 1)))

    def _used_before(self, members: Sequence[processes.Process]) -> dict[int, float]:
        """What each had used the last time, with what was seen then of children that have ended since.

        Once a child was waited for, all of its time is its parent's, which must not count it again.
        """
        used = {member.pid: member.used for member in self._members}
        parents = {member.pid: member.parent for member in self._members}
        for ended in sorted(used.keys() - {member.pid for member in members}, reverse=True):  # children first
            seen = used.pop(ended)
            if parents[ended] in used:
                used[parents[ended]] += seen
        return used


def _exact(process: processes.Process) -> int:
    known = processes.proportional(process.pid)
    return process.resident if known is None else known
