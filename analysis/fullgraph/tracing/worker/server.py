"""The warm parent: answers the host's requests, each in a fork.

The rule: one thread, one loop, and no code of the user's. Threads and forks do not go together, and what
user code does to its process must not reach the next trace.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Iterator, Mapping
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from ...model import wire
from ..isolation import processes
from ..isolation.channel import Channel, Lines
from ..load import libraries
from .trace_handle import ForkedTrace

_TICK = 0.02
"""Seconds between two looks at running traces, where none of them says anything."""

_EVERY = 1.0
"""Seconds between two signs of life to the host, which ends a parent that gives none."""


def run(incoming: int, host: Channel) -> NoReturn:
    """Serves until the host says quit or is gone."""
    parent = Parent(incoming, host)
    # Before the first fork, and unlike the default it lets `finally` kill what is running.
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(BrokenPipeError, SystemExit):
        parent.serve()
    os._exit(0)


class Parent:
    """All that is running, and the two pipes to the host."""

    def __init__(self, incoming: int, host: Channel) -> None:
        self._incoming = incoming
        self._host = host
        self._lines = Lines(b"")
        self._selector = selectors.DefaultSelector()
        self._traces: dict[int, ForkedTrace] = {}
        self._serving = True
        self._shown = 0.0
        # What torch may have started while it was warmed stays.
        self._lasting = {p.pid for p in processes.table().values() if p.parent == os.getpid()}
        processes.adopt_orphans()

    def serve(self) -> None:
        self._selector.register(self._incoming, selectors.EVENT_READ, self._read_host)
        try:
            while self._serving:
                for key, _ in self._selector.select(_TICK if self._traces else None):
                    key.data()
                for trace in list(self._traces.values()):
                    self._look_after(trace)
                self._show_life()
        finally:
            for trace in list(self._traces.values()):
                self._end(trace)

    def _read_host(self) -> None:
        data = os.read(self._incoming, 1 << 16)
        self._serving = bool(data)  # its end: the host is gone, in whatever way
        for line in self._lines.feed(data):
            if line:
                self._obey(wire.loads(line))

    def _obey(self, message: Mapping[str, Any]) -> None:
        if "request" in message:
            self._start(message["trace"], message)
        elif message.get("cancel") in self._traces:
            self._traces[message["cancel"]].cancelled = True
        elif "preload" in message:
            self._host.send({"preloaded": libraries.preload(message["preload"])})
        elif "quit" in message:
            self._serving = False

    def _start(self, number: int, message: Mapping[str, Any]) -> None:
        trace = ForkedTrace(number, message["request"], self._host, self._private_fds)
        self._traces[number] = trace
        for fd in trace.fds:
            self._selector.register(fd, selectors.EVENT_READ, partial(self._read_trace, trace, fd))

    def _read_trace(self, trace: ForkedTrace, fd: int) -> None:
        if not trace.read(fd):
            self._selector.unregister(fd)

    def _look_after(self, trace: ForkedTrace) -> None:
        over = trace.over(time.monotonic())
        if over is not None:
            self._end(trace)
            self._host.send({"trace": trace.number, "end": over.stopped, "output": trace.output})

    def _show_life(self) -> None:
        if time.monotonic() >= self._shown + _EVERY:
            self._shown = time.monotonic()
            for number in self._traces:
                self._host.send({"trace": number, "alive": True})

    def _end(self, trace: ForkedTrace) -> None:
        del self._traces[trace.number]
        for fd in trace.fds:
            with contextlib.suppress(KeyError):
                self._selector.unregister(fd)
        trace.end(self._lasting | {other.pid for other in self._traces.values()})

    def _private_fds(self) -> Iterator[int]:
        """Asked in the fork: the files that are the parent's alone."""
        self._selector.close()
        yield from (self._incoming, self._host.fd)
        for trace in self._traces.values():
            yield from trace.private


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit
