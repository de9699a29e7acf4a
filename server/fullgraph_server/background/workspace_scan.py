"""The targets of a whole folder, published with their cached results before anything is traced.

The rule: results of a folder that was removed meanwhile are dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..session.session import Folder, Session
from . import jobs
from .cache import Cache
from .tasks import Tasks
from .work_queue import Listener


class WorkspaceScan:
    """`check` is told of the modules that are to be traced."""

    def __init__(
        self,
        session: Session,
        listener: Listener,
        cache: Cache,
        tasks: Tasks,
        check: Callable[..., None],
    ) -> None:
        self._session = session
        self._listener = listener
        self._cache = cache
        self._tasks = tasks
        self._check = check

    def scan(self, folder: Folder, *, trace: bool = False) -> None:
        """Finds the targets of a folder; shows what is known of them, or has them traced."""
        self._tasks.start(self._scan(folder, folder.path, trace))

    def recall(self, file: str) -> None:
        """Shows again what is known of a file of the workspace as it is on disk."""
        for folder in self._session.folders.values():
            if Path(folder.path) in Path(file).parents and Path(file).is_file():
                self._tasks.start(self._scan(folder, file, trace=False))
                return

    async def _scan(self, folder: Folder, path: str, trace: bool) -> None:
        taken = self._session.snapshot(path)
        snapshot = replace(taken, settings=folder.settings)
        known = self._cache if self._session.trusted else Cache(None)
        found = await self._tasks.in_thread(lambda: jobs.scanned(snapshot, known))
        dropped = self._tasks.closed or folder.uri not in self._session.folders
        for file, scanned in found.items() if not dropped else ():
            if file not in self._session.outlines:
                self._show(file, scanned)
        self._session.done_with(taken)
        if trace and not dropped:
            self._check(*self._with_targets(folder))

    def _show(self, file: str, scanned: jobs.Scanned) -> None:
        self._session.outlines[file] = scanned.outline
        self._listener.outlined(scanned.outline)
        if scanned.traced:
            self._session.latest[file] = self._session.finished[file] = scanned.traced
            self._listener.traced(scanned.traced)

    def _with_targets(self, folder: Folder) -> list[str]:
        outlines = self._session.outlines.items()
        return [file for file, each in outlines if each.targets and Path(folder.path) in Path(file).parents]
