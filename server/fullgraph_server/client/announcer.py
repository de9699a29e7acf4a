"""Events of the background work as notifications to the client: outlines, traces, the status of each folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fullgraph.model import StartFailure
from lsprotocol import types
from pygls import uris

from ..background.work_queue import Status
from ..lsp.progress import Bar
from ..presentation import phrasing, responses
from ..session.results import Outline, Traced
from ..session.session import Folder, Session
from .client import Client
from .publisher import Publisher

_MOMENT = 0.25
"""Seconds: the list of models is long, and each keystroke changes something in it."""


class Announcer:
    """The schedule's listener. `cancel` is what the progress bar's button does."""

    def __init__(
        self, client: Client, session: Session, publisher: Publisher, cancel: Callable[[Folder], None]
    ) -> None:
        self._client = client
        self._session = session
        self._publisher = publisher
        self._cancel = cancel
        self._bars: dict[str, Bar] = {}
        self._models_due = False

    def outlined(self, outline: Outline) -> None:
        self._publisher.publish_soon()
        self._publisher.refresh_lenses_soon()
        self._targets_changed(outline.file)
        self.modelled()

    def traced(self, traced: Traced) -> None:
        self._publisher.publish_soon()
        self._publisher.refresh_lenses_soon()
        self.modelled()
        if traced.done:
            self._publisher.refresh_hints_soon()
            self._targets_changed(traced.file)

    def status(self, folder: Folder, status: Status) -> None:
        self._client.notify("fullgraph/status", self._status_json(folder, status))
        self._publisher.refresh_lenses_soon()
        self._show_progress(folder, status)
        self.modelled()

    def modelled(self) -> None:
        """Something about the models is different: one notification for all of a moment's changes."""
        if self._session.checks_models and not self._models_due:
            self._models_due = True
            asyncio.get_running_loop().call_later(_MOMENT, self._models_changed)

    def _models_changed(self) -> None:
        self._models_due = False
        self._client.notify("fullgraph/modelsChanged", {})

    def cannot_start(self, folder: Folder, failure: StartFailure) -> None:
        if not self._client.shows_status:
            self._client.tell(phrasing.cannot_check(folder.path, failure), types.MessageType.Warning)

    def _targets_changed(self, file: str) -> None:
        module = self._session.documents.module_at(file)
        uri = module.uri if module else uris.from_fs_path(file) or ""
        self._client.notify("fullgraph/targetsChanged", {"uri": uri})

    def _show_progress(self, folder: Folder, status: Status) -> None:
        bar = self._bars.get(folder.uri)
        if status.state != "checking":
            if bar:
                self._bars.pop(folder.uri).close()
        elif self._client.shows_progress:
            if bar is None:
                bar = Bar(self._client.server, "Fullgraph", lambda: self._cancel(folder))
                self._bars[folder.uri] = bar
            bar.say(status.target, status.done, status.total)

    def _status_json(self, folder: Folder, status: Status) -> dict[str, Any]:
        latest = self._session.latest.values()
        here = [traced for traced in latest if self._session.folder_of(traced.file).uri == folder.uri]
        failure = status.failure
        return {
            "folder": folder.uri,
            "state": status.state if self._session.trusted else "untrusted",
            "message": phrasing.start_failure(failure) if failure else status.target,
            "startFailure": responses.start_failure(failure) if failure else None,
            "done": status.done,
            "total": status.total,
            "problems": sum(len(traced.findings) for traced in here),
            "exports": sum(c.status == "exports" for traced in here for c in traced.checked),
        }
