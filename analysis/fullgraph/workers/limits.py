"""When the host itself ends a trace.

The rule: a process that forks keeps the limits of its traces itself, and is ended only where it cannot:
somebody stopped it by a signal. One that serves a single trace is measured from here.
"""

from __future__ import annotations

import time
from typing import Protocol

from ..tracing.isolation.watch import Watch
from .process import Process

_SILENCE = 60.0
"""Seconds without a sign of life, of which a parent gives one in each second."""

_MOST_AT_ONCE = 1.0

_TO_WRITE = 0.5
"""Seconds beyond the limit, for a process that writes its stacks by a timer of its own (Windows)."""


class Limit(Protocol):
    """When the host ends a trace by itself."""

    def is_over(self) -> bool: ...

    def heard(self) -> None:
        """The process said something."""


class Silence:
    """The limit of a process that serves many traces. Time in which nobody asked (Ctrl-Z) does not count."""

    def __init__(self) -> None:
        self._silent = 0.0
        self._asked = time.monotonic()

    def heard(self) -> None:
        self._silent = 0.0

    def is_over(self) -> bool:
        before, self._asked = self._asked, time.monotonic()
        self._silent += min(self._asked - before, _MOST_AT_ONCE)
        return self._silent > _SILENCE


class FromOutside:
    """The limit of a process that serves one trace, and has just begun with it."""

    def __init__(self, process: Process, seconds: float) -> None:
        self._watch = Watch(process.pid)
        self._seconds = seconds + (0.0 if process.writes_when_asked else _TO_WRITE)

    def heard(self) -> None:
        pass

    def is_over(self) -> bool:
        self._watch.look()
        return self._watch.ran_for(self._seconds)
