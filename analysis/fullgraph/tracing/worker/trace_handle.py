"""The warm parent's view of one trace that runs in a fork of it.

The rule: nothing here waits. `over` is asked again and again, and says how the trace ended once it has.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ...model import Frame, Step, Stopped, TraceRequest, wire
from ..isolation import processes, steps_aside
from ..isolation.channel import Channel, Lines, Tail, lifted_pipe
from ..isolation.child import ForkedChild
from ..isolation.dumps import DumpFiles, first_frame
from ..isolation.watch import Watch
from . import trace_process

_STILL = 0.25
_LONGEST = 5.0
"""Seconds without a further word in the dumps after which they are all there, and for which a process that
writes none is waited for. To write them takes some milliseconds of a process that gets the processor.
"""

_OUTPUT_BYTES = 2048


@dataclass(frozen=True)
class Over:
    """The trace has ended: by itself or because nobody wants it (None), or stopped."""

    stopped: Stopped | None


@dataclass
class _Doomed:
    """A limit was reached; the trace may write its stacks. `sizes`: what it wrote until `since`."""

    reason: Any
    detail: str
    last: float
    since: float
    sizes: tuple[int, ...] = ()

    def has_written(self, sizes: tuple[int, ...], now: float) -> bool:
        if sizes != self.sizes:
            self.sizes, self.since = sizes, now
        return now >= self.last or (any(sizes) and now >= self.since + _STILL)


class ForkedTrace:
    """A trace from its fork to its end. `fds` can be read when there is something to read."""

    def __init__(
        self, number: int, request: TraceRequest, host: Channel, private: Callable[[], Iterable[int]]
    ) -> None:
        self.number = number
        self.cancelled = False
        self._request = request
        self._host = host
        self._own: Step = "load"
        self._done = False
        self._doomed: _Doomed | None = None
        self._dumps = DumpFiles()
        self._lines = Lines(host.token)
        self._tail = Tail(_OUTPUT_BYTES)
        self._child = self._forked(private)
        self._watch = Watch(self._child.pid)

    def _forked(self, private: Callable[[], Iterable[int]]) -> ForkedChild:
        lines, writing = lifted_pipe()
        output, printing = lifted_pipe()
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            channel = Channel(writing, self._host.token)
            not_theirs = (lines, output, *private())
            trace_process.live(
                self._request,
                self.number,
                trace_process.Home(channel, printing, self._dumps, parent, not_theirs),
            )
        with contextlib.suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(pid, pid)
        for fd in (writing, printing):
            os.close(fd)
        return ForkedChild(pid, {lines: self._hear, output: self._tail.feed})

    @property
    def fds(self) -> list[int]:
        return self._child.fds

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def private(self) -> list[int]:
        """The files of this trace that another one must not inherit."""
        return [*self.fds, *self._dumps.fds]

    @property
    def output(self) -> str:
        return self._tail.text

    def read(self, fd: int) -> bool:
        """Takes what has come, and says whether the pipe is still open."""
        self._child.read(fd)
        return fd in self._child.open

    def over(self, now: float) -> Over | None:
        if self._done or self.cancelled:
            return Over(None)
        if self._doomed is not None:
            doomed, sizes = self._doomed, self._dumps.sizes()
            return self._died(doomed.reason, doomed.detail) if doomed.has_written(sizes, now) else None
        if (status := self._child.status()) is not None:
            return Over(None) if self._done else self._died(*processes.how_ended(status))
        self._keep_limits(now)
        return None

    def _keep_limits(self, now: float) -> None:
        limits = self._request.limits
        self._watch.look()
        if self._watch.ran_for(limits.seconds):
            self._doom("timeout", f"{limits.seconds:g}", now)
        elif limits.memory is not None and self._watch.holds_more_than(limits.memory):
            self._doom("memory", str(limits.memory), now)

    def end(self, keep: Iterable[int]) -> None:
        """Kills and reaps the trace and all that came of it, but for the processes to `keep`."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.kill()  # it may have gone to another group
        processes.end_strays(set(keep))
        self._child.read_rest()
        self._child.close()
        self._dumps.close()

    def _hear(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            # A message that user code wrote into the middle of is lost, and the parent goes on.
            with contextlib.suppress(wire.WireError):
                self._take(wire.loads(line), line)

    def _take(self, message: Mapping[str, Any], line: bytes) -> None:
        if "part" in message:
            self._host.send_line(line)
        self._own = message.get("step", self._own)
        self._done = self._done or "done" in message

    def _doom(self, reason: str, detail: str, now: float) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGUSR2)
        self._doomed = _Doomed(reason, detail, now + _LONGEST, now)

    def _died(self, reason: Any, detail: str) -> Over:
        step, frame = self._whereabouts()
        return Over(Stopped(step, reason, detail, frame))

    def _whereabouts(self) -> tuple[Step, Frame | None]:
        """The step that the trace was in, and the user's place there.

        The trace's own process counts first, unless it only waited for a step aside: then that step.
        """
        own = [(self._own, self._dumps.stacks("trace"))]
        asides = [(step, self._dumps.stacks(step)) for step in get_args(Step)]
        waits = any(
            file == steps_aside.__file__ for _, stacks in own for stack in stacks for file, _ in stack
        )
        candidates = [(step, stacks) for step, stacks in (asides + own if waits else own + asides) if stacks]
        for step, stacks in candidates:
            if frame := first_frame(self._request, stacks):
                return step, frame
        return (candidates[0][0] if candidates else self._own), None
