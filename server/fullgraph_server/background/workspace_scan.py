"""The targets of a whole folder, published with their cached results before anything is traced.

The rule: the scans of a folder run one after the other, and results of a folder that was removed meanwhile
are dropped.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..session.models import FolderModels
from ..session.results import Outline
from ..session.session import Folder, Session
from . import jobs
from .cache import Cache
from .dispatcher import Dispatcher
from .tasks import Tasks
from .work_queue import Listener

Trace = Literal["none", "models", "all"]
"""What a scan has traced: of files that are not open the models alone, or the parts too."""


class WorkspaceScan:
    """`traces` gets the modules that are to be traced, `drop` hears of those whose work is to be cancelled.

    `modelled` is told of the models of a folder.
    """

    def __init__(
        self,
        session: Session,
        listener: Listener,
        cache: Cache,
        tasks: Tasks,
        traces: Dispatcher,
        drop: Callable[[str], None],
        modelled: Callable[[Folder, FolderModels], None],
    ) -> None:
        self._session = session
        self._listener = listener
        self._cache = cache
        self._tasks = tasks
        self._traces = traces
        self._drop = drop
        self._modelled = modelled
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: set[str] = set()
        """The folders that are to be scanned anew."""

    def scan(self, folder: Folder, *, trace: Trace = "none") -> None:
        """Finds the targets of a folder; shows what is known of them, and has some traced."""
        self._tasks.start(self._in_turn(folder, trace))

    def rescan(self, folder: Folder) -> None:
        """Which files are left out may be different now: shows those that were, and forgets those that are."""
        if folder.uri not in self._waiting:
            self._waiting.add(folder.uri)
            self._tasks.start(self._anew(folder.uri))

    def recall(self, file: str) -> None:
        """Shows again what is known of a file of the workspace as it is on disk."""
        for folder in self._session.folders.values():
            if Path(folder.path) in Path(file).parents and Path(file).is_file():
                self._tasks.start(self._scan(folder, file, trace="none"))
                return

    async def _in_turn(self, folder: Folder, trace: Trace) -> None:
        async with self._turns[folder.uri]:
            await self._scan(folder, folder.path, trace)

    async def _anew(self, uri: str) -> None:
        async with self._turns[uri]:
            self._waiting.discard(uri)
            folder = self._session.folders.get(uri)
            if folder:
                await self._scan(folder, folder.path, trace="none", anew=True)

    async def _scan(self, folder: Folder, path: str, trace: Trace, *, anew: bool = False) -> None:
        taken = self._session.snapshot(path)
        snapshot = replace(taken, settings=folder.settings)
        known = self._cache if self._session.trusted else Cache(None)
        found = await self._tasks.in_thread(lambda: jobs.scanned(snapshot, known))
        dropped = self._tasks.closed or folder.uri not in self._session.folders
        if anew and not dropped:
            self._forget_closed(folder, found.modules)
        for file, scanned in found.modules.items() if not dropped else ():
            if file not in self._session.outlines:
                self._show(file, scanned)
        self._session.done_with(taken)
        if path == folder.path and not dropped:
            self._modelled(folder, found.models)
        if trace != "none" and not dropped:
            self._trace(folder, found.models, parts=trace == "all")

    def _forget_closed(self, folder: Folder, found: Collection[str]) -> None:
        """Nothing is known any more of the files of a folder that are not open, nor among those found."""
        for file in self._session.known():
            ours = self._session.folder_of(file).uri == folder.uri
            if ours and file not in found and self._session.documents.module_at(file) is None:
                self._drop(file)
                self._session.forget(file)
                self._listener.outlined(Outline(file))

    def _show(self, file: str, scanned: jobs.Scanned) -> None:
        self._session.outlines[file] = scanned.outline
        self._listener.outlined(scanned.outline)
        if scanned.traced:
            self._session.latest[file] = self._session.finished[file] = scanned.traced
            self._listener.traced(scanned.traced)

    def _trace(self, folder: Folder, models: FolderModels, *, parts: bool) -> None:
        """What is open is traced with its parts: somebody looks at them."""
        for file, outline in list(self._session.outlines.items()):
            if not outline.targets or Path(folder.path) not in Path(file).parents:
                continue
            if parts or self._session.documents.module_at(file) is not None:
                self._traces.check(file)
            elif jobs.of_models(outline.plan, models).tasks:
                self._traces.check_models(file)
