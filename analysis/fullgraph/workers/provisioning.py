"""Where the processes for traces come from: one that is shared, or spares that are used up.

The rule: a supply gives out only processes that said hello, and every one it gives out comes back.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ..model import Runtime, StartFailure
from .interpreter import Interpreter
from .limits import FromOutside, Limit, Silence
from .process import Process, launch

_MOST_DEATHS = 3
"""Warm processes in a row that died before any trace came to its end: then something is wrong with it."""


class WorkerLostError(Exception):
    """The worker ended and could not be started again; `failure` says why."""

    def __init__(self, failure: StartFailure) -> None:
        super().__init__(f"{failure.reason}: {failure.interpreter}")
        self.failure = failure


class ClosedError(Exception):
    """The supply was closed: nobody wants traces any more."""


class Supply(Protocol):
    """Where traces get their process from: one that forks, or a new one for each."""

    runtime: Runtime

    def limit(self, process: Process, seconds: float) -> Limit:
        """When the host itself ends a trace that begins now."""

    def acquire(self) -> Process:
        """Raises WorkerLostError or ClosedError."""

    def apart(self, lost: Process) -> Process | None:
        """A process for one trace alone, in the place of one that died; None where no other trace was in that.

        Raises WorkerLostError or ClosedError.
        """

    def interrupt(self, process: Process, number: int) -> None:
        """Ends a trace; its inbox will tell when it is over."""

    def release(self, process: Process) -> None:
        """The trace for which it was acquired is over."""

    def preload(self, modules: tuple[str, ...]) -> bool:
        """Whether it has these modules from now on, for every trace."""

    def close(self) -> None:
        """Ends every process; traces that run find theirs gone. Can be called again."""


def supply(
    interpreter: Interpreter, cwd: str, launched: Callable[[Callable[[], None]], None]
) -> Supply | StartFailure:
    """The kind of supply that the system allows, with its first process warm.

    `launched` hears how to end that process while it gets warm, which takes seconds.
    """
    interpreter = replace(
        interpreter, fork=interpreter.forks
    )  # whatever becomes of the variable that says so
    started = launch(interpreter, cwd)
    if isinstance(started, StartFailure):
        return started
    launched(started.kill)
    hello = started.hello()
    if isinstance(hello, StartFailure):
        started.discard()
        return hello
    kind = Shared if interpreter.forks else Spares
    return kind(interpreter, cwd, started, hello)


class Shared:
    """One process for all traces, which forks for each; started again when it was lost."""

    def __init__(self, interpreter: Interpreter, cwd: str, process: Process, runtime: Runtime) -> None:
        self.runtime = runtime
        self._interpreter = interpreter
        self._cwd = cwd
        self._process = process
        self._modules: tuple[str, ...] = ()
        self._deaths = 0
        self._closed = False
        self._lock = threading.Lock()
        self._running: Counter[Process] = Counter()
        self._together: set[Process] = set()  # those that several traces ran in at a time
        self._apart: set[Process] = set()

    def limit(self, process: Process, seconds: float) -> Limit:  # noqa: ARG002 (it keeps the limits itself)
        return Silence()

    def acquire(self) -> Process:
        with self._lock:
            if self._closed:
                raise ClosedError
            if self._process.gone:
                self._process.discard()
                self._restart()
            self._running[self._process] += 1
            if self._running[self._process] > 1:
                self._together.add(self._process)
            return self._process

    def apart(self, lost: Process) -> Process | None:
        with self._lock:
            if self._closed:
                raise ClosedError
            if lost not in self._together:
                return None
            started = launch(self._interpreter, self._cwd)
            if isinstance(started, Process):
                self._apart.add(started)
        return _warm(started)[0]

    def interrupt(self, process: Process, number: int) -> None:
        process.ask({"cancel": number})

    def release(self, process: Process) -> None:
        with self._lock:
            self._running[process] -= 1
            alone = process in self._apart
            self._apart.discard(process)
        if alone:
            process.discard()
        elif not process.gone:
            self._deaths = 0

    def preload(self, modules: tuple[str, ...]) -> bool:
        self._modules = modules
        return self._process.preload(modules)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._process.quit()
            for each in self._apart:
                each.kill()

    def _restart(self) -> None:
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            name, runtime, said = self._interpreter.python, self.runtime, self._process.last_line
            raise WorkerLostError(
                StartFailure("keeps-crashing", name, runtime.python, runtime.torch, output=said)
            )
        self._process, self.runtime = _warm(launch(self._interpreter, self._cwd))
        if self._modules:
            self._process.preload(self._modules)


class Spares:
    """A process for each trace; while it works the next one gets warm."""

    def __init__(self, interpreter: Interpreter, cwd: str, process: Process, runtime: Runtime) -> None:
        self.runtime = runtime
        self._interpreter = interpreter
        self._cwd = cwd
        self._spares: list[Process | StartFailure] = [process]
        self._all = {process}
        self._closed = False
        self._lock = threading.Lock()

    def limit(self, process: Process, seconds: float) -> Limit:
        return FromOutside(process, seconds)

    def acquire(self) -> Process:
        with self._lock:
            if self._closed:
                raise ClosedError
            spare = self._spares.pop() if self._spares else self._launched()
        try:
            process, self.runtime = _warm(spare)
        except WorkerLostError:
            if isinstance(spare, Process):
                self.release(spare)
            raise
        with self._lock:
            if not self._spares and not self._closed:
                self._spares.append(self._launched())
        return process

    def apart(self, lost: Process) -> Process | None:  # noqa: ARG002 (no process has two)
        return None

    def interrupt(self, process: Process, number: int) -> None:  # noqa: ARG002 (it has no other trace)
        process.kill()

    def preload(self, modules: tuple[str, ...]) -> bool:  # noqa: ARG002 (each process would import them anew)
        return False

    def release(self, process: Process) -> None:
        process.discard()
        with self._lock:
            self._all.discard(process)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for process in self._all:
                process.kill()
            for spare in self._spares:
                if isinstance(spare, Process):
                    spare.discard()

    def _launched(self) -> Process | StartFailure:
        spare = launch(self._interpreter, self._cwd)
        if isinstance(spare, Process):
            self._all.add(spare)
        return spare


def _warm(started: Process | StartFailure) -> tuple[Process, Runtime]:
    if isinstance(started, StartFailure):
        raise WorkerLostError(started)
    hello = started.hello()
    if isinstance(hello, StartFailure):
        raise WorkerLostError(hello)
    return started, hello
