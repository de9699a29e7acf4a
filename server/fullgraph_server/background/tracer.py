"""One run: a thread traces a module or verifies its fixes, and partial results are published as they arrive.

The rule: results belong to the text that the thread was given. Those of a cancelled run are dropped.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from fullgraph.fix.verdict_cache import VerdictCache
from fullgraph.workers import TraceCancelledError
from fullgraph.workers.pool import Workers

from ..session.results import Traced
from ..session.session import Session
from ..session.snapshot import Snapshot
from . import idle_checks, jobs
from .cache import Cache
from .tasks import Tasks
from .work_queue import Listener, Queue, Run, Status, Unverified

if TYPE_CHECKING:
    from fullgraph.fix.verify import Verification


class Tracer:
    """Runs on the event loop, and the work itself in a thread."""

    def __init__(
        self, session: Session, listener: Listener, workers: Workers, cache: Cache, tasks: Tasks
    ) -> None:
        self._session = session
        self._listener = listener
        self._workers = workers
        self._cache = cache
        self._tasks = tasks
        self._verdicts: VerdictCache[Verification] = VerdictCache()

    async def trace(self, queue: Queue, run: Run, snapshot: Snapshot) -> None:
        """Traces the targets of a module.

        Raises:
            CannotStart: the interpreter cannot be used.
            TraceCancelledError: the run was cancelled.
        """
        plan = (await self._tasks.in_thread(lambda: jobs.outline(snapshot))).plan
        if run.models_alone:
            plan = jobs.of_models(plan, snapshot.models)
        if run.is_idle:
            plan = replace(plan, tasks=plan.tasks[: idle_checks.MOST_TARGETS])
        if run.cancellation.cancelled:
            raise TraceCancelledError
        queue.roots |= {task.request.root for task in plan.tasks}
        if plan.tasks:
            total = queue.done + len({**queue.waiting, **queue.idle, run.file: None})
            first = plan.tasks[0].request.target.name
            queue.publish(Status("checking", first, queue.done, total), self._listener)
        loop = asyncio.get_running_loop()

        def tell(part: Traced, number: int) -> None:
            done = frozenset(task.request.target.name for task in plan.tasks[:number])
            loop.call_soon_threadsafe(self._show, run, part, done)

        tracing = jobs.Tracing(self._workers, self._cache, run.cancellation)
        whole = await self._tasks.in_thread(lambda: jobs.traced(snapshot, plan, tracing, tell))
        self.drop_unverified(queue, run.file)  # what a trace before found may not be so any more
        self._show(run, whole, frozenset(checked.target.name for checked in whole.checked))
        wanted = snapshot.settings.verify and not run.is_idle
        if wanted and jobs.unverified(whole) and not run.cancellation.cancelled:
            queue.unverified[run.file] = Unverified(snapshot, plan, whole)

    def drop_unverified(self, queue: Queue, file: str) -> None:
        """No fixes are searched for of what was found in a module so far."""
        unverified = queue.unverified.pop(file, None)
        if unverified:
            self._session.done_with(unverified.snapshot)

    async def verify(self, run: Run, unverified: Unverified) -> None:
        """Searches for fixes of a module's findings; each is published as soon as it is verified.

        Raises:
            CannotStart: the interpreter cannot be used.
            TraceCancelledError: the run was cancelled.
        """
        loop = asyncio.get_running_loop()
        run.done = frozenset(checked.target.name for checked in unverified.traced.checked)

        def tell(traced: Traced) -> None:
            loop.call_soon_threadsafe(self._show, run, traced, run.done)

        tracing = jobs.Tracing(self._workers, self._cache, run.cancellation, self._verdicts)
        await self._tasks.in_thread(lambda: jobs.verified(*unverified.parts, tracing, tell))

    def _show(self, run: Run, traced: Traced, done: frozenset[str]) -> None:
        if self._tasks.closed or run.cancellation.cancelled:
            return
        run.files, run.done = run.files | traced.loaded, done
        self._session.latest[run.file] = traced
        if traced.done:
            self._session.finished[run.file] = traced
        self._listener.traced(traced)
