"""Traces that answer a request of the client's: a single target, with its program."""

from __future__ import annotations

from fullgraph.check.plan import CannotRun
from fullgraph.model import ProgramRequest
from fullgraph.workers import Cancellation
from fullgraph.workers.pool import Workers

from ..session.results import Traced
from ..session.session import Session
from . import jobs
from .cache import Cache
from .tasks import Tasks


class OnDemand:
    """Runs beside the traces of the queues."""

    def __init__(self, session: Session, workers: Workers, cache: Cache, tasks: Tasks) -> None:
        self._session = session
        self._workers = workers
        self._cache = cache
        self._tasks = tasks
        self._cancellations: set[Cancellation] = set()

    async def program(self, file: str, name: str, request: ProgramRequest) -> Traced:
        """One target with its program.

        Raises:
            CannotRun: there is no such target, or no worker, or nothing may be run.
            TraceCancelledError: it was cancelled.
        """
        if not self._session.trusted:
            raise CannotRun("the workspace is not trusted, so its code is not run")
        snapshot = self._session.snapshot(file)
        tracing = jobs.Tracing(self._workers, self._cache, Cancellation())
        self._cancellations.add(tracing.cancellation)
        try:
            return await self._tasks.in_thread(lambda: jobs.program(snapshot, name, request, tracing))
        finally:
            self._cancellations.discard(tracing.cancellation)
            self._session.done_with(snapshot)

    def cancel(self) -> None:
        """Ends them all."""
        for cancellation in self._cancellations:
            cancellation.cancel()
