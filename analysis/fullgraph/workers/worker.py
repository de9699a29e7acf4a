"""What the analysis asks: a worker, and one trace of it.

The rule: `trace` returns Facts for whatever user code did; it raises only where the caller itself gave
up, or where there is no worker to be had any more.
"""

from __future__ import annotations

import atexit
import itertools
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar, final

from ..model import Facts, Runtime, StartFailure, Step, Stopped, TraceRequest
from ..tracing.isolation import dumps
from ..tracing.isolation.processes import how_ended
from .inboxes import GONE, Inbox
from .interpreter import Interpreter
from .process import Process
from .provisioning import ClosedError, Supply, WorkerLostError, supply

_LOOK = 0.25
"""Seconds between two looks at whether a silent process still lives: user code may hold its pipe open."""

_CANCEL: Mapping[str, Any] = {"cancel": True}
_LATE: Mapping[str, Any] = {"late": True}


class TraceCancelledError(Exception):
    """The trace was cancelled, or the worker was closed while it ran; nothing of it runs any more."""


class Cancellation:
    """Ends traces from another thread; one can serve several traces, also such as start later."""

    def __init__(self) -> None:
        self._cancelled = False
        self._inboxes: list[Inbox] = []
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """Returns at once; the traces raise TraceCancelledError."""
        with self._lock:
            self._cancelled = True
            for inbox in self._inboxes:
                inbox.put(_CANCEL)

    def tells(self, inbox: Inbox) -> None:
        with self._lock:
            self._inboxes.append(inbox)
            if self._cancelled:
                inbox.put(_CANCEL)

    def forgets(self, inbox: Inbox) -> None:
        with self._lock:
            self._inboxes.remove(inbox)


def _ignore(_part: Facts) -> None:
    pass


_MOST_TRACES = 3
"""As it is, with the CPU in the place of a device, and without dynamic sizes."""


def _is_void(facts: Facts) -> bool:
    """Whether a trace only tells how to trace again."""
    return facts.lacks_device or facts.refuses_dynamic


_P = TypeVar("_P", Process, "Process | None")


@final
class Worker:
    """A warm interpreter of the user's. Exists only once it has said hello; made by `start`.

    All methods can be called from any thread, and any number of traces can run at the same time.
    """

    def __init__(self, processes: Supply) -> None:
        self._supply = processes
        self._numbers = itertools.count(1)
        self._closed = False
        atexit.register(self.close)

    @property
    def runtime(self) -> Runtime:
        return self._supply.runtime

    def trace(
        self,
        request: TraceRequest,
        on_part: Callable[[Facts], None] = _ignore,
        cancellation: Cancellation | None = None,
    ) -> Facts:
        """Traces one target and blocks until it is done; `on_part` hears, on this thread, of each part.

        A trace that was stopped has a Stopped as its last failure. One that failed for want of an accelerator
        is made again, with the CPU in its place: first comes what the user's own run would give. So is one
        that dynamic sizes failed which nobody asked for, with static ones.

        Raises:
            TraceCancelledError: `cancellation` was cancelled, or the worker closed.
            WorkerLostError: the worker died, and could not be started again.
        """
        token = cancellation or Cancellation()
        for _ in range(_MOST_TRACES):
            facts = self._traced(request, lambda part: None if _is_void(part) else on_part(part), token)
            if not _is_void(facts):
                break
            request = replace(
                request,
                cpu_stands_in=request.cpu_stands_in or facts.lacks_device,
                static=request.static or facts.refuses_dynamic,
            )
        return facts

    def _traced(self, request: TraceRequest, on_part: Callable[[Facts], None], token: Cancellation) -> Facts:
        if token.cancelled:
            raise TraceCancelledError
        process = self._acquired(self._supply.acquire)
        facts, lost = self._held(process, request, on_part, token)
        if not lost or token.cancelled or self._closed:
            return facts
        # Another trace in it may have killed it.
        alone = self._acquired(lambda: self._supply.apart(process))
        return facts if alone is None else self._held(alone, request, on_part, token)[0]

    def _held(
        self, process: Process, request: TraceRequest, on_part: Callable[[Facts], None], token: Cancellation
    ) -> tuple[Facts, bool]:
        """What a trace in a process gave, and whether that process was lost meanwhile."""
        conversation = _Conversation(self._supply, process, next(self._numbers), request, on_part)
        try:
            return conversation.held(token, lambda: self._closed), conversation.lost
        finally:
            self._supply.release(process)

    def preload(self, modules: tuple[str, ...]) -> bool:
        """Imports modules of libraries in the process that is forked; False: it is not fit to fork any more."""
        return self._supply.preload(modules)

    def _acquired(self, acquire: Callable[[], _P]) -> _P:
        try:
            return acquire()
        except ClosedError:
            raise TraceCancelledError from None
        except WorkerLostError:
            if self._closed:  # while it was getting warm
                raise TraceCancelledError from None
            raise

    def close(self) -> None:
        """Ends the worker and all its traces; can be called again."""
        self._closed = True
        self._supply.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def start(
    interpreter: Interpreter,
    cwd: str,
    launched: Callable[[Callable[[], None]], None] = lambda _: None,
) -> Worker | StartFailure:
    """A warm worker that runs in the folder `cwd`, or why there cannot be one.

    Takes seconds, and `launched` hears at once how to put an end to it.
    """
    processes = supply(interpreter, cwd, launched)
    return processes if isinstance(processes, StartFailure) else Worker(processes)


class _Conversation:
    """One trace, as the host hears of it."""

    def __init__(
        self,
        processes: Supply,
        process: Process,
        number: int,
        request: TraceRequest,
        on_part: Callable[[Facts], None],
    ) -> None:
        self._supply = processes
        self._process = process
        self._number = number
        self._request = request
        self._on_part = on_part
        self._facts = Facts()
        self._step: Step = "load"
        self.lost = False
        self._begun = time.monotonic()
        self._limit = processes.limit(process, request.limits.seconds)

    def held(self, cancellation: Cancellation, closed: Callable[[], bool]) -> Facts:
        inbox = self._process.open(self._number)
        cancellation.tells(inbox)
        try:
            self._process.begin(self._number, self._request)
            facts = self._heard(inbox)
        except BaseException:  # the caller's `on_part`, Ctrl-C: the trace is nobody's any more
            self._supply.interrupt(self._process, self._number)
            raise
        finally:
            cancellation.forgets(inbox)
            self._process.forget(self._number)
        if cancellation.cancelled or closed():
            raise TraceCancelledError
        return facts

    def _heard(self, inbox: Inbox) -> Facts:
        while True:
            message = self._next(inbox)
            self._limit.heard()
            if "part" in message:
                self._facts = self._facts.merged(message["part"])
                self._on_part(message["part"])
            elif "unreadable" in message:
                name, runtime = self._process.name, self._supply.runtime
                raise WorkerLostError(
                    StartFailure("updated", name, runtime.python, runtime.torch, message["unreadable"])
                )
            elif message is _CANCEL:
                self._supply.interrupt(self._process, self._number)
            elif "end" in message:
                return self._ended(message["end"], message.get("output", self._process.output))
            elif message is GONE:
                self.lost = True
                return self._ended(self._death(), self._process.output)
            elif message is _LATE:
                return self._ended(self._overdue(), self._process.output)
            self._step = message.get("step", self._step)

    def _next(self, inbox: Inbox) -> Mapping[str, Any]:
        while True:
            gone = self._process.gone
            try:
                return inbox.get(timeout=_LOOK)
            except queue.Empty:
                if gone:
                    return GONE
                if self._limit.is_over():
                    return _LATE

    def _overdue(self) -> Stopped:
        self._process.stop()
        return self._stopped("timeout", f"{self._request.limits.seconds:g}")

    def _death(self) -> Stopped:
        return self._stopped(*how_ended(self._process.status()))

    def _stopped(self, reason: Any, detail: str) -> Stopped:
        frame = dumps.first_frame(self._request, dumps.stacks(self._process.dump()))
        return Stopped(self._step, reason, detail, frame)

    def _ended(self, stopped: Stopped | None, output: str) -> Facts:
        """All that was heard; a step that died aside did not know what was written on standard error."""
        known = (*self._facts.failures, *self._facts.preliminary)
        failures = (*known, *((stopped,) if stopped else ()))
        if any(isinstance(failure, Stopped) for failure in failures):
            seconds = max(self._facts.seconds, time.monotonic() - self._begun)
        else:
            seconds = self._facts.seconds
        return replace(
            self._facts,
            failures=tuple(
                replace(failure, output=failure.output or output) if isinstance(failure, Stopped) else failure
                for failure in failures
            ),
            preliminary=(),
            seconds=seconds,
        )
