"""What happens in the editor, and the background work that follows from it.

The rule: an edit is traced after a delay, and cancels the runs that it makes stale, with their processes. Newer
results are never replaced by older ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from fullgraph.workers.pool import Workers

from ..session.models import FolderModels
from ..session.session import Folder, Session
from .cache import Cache
from .debouncer import Debouncer
from .dispatcher import Dispatcher
from .models import Models
from .on_demand import OnDemand
from .outline_scheduler import OutlineScheduler
from .repositories import FolderIndex, Repositories
from .tasks import Tasks
from .tracer import Tracer
from .work_queue import Listener, Queues
from .workspace_scan import WorkspaceScan


class Schedule:
    """All work in the background. Everything but the work itself happens on the event loop."""

    def __init__(self, session: Session, listener: Listener, workers: Workers, cache: Cache) -> None:
        self._session = session
        self._workers = workers
        self._cache = cache
        self._tasks = Tasks()
        self._edits = Debouncer()
        self.outlines = OutlineScheduler(session, self._tasks.start, listener.outlined)
        tracer = Tracer(session, listener, workers, cache, self._tasks)
        self.queues = Queues()
        self.traces = Dispatcher(session, self.queues, tracer, self._tasks, listener, workers)
        self.scans = WorkspaceScan(
            session, listener, cache, self._tasks, self.traces, self.dropped, self._scanned
        )
        self.repositories = Repositories()
        session.repositories = partial(FolderIndex, self.repositories)
        self.models = Models(session, listener, self.traces, self.outlines, self.scans)
        self.on_demand = OnDemand(session, workers, cache, self._tasks)

    # -- documents -----------------------------------------------------------------------------------

    def edited(self, file: str) -> None:
        """A document's text is different now."""
        self.outlines.edited(file)
        self._session.touched(file)
        self.models.edited()
        settings = self._session.folder_of(file).settings
        if "type" in settings.check_on:
            self.queues.end_stale(file)
            self._edits.call_later(file, settings.delay, lambda: self._check_with_dependents(file))

    def shown(self, file: str, on: Literal["open", "save"]) -> None:
        """A document was opened or saved."""
        self.repositories.changed(file)
        self.outlines.begin(file)
        if on in self._session.folder_of(file).settings.check_on:
            self._edits.cancel(file)
            if on == "save":
                self._check_with_dependents(file)
            else:
                self.traces.check(file, *self.models.elsewhere(file))
        self.models.saved(file)

    def changed_on_disk(self, file: str) -> None:
        """A file that is not open is another now, is new, or is gone."""
        self._session.touched(file)
        self.repositories.changed(file)
        self.models.changed_on_disk(file)

    def dropped(self, file: str) -> None:
        """A document was closed or deleted: its work is cancelled."""
        self._edits.cancel(file)
        self.outlines.drop(file)
        self.traces.forget(file)

    def is_checking(self, file: str, name: str) -> bool:
        """Whether a target is being traced, or waits for it."""
        queue = self.queues.of(self._session.folder_of(file))
        if queue is None or not self._session.trusted or queue.given_up:
            return False
        return file in self._edits or queue.is_checking(file, name)

    def _check_with_dependents(self, file: str) -> None:
        self.traces.check(file, *self._session.dependents(file))

    # -- folders -------------------------------------------------------------------------------------

    def checks_models_anew(self, folder: Folder) -> None:
        """Models that nobody opened are checked now, or not any more."""
        self.models.check_when_idle(folder)

    async def restart(self, folders: Iterable[Folder]) -> None:
        """New workers for folders, and new traces of what is open there."""
        for folder in folders:
            await self.traces.restart(folder)
            self.traces.check(*self._session.open_in(folder))

    def reconfigured(self, folder: Folder) -> None:
        """The folder's settings are others: what was traced in it is traced again, by new workers.

        What was opened before the client said that it is not to be traced on that is not.
        """
        files = self._session.open_in(folder)
        for file in files:
            self.outlines.begin(file)
        if self.queues.of(folder) is None:
            return
        queue = self.queues.add(folder)
        if "open" not in folder.settings.check_on:
            if self.traces.held:
                queue.waiting.clear()
            asked = {*queue.waiting, *self._session.latest, queue.run.file if queue.run else ""}
            files = [file for file in files if file in asked]
        self._tasks.start(self._retraced(folder, files))

    async def _retraced(self, folder: Folder, files: Iterable[str]) -> None:
        await self.traces.restart(folder)
        self.traces.check(*files)

    def removed(self, folder: Folder) -> None:
        """The folder is none of the workspace any more."""
        self.queues.cancel(folder)
        queue = self.queues.remove(folder)
        for root in queue.roots if queue else ():
            self._tasks.submit(partial(self._workers.close, root))

    def trust_changed(self) -> None:
        """The user has said whether anything of theirs may be run. Where it may not, all that runs ends."""
        if self._session.trusted:
            for folder in self._session.folders.values():
                self.scans.scan(folder)
            self.traces.check(*(module.file for module in self._session.documents.modules))
        else:
            self.traces.clear()
            self.on_demand.cancel()
            self._tasks.submit(self._workers.close)

    def _scanned(self, folder: Folder, models: FolderModels) -> None:
        self.models.scanned(folder, models)

    # -- all of it -----------------------------------------------------------------------------------

    async def clear_cache(self) -> None:
        await self._tasks.in_thread(self._cache.clear)

    def close(self) -> None:
        """Ends all of it, and every process."""
        self._tasks.close()
        self._edits.close()
        self.models.close()
        self.traces.close()
        self.on_demand.cancel()
        self._workers.close()
        self.outlines.close()
