"""Many rounds of work at once on one executor: each waits for its own jobs alone, and one thread hears of all.

The rule: what a round does depends on what its jobs gave, and never on which of them, or of another's, was done
first. A signal ends a run between two of them: what was heard of a job is heard to its end.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, final

from ..check.deadline import Deadline, reason_of
from ..model import EndReason
from .unbroken import unbroken

_LOOK = 0.5
"""Seconds between two looks at the clock; on Windows Ctrl-C is heard only in between."""


@dataclass(frozen=True)
class Batch:
    """Jobs that may run at the same time; `heard` is told of each, on the one thread, as soon as it is done."""

    jobs: Mapping[Any, Callable[[], Any]]
    heard: Callable[[Any, Any], None] = lambda *_: None


Rounds = Iterator[Batch]
"""Goes on once all jobs of the batch are done that it gave last."""


@dataclass
class _Open:
    rounds: Rounds
    batch: Batch
    left: int


@final
class Jobs:
    """What runs. `post` may be called from any thread: what it is given is told on the one."""

    def __init__(self, executor: Executor, told: Callable[[Any], None] = lambda _: None) -> None:
        self._executor = executor
        self._told = told
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._futures: dict[Future[Any], tuple[_Open, Any]] = {}
        self.post = self._queue.put

    def run(self, every: list[Rounds], until: Deadline) -> EndReason | None:
        """Runs all to their end, or says why they ended before.

        Raises:
            CannotRun: or whatever else a job raised.
        """
        try:
            for rounds in every:
                self._advance(rounds)
            while self._futures:
                if until.passed:
                    return "budget"
                self._take(until)
        except KeyboardInterrupt as error:
            return reason_of(error)
        return None

    def cancel(self, patience: float) -> None:
        """Waits a little for what was told to end; what is done by then and was not heard yet is."""
        ends = time.monotonic() + patience
        for future in self._futures:
            future.cancel()
        with contextlib.suppress(KeyboardInterrupt):  # a second one ends the waiting
            while not all(future.done() for future in self._futures) and time.monotonic() < ends:
                time.sleep(0.01)
        with unbroken():
            for future, (opened, key) in self._futures.items():
                if future.done() and not future.cancelled() and not future.exception():
                    opened.batch.heard(key, future.result())
            self._futures.clear()

    def _take(self, until: Deadline) -> None:
        left = until.left()
        try:
            event = self._queue.get(timeout=_LOOK if left is None else min(left, _LOOK))
        except Empty:
            return
        if isinstance(event, Future):
            with unbroken():
                self._done(event)
        else:
            self._told(event)

    def _done(self, future: Future[Any]) -> None:
        opened, key = self._futures.pop(future)
        opened.batch.heard(key, future.result())
        opened.left -= 1
        if not opened.left:
            self._advance(opened.rounds)

    def _advance(self, rounds: Rounds) -> None:
        batch = next((each for each in rounds if each.jobs), None)
        if batch is None:
            return
        opened = _Open(rounds, batch, len(batch.jobs))
        for key, job in batch.jobs.items():
            future = self._executor.submit(job)
            self._futures[future] = opened, key
            future.add_done_callback(self._queue.put)
