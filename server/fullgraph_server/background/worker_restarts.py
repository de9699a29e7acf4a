"""Workers that are lost: restarted with a growing delay, then given up.

The rule: a failure that a retry cannot fix is not retried, and the user is notified once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fullgraph.model import Remedy, StartFailure
from fullgraph.workers.pool import Workers

from .debouncer import Debouncer
from .tasks import Tasks
from .work_queue import Listener, Queue, State, Status

_BACK_OFF = (1.0, 4.0, 15.0)
"""Seconds until a worker that was lost is tried again; after that, not until it is asked for."""

_STATES: Mapping[Remedy, State] = {
    "choose-interpreter": "unsuitable",
    "try-again": "crashed",
    "restart": "crashed",
}


class WorkerRestarts:
    """`resume` is told of a folder whose worker can be tried again."""

    def __init__(
        self, workers: Workers, listener: Listener, tasks: Tasks, resume: Callable[[Queue], None]
    ) -> None:
        self._workers = workers
        self._listener = listener
        self._tasks = tasks
        self._resume = resume
        self._timers = Debouncer()

    def lost(self, queue: Queue, file: str, failure: StartFailure) -> None:
        """There is no worker for a module."""
        if self._tasks.closed:
            return
        queue.given_up = True
        waits = _BACK_OFF if failure.remedy == "try-again" else ()
        if queue.losses < len(waits):
            queue.waiting.setdefault(file)
            again = partial(self._try_again, queue)
            self._timers.call_later(queue.folder.uri, waits[queue.losses], again)
        else:
            queue.waiting.clear()
            self._listener.cannot_start(queue.folder, failure)
        queue.losses += 1
        state: State = "noTorch" if failure.reason == "no-torch" else _STATES[failure.remedy]
        queue.publish(Status(state, failure=failure), self._listener)

    async def end_workers(self, queue: Queue) -> None:
        """Of one folder: those of another may be at work."""
        for root in sorted(queue.roots):
            await self._tasks.in_thread(partial(self._workers.close, root))

    def close(self) -> None:
        self._timers.close()

    def _try_again(self, queue: Queue) -> None:
        self._tasks.start(self._restarted(queue))

    async def _restarted(self, queue: Queue) -> None:
        await self.end_workers(queue)
        queue.given_up = False
        self._resume(queue)
