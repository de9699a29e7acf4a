"""Which module is traced next, in each folder.

The rule: one run at a time in each folder, and the visible module first. Traces take precedence over the
verification of fixes, which runs when nothing waits to be traced; models that nobody opened come last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from fullgraph.check.plan import CannotRun
from fullgraph.check.start import CannotStart
from fullgraph.workers import Cancellation, TraceCancelledError
from fullgraph.workers.pool import Workers

from ..session.session import Folder, Session
from .tasks import Tasks
from .tracer import Tracer
from .work_queue import Listener, Queue, Queues, Run, Status, Unverified
from .worker_restarts import WorkerRestarts

log = logging.getLogger(__name__)


class Dispatcher:
    """Takes from the queues. Used on the event loop alone."""

    def __init__(
        self,
        session: Session,
        queues: Queues,
        tracer: Tracer,
        tasks: Tasks,
        listener: Listener,
        workers: Workers,
    ) -> None:
        self._session = session
        self._listener = listener
        self._tracer = tracer
        self._tasks = tasks
        self._restarts = WorkerRestarts(workers, listener, tasks, self._advance)
        self._queues = queues
        self.held = False
        self._paused = False

    def check(self, *files: str) -> None:
        """Traces modules as soon as their folders can."""
        for file in files:
            queue = self._queues.add(self._session.folder_of(file))
            queue.models_alone.discard(file)
            self._wait(queue, file)

    def check_models(self, *files: str) -> None:
        """Traces modules without the parts in them, unless these are waited for already."""
        for file in files:
            queue = self._queues.add(self._session.folder_of(file))
            if file not in queue.waiting:
                queue.models_alone.add(file)
            self._wait(queue, file)

    def _wait(self, queue: Queue, file: str) -> None:
        queue.waiting.setdefault(file)
        if queue.run and queue.can_wait:
            queue.run.cancellation.cancel()
        self._advance(queue)

    def check_when_idle(self, folder: Folder, files: Iterable[str]) -> None:
        """Traces the models of modules once nothing else is to be done in their folder."""
        queue = self._queues.add(folder)
        queue.idle = dict.fromkeys(files)
        self._advance(queue)

    def pause(self) -> None:
        """Somebody is typing: nothing is traced that nobody waits for, until `resume`."""
        self._paused = True
        for queue in self._queues:
            if queue.run and queue.run.is_idle:
                queue.run.cancellation.cancel()

    def resume(self) -> None:
        self._paused = False
        for queue in self._queues:
            self._advance(queue)

    async def restart(self, folder: Folder) -> None:
        """Ends the workers of a folder; the next trace there gets new ones."""
        queue = self._queues.add(folder)
        queue.losses, queue.given_up = 0, False
        if queue.run:
            queue.run.cancellation.cancel()
        await self._restarts.end_workers(queue)

    def clear(self) -> None:
        """Ends every run, and drops all that waits."""
        for queue in self._queues:
            queue.cancel()
            for file in tuple(queue.unverified):
                self._tracer.drop_unverified(queue, file)

    def forget(self, file: str) -> None:
        """Cancels all work on a module."""
        self._queues.forget(file)
        for queue in self._queues:
            self._tracer.drop_unverified(queue, file)

    def hold(self) -> None:
        """Nothing is traced until `go_on`: the client is still to say with which interpreter."""
        self.held = True

    def go_on(self) -> None:
        self.held = False
        for queue in self._queues:
            self._advance(queue)

    def close(self) -> None:
        self._restarts.close()
        for queue in self._queues:
            queue.cancel()

    def _advance(self, queue: Queue) -> None:
        stopped = self._tasks.closed or self.held or queue.given_up
        if queue.run or stopped or not self._session.trusted:
            return
        file = queue.take(self._session.visible)
        if file is not None:
            alone = file in queue.models_alone
            queue.run = Run(file, Cancellation(), frozenset({file}), models_alone=alone)
            self._tasks.start(self._trace(queue, queue.run))
        elif queue.unverified:
            file, unverified = next(iter(queue.unverified.items()))
            queue.run = Run(file, Cancellation(), unverified.traced.loaded, verifies=True)
            self._tasks.start(self._verify(queue, queue.run, unverified))
        elif queue.idle and not self._paused:
            file = next(iter(queue.idle))
            queue.run = Run(file, Cancellation(), frozenset({file}), is_idle=True, models_alone=True)
            self._tasks.start(self._trace(queue, queue.run))
        else:
            queue.done = 0
            queue.publish(Status("idle"), self._listener)

    async def _trace(self, queue: Queue, run: Run) -> None:
        snapshot = self._session.snapshot(run.file)
        begun = time.monotonic()
        try:
            await self._tracer.trace(queue, run, snapshot)
            log.debug("traced: %s, %.2f s", run.file, time.monotonic() - begun)
            queue.losses = 0
            queue.done += 1
        except TraceCancelledError:
            log.debug("cancelled: %s", run.file)
        except CannotStart as reason:
            queue.idle.clear()
            self._restarts.lost(queue, run.file, reason.failure)
        finally:
            if not run.cancellation.cancelled:  # else it is taken up again
                queue.idle.pop(run.file, None)
            if run.file not in queue.unverified or queue.unverified[run.file].snapshot is not snapshot:
                self._session.done_with(snapshot)
            queue.run = None
            self._advance(queue)

    async def _verify(self, queue: Queue, run: Run, unverified: Unverified) -> None:
        try:
            await self._tracer.verify(run, unverified)
        except (TraceCancelledError, CannotRun) as reason:
            log.debug("not verified: %s: %s", run.file, reason)
        finally:
            # What was put off for a trace is taken up again; what was edited is traced anew before that.
            over = not run.cancellation.cancelled or run.stale
            if over and queue.unverified.get(run.file) is unverified:
                del queue.unverified[run.file]
                self._session.done_with(unverified.snapshot)
            queue.run = None
            self._advance(queue)
