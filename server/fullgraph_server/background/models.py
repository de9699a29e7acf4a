"""What follows from the models of a folder: what is open is traced where others say how, and the rest in its turn.

The rule: a folder is scanned again only where there may be other models, which is where a file has other classes,
or where a document is another.
"""

from __future__ import annotations

import re

from fullgraph.project import files
from fullgraph.text.source import SourceText

from ..session.models import FolderModels
from ..session.session import Folder, Session
from . import idle_checks
from .debouncer import Debouncer
from .dispatcher import Dispatcher
from .outline_scheduler import OutlineScheduler
from .repositories import DOCUMENTS
from .work_queue import Listener
from .workspace_scan import WorkspaceScan

_IDLE, _RESCAN = "idle", "rescan"

_MOST_ELSEWHERE = 4
"""Of a layer that thirty scripts export, the traces of a few say all."""

_CLASS = re.compile(r"^class\s+(\w+)", re.MULTILINE)


class Models:
    """Used on the event loop alone."""

    def __init__(
        self,
        session: Session,
        listener: Listener,
        traces: Dispatcher,
        outlines: OutlineScheduler,
        scans: WorkspaceScan,
    ) -> None:
        self._session = session
        self._listener = listener
        self._traces = traces
        self._outlines = outlines
        self._scans = scans
        self._timers = Debouncer()
        self._classes: dict[str, frozenset[str]] = {}
        """Of each document, when it was opened or saved last."""

    def edited(self) -> None:
        """Somebody is typing: for a while, nothing is traced that nobody waits for."""
        self._traces.pause()
        self._timers.call_later(_IDLE, idle_checks.QUIET, self._traces.resume)

    def saved(self, file: str) -> None:
        """A document was opened or saved."""
        module = self._session.documents.module_at(file)
        now = _classes(module.source) if module else frozenset()
        before, self._classes[file] = self._classes.get(file, now), now
        if now != before:
            self._rescan_soon()

    def changed_on_disk(self, file: str) -> None:
        """A file that is not open is another now, is new, or is gone."""
        if file.endswith(DOCUMENTS):  # what a document says may be all that is known of a model
            self._rescan_soon()
            return
        saved = files.read_source(file)
        known = self._session.models_around(file).texts.get(file)
        if _classes(saved) != _classes(known):
            self._rescan_soon()

    def scanned(self, folder: Folder, models: FolderModels) -> None:
        """What is open is checked with what other files say of it."""
        self._session.models[folder.uri] = models
        self._listener.modelled()
        for file in self._session.open_in(folder):
            others = self.elsewhere(file)
            if others:
                self._outlines.begin(file)
            if others and "open" in folder.settings.check_on:
                self._traces.check(file, *others)
        self.check_when_idle(folder)

    def check_when_idle(self, folder: Folder) -> None:
        """Models that nobody opened are checked in their turn, or not any more."""
        models = self._session.models.get(folder.uri, FolderModels())
        wanted = idle_checks.is_wanted(self._session, folder)
        files = idle_checks.files_to_check(self._session, models) if wanted else ()
        self._traces.check_when_idle(folder, files)

    def elsewhere(self, file: str) -> list[str]:
        """The files whose targets go through a file, as far as they were not traced yet."""
        files = self._session.models_around(file).elsewhere(file)
        return [each for each in files if each not in self._session.latest][:_MOST_ELSEWHERE]

    def close(self) -> None:
        self._timers.close()

    def _rescan_soon(self) -> None:
        self._timers.call_later(_RESCAN, idle_checks.QUIET, self._rescan)

    def _rescan(self) -> None:
        for folder in self._session.folders.values():
            self._scans.rescan(folder)


def _classes(source: object) -> frozenset[str]:
    """The classes at the top of a text; none where there is no text."""
    return frozenset(_CLASS.findall(source.normal)) if isinstance(source, SourceText) else frozenset()
