"""When what is checked: after how long a pause, what first, and what is given up.

The rule: one trace at a time in each folder, the module that the user looks at first. An edit ends the
trace that it makes stale, with its process; what a thread brings back is for the text that it was given,
and newer results are never replaced by older ones.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from fullgraph.check.plan import CannotRun
from fullgraph.check.start import CannotStart
from fullgraph.fix.verdict_cache import VerdictCache
from fullgraph.model import ProgramRequest, Remedy
from fullgraph.workers import Cancellation, TraceCancelledError
from fullgraph.workers.pool import Workers

from ..session.results import Traced
from ..session.session import Folder, Session
from ..session.snapshot import Snapshot
from . import jobs
from .cache import Cache
from .outline_scheduler import Looks
from .work_queue import Listener, Queue, Run, State, Status, Unverified

if TYPE_CHECKING:
    from fullgraph.fix.verify import Verification

_T = TypeVar("_T")

log = logging.getLogger(__name__)

_BACK_OFF = (1.0, 4.0, 15.0)
"""Seconds until a worker that was lost is tried again; after that, not until it is asked for."""

_STATES: Mapping[Remedy, State] = {
    "choose-interpreter": "unsuitable",
    "try-again": "crashed",
    "restart": "crashed",
}


class Schedule:
    """All work in the background. Everything but the work itself happens on the event loop."""

    def __init__(self, session: Session, listener: Listener, workers: Workers, cache: Cache) -> None:
        self._session = session
        self._listener = listener
        self._workers = workers
        self._cache = cache
        self._queues: dict[str, Queue] = {}
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looks = Looks(session, self._start, listener.outlined)
        self._slow = ThreadPoolExecutor(16, thread_name_prefix="trace")
        self._asked: set[Cancellation] = set()
        self._verdicts: VerdictCache[Verification] = VerdictCache()
        self._held = False
        self._closed = False

    # -- what happened -------------------------------------------------------------------------------

    def edited(self, file: str) -> None:
        """A document's text is different now."""
        self._looks.edited(file)
        settings = self._session.folder_of(file).settings
        if "type" in settings.check_on:
            self._end_stale(file)
            self._later(
                "trace", file, settings.delay, lambda: self.check(file, *self._session.dependents(file))
            )

    def looked_at(self, file: str, on: Literal["open", "save"]) -> None:
        """A document was opened or saved."""
        self._looks.begin(file)
        if on in self._session.folder_of(file).settings.check_on:
            self._drop_timer("trace", file)
            self.check(file, *(self._session.dependents(file) if on == "save" else ()))

    def check(self, *files: str) -> None:
        """Traces modules as soon as their folders can."""
        for file in files:
            queue = self._queue(file)
            queue.waiting.setdefault(file)
            if queue.run and queue.run.verifies:
                queue.run.cancellation.cancel()
            self._advance(queue)

    def outline(self, *files: str) -> None:
        for file in files:
            self._looks.begin(file)

    def dropped(self, file: str) -> None:
        """A document was closed or is gone: nobody waits for it any more."""
        self._drop_timer("trace", file)
        self._looks.drop(file)
        for queue in self._queues.values():
            queue.waiting.pop(file, None)
            if queue.run and queue.run.file == file:
                queue.run.cancellation.cancel()

    def cancel(self, folder: Folder) -> None:
        """The user wants no more of it for now."""
        queue = self._queues.get(folder.uri)
        if queue:
            queue.waiting.clear()
            if queue.run:
                queue.run.cancellation.cancel()

    def status_of(self, folder: Folder) -> Status:
        queue = self._queues.get(folder.uri)
        return queue.status if queue else Status("idle")

    async def restart(self, folders: Iterable[Folder]) -> None:
        """New workers for folders, and new traces of what is open there."""
        for folder in folders:
            await self._renew(self._queues.setdefault(folder.uri, Queue(folder)))
            self.check(*self._open_in(folder))

    async def _renew(self, queue: Queue) -> None:
        queue.losses, queue.given_up = 0, False
        if queue.run:
            queue.run.cancellation.cancel()
        await self._closed_workers(queue)

    def trust(self) -> None:
        """The user has said whether anything of theirs may be run. Where it may not, all that runs ends."""
        if self._session.trusted:
            for folder in self._session.folders.values():
                self.scan(folder)
            self.check(*(module.file for module in self._session.modules))
            return
        for queue in self._queues.values():
            queue.waiting.clear()
            for unverified in queue.unverified.values():
                self._session.done_with(unverified.snapshot)
            queue.unverified.clear()
            if queue.run:
                queue.run.cancellation.cancel()
        for cancellation in self._asked:
            cancellation.cancel()
        self._slow.submit(self._workers.close)

    def reconsider(self, folder: Folder) -> None:
        """The folder's settings are others: what is open in it is checked again, by new workers.

        What was opened before the client said that it is not to be traced on that is not.
        """
        queue = self._queues.get(folder.uri)
        if queue:
            queue.folder = folder
        for file in self._open_in(folder):
            self._looks.begin(file)
        if queue:
            on_open = "open" in folder.settings.check_on
            if self._held and not on_open:
                queue.waiting.clear()
            asked = {*queue.waiting, *self._session.latest, queue.run.file if queue.run else ""}
            self._start(
                self._reconsidered(queue, [f for f in self._open_in(folder) if on_open or f in asked])
            )

    async def _reconsidered(self, queue: Queue, files: Iterable[str]) -> None:
        await self._renew(queue)
        self.check(*files)

    def drop(self, folder: Folder) -> None:
        """The folder is none of the workspace any more."""
        self.cancel(folder)
        queue = self._queues.pop(folder.uri, None)
        for root in queue.roots if queue else ():
            self._slow.submit(self._workers.close, root)

    def scan(self, folder: Folder, *, trace: bool = False) -> None:
        """Looks for the targets of a folder; shows what is known of them, or has them traced."""
        self._start(self._scan(folder, folder.path, trace))

    def recall(self, file: str) -> None:
        """Shows again what is known of a file of the workspace as it is on disk."""
        for folder in self._session.folders.values():
            if Path(folder.path) in Path(file).parents and Path(file).is_file():
                self._start(self._scan(folder, file, trace=False))
                return

    async def ask(self, file: str, name: str, program: ProgramRequest) -> Traced:
        """One target with its program, now and beside whatever else is traced.

        Raises:
            CannotRun: there is no such target, or no worker, or nothing may be run.
        """
        if not self._session.trusted:
            raise CannotRun("the workspace is not trusted, so nothing of it is run")
        snapshot = self._session.snapshot(file)
        tracing = jobs.Tracing(self._workers, self._cache, Cancellation())
        self._asked.add(tracing.cancellation)
        try:
            return await self._in(self._slow, lambda: jobs.program(snapshot, name, program, tracing))
        finally:
            self._asked.discard(tracing.cancellation)
            self._session.done_with(snapshot)

    async def clear_cache(self) -> None:
        await self._in(self._slow, self._cache.clear)

    def is_checking(self, file: str, name: str) -> bool:
        """Whether a target is being traced, or waits for it."""
        queue = self._queues.get(self._session.folder_of(file).uri)
        if queue is None or not self._session.trusted or queue.given_up:
            return False
        awaited = file in queue.waiting or ("trace", file) in self._timers
        return awaited or bool(queue.run and queue.run.file == file and name not in queue.run.done)

    def hold(self) -> None:
        """Nothing is traced until `go_on`: the client is still to say with which interpreter."""
        self._held = True

    def go_on(self) -> None:
        self._held = False
        for queue in list(self._queues.values()):
            self._advance(queue)

    def close(self) -> None:
        """Ends all of it, and every process."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        for queue in self._queues.values():
            queue.waiting.clear()
            if queue.run:
                queue.run.cancellation.cancel()
        for cancellation in self._asked:
            cancellation.cancel()
        self._workers.close()
        self._looks.close()
        self._slow.shutdown(wait=False, cancel_futures=True)

    # -- the text alone ------------------------------------------------------------------------------

    async def _scan(self, folder: Folder, path: str, trace: bool) -> None:
        snapshot = self._session.snapshot(path)
        snapshot = replace(snapshot, settings=folder.settings)
        known = self._cache if self._session.trusted else Cache(None)
        for file, found in (await self._in(self._slow, lambda: jobs.scanned(snapshot, known))).items():
            if file in self._session.outlines or self._closed:
                continue
            self._session.outlines[file] = found.outline
            self._listener.outlined(found.outline)
            if found.traced:
                self._session.latest[file] = self._session.settled[file] = found.traced
                self._listener.traced(found.traced)
        self._session.done_with(snapshot)
        if trace:
            below = [
                f
                for f, o in self._session.outlines.items()
                if o.targets and Path(folder.path) in Path(f).parents
            ]
            self.check(*below)

    # -- traces --------------------------------------------------------------------------------------

    def _advance(self, queue: Queue) -> None:
        stopped = self._closed or self._held or queue.given_up
        if queue.run or stopped or not self._session.trusted:
            return
        file = queue.take(self._session.visible)
        if file is None and queue.unverified:
            file = next(iter(queue.unverified))
            queue.run = Run(file, Cancellation(), queue.unverified[file].traced.loaded, verifies=True)
            self._start(self._verify(queue, queue.run, queue.unverified[file]))
            return
        if file is None:
            queue.done = 0
            self._say(queue, Status("idle"))
            return
        queue.run = Run(file, Cancellation(), frozenset({file}))
        self._start(self._trace(queue, queue.run))

    async def _trace(self, queue: Queue, run: Run) -> None:
        snapshot = self._session.snapshot(run.file)
        begun = time.monotonic()
        try:
            await self._traced(queue, run, snapshot)
            log.debug("traced: %s, %.2f s", run.file, time.monotonic() - begun)
            queue.losses = 0
            queue.done += 1
        except TraceCancelledError:
            log.debug("cancelled: %s", run.file)
        except CannotStart as reason:
            self._lost(queue, run.file, reason)
        finally:
            if run.file not in queue.unverified or queue.unverified[run.file].snapshot is not snapshot:
                self._session.done_with(snapshot)
            queue.run = None
            self._advance(queue)

    async def _verify(self, queue: Queue, run: Run, unverified: Unverified) -> None:
        """Looks for what mends the findings of a module; each fix is shown as soon as it is verified."""
        loop = asyncio.get_running_loop()
        run.done = frozenset(checked.target.name for checked in unverified.traced.checked)

        def tell(traced: Traced) -> None:
            loop.call_soon_threadsafe(self._heard, run, traced, run.done)

        tracing = jobs.Tracing(self._workers, self._cache, run.cancellation, self._verdicts)
        try:
            await self._in(self._slow, lambda: jobs.verified(*unverified.parts, tracing, tell))
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

    async def _traced(self, queue: Queue, run: Run, snapshot: Snapshot) -> None:
        plan = (await self._in(self._slow, lambda: jobs.outline(snapshot))).plan
        if run.cancellation.cancelled:
            raise TraceCancelledError
        queue.roots |= {task.request.root for task in plan.tasks}
        total = queue.done + len(queue.waiting) + 1
        if plan.tasks:
            self._say(queue, Status("checking", plan.tasks[0].request.target.name, queue.done, total))
        loop = asyncio.get_running_loop()

        def tell(part: Traced, number: int) -> None:
            done = frozenset(task.request.target.name for task in plan.tasks[:number])
            loop.call_soon_threadsafe(self._heard, run, part, done)

        tracing = jobs.Tracing(self._workers, self._cache, run.cancellation)
        whole = await self._in(self._slow, lambda: jobs.traced(snapshot, plan, tracing, tell))
        self._heard(run, whole, frozenset(checked.target.name for checked in whole.checked))
        if snapshot.settings.verify and jobs.unverified(whole) and not run.cancellation.cancelled:
            queue.unverified[run.file] = Unverified(snapshot, plan, whole)

    def _heard(self, run: Run, traced: Traced, done: frozenset[str]) -> None:
        if self._closed or run.cancellation.cancelled:
            return
        run.files, run.done = run.files | traced.loaded, done
        self._session.latest[run.file] = traced
        if traced.done:
            self._session.settled[run.file] = traced
        self._listener.traced(traced)

    def _end_stale(self, file: str) -> None:
        for queue in self._queues.values():
            run = queue.run
            if run and file in run.files:
                run.stale = True
                run.cancellation.cancel()
                if run.file != file and not run.verifies:
                    queue.waiting.setdefault(run.file)

    def _lost(self, queue: Queue, file: str, reason: CannotStart) -> None:
        """Tries again after a while what may be otherwise then, and tells the user when it gives up."""
        if self._closed:
            return
        failure = reason.failure
        waits = _BACK_OFF if failure.remedy == "try-again" else ()
        state: State = "noTorch" if failure.reason == "no-torch" else _STATES[failure.remedy]
        if queue.losses < len(waits):
            queue.waiting.setdefault(file)
            queue.given_up = True
            wait = waits[queue.losses]
            self._later("again", queue.folder.uri, wait, lambda: self._start(self._again(queue)))
        else:
            queue.given_up = True
            queue.waiting.clear()
            self._listener.cannot_start(queue.folder, failure)
        queue.losses += 1
        self._say(queue, Status(state, failure=failure))

    async def _again(self, queue: Queue) -> None:
        await self._closed_workers(queue)
        queue.given_up = False
        self._advance(queue)

    async def _closed_workers(self, queue: Queue) -> None:
        """Of one folder: those of another may be at work."""
        for root in sorted(queue.roots):
            await self._in(self._slow, partial(self._workers.close, root))

    # -- means ---------------------------------------------------------------------------------------

    def _open_in(self, folder: Folder) -> list[str]:
        files = [module.file for module in self._session.modules]
        return [file for file in files if self._session.folder_of(file).uri == folder.uri]

    def _queue(self, file: str) -> Queue:
        folder = self._session.folder_of(file)
        queue = self._queues.setdefault(folder.uri, Queue(folder))
        queue.folder = folder
        return queue

    def _say(self, queue: Queue, status: Status) -> None:
        if status != queue.status:
            queue.status = status
            self._listener.status(queue.folder, status)

    def _later(self, what: str, key: str, seconds: float, do: Callable[[], object]) -> None:
        def due() -> None:
            self._timers.pop((what, key), None)
            do()

        self._drop_timer(what, key)
        self._timers[what, key] = asyncio.get_running_loop().call_later(seconds, due)

    def _drop_timer(self, what: str, key: str) -> None:
        timer = self._timers.pop((what, key), None)
        if timer:
            timer.cancel()

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._closed:
            log.error("a check failed, which is a fault of ours", exc_info=error)
