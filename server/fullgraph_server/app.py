"""The server as a whole: a session, a schedule, and the connection to the client.

The rule: handlers are given this and nothing global; what the client can do is asked here once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fullgraph.checker import CannotRun, Workers
from lsprotocol import types

from . import diagnosing
from .cache import Cache
from .convert import Encoding
from .protocol import Server
from .results import Outline, Traced
from .schedule import Schedule, Status
from .session import Folder, Session

log = logging.getLogger(__name__)


class App:
    """One client's server."""

    def __init__(self, server: Server, cache: Cache) -> None:
        self.server = server
        self.session = Session()
        self.schedule = Schedule(self.session, self, Workers(), cache)
        self.capabilities = types.ClientCapabilities()
        self.encoding: Encoding = "utf-16"
        self.shut_down = False
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._due: set[Callable[[], None]] = set()

    # -- what the schedule tells ---------------------------------------------------------------------

    def outlined(self, outline: Outline) -> None:
        self.refresh(self.publish)
        self.refresh(self._refresh_lenses)
        self.server.protocol.notify("fullgraph/targetsChanged", {"uri": self._uri(outline.file)})

    def traced(self, traced: Traced) -> None:
        self.refresh(self.publish)
        self.refresh(self._refresh_lenses)
        if traced.done:
            self.refresh(self._refresh_hints)
            self.server.protocol.notify("fullgraph/targetsChanged", {"uri": self._uri(traced.file)})

    def status(self, folder: Folder, status: Status) -> None:
        self.server.protocol.notify("fullgraph/status", self.status_json(folder, status))
        self.refresh(self._refresh_lenses)

    def cannot_run(self, folder: Folder, reason: CannotRun) -> None:
        self.tell(f"Fullgraph cannot check {folder.path}: {reason}", types.MessageType.Warning)

    def status_json(self, folder: Folder, status: Status) -> dict[str, Any]:
        """What `fullgraph/status` says of a folder."""
        here = [t for t in self.session.latest.values() if self.session.folder_of(t.file).uri == folder.uri]
        state = status.state if self.session.trusted else "untrusted"
        return {
            "folder": folder.uri,
            "state": state,
            "message": status.message,
            "done": status.done,
            "total": status.total,
            "problems": sum(len(traced.findings) for traced in here),
            "exports": sum(c.status == "exports" for traced in here for c in traced.checked),
        }

    # -- what the client is told ---------------------------------------------------------------------

    def refresh(self, do: Callable[[], None]) -> None:
        """Does something once, when all that is happening at this moment has happened."""
        if not self._due:
            asyncio.get_running_loop().call_soon(self._do_due)
        self._due.add(do)

    def _do_due(self) -> None:
        due, self._due = self._due, set()
        for do in due:
            do()

    def publish(self) -> None:
        """Tells the client of every document whose diagnostics are others now."""
        if self.pulls:
            self.server.workspace_diagnostic_refresh(None)
            return
        found = self.diagnostics()
        for uri in {**self._published, **found}:
            diagnostics = found.get(uri, [])
            if diagnostics != self._published.get(uri, []):
                self.server.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, diagnostics, self._version(uri))
                )
        self._published = found

    def diagnostics(self) -> dict[str, list[types.Diagnostic]]:
        """All that there is to say, by document, where it stands now."""
        return diagnosing.by_document(self.session, self.encoding)

    def tell(self, message: str, kind: types.MessageType) -> None:
        self.server.window_show_message(types.ShowMessageParams(kind, message))

    @property
    def pulls(self) -> bool:
        """Whether the client asks for diagnostics, and can be told that there are new ones."""
        text, workspace = self.capabilities.text_document, self.capabilities.workspace
        asks = text is not None and text.diagnostic is not None
        told = workspace is not None and workspace.diagnostics is not None
        return (
            asks
            and told
            and bool(workspace and workspace.diagnostics and workspace.diagnostics.refresh_support)
        )

    def _refresh_lenses(self) -> None:
        workspace = self.capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self.server.workspace_code_lens_refresh(None)

    def _refresh_hints(self) -> None:
        workspace = self.capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self.server.workspace_inlay_hint_refresh(None)

    def _version(self, uri: str) -> int | None:
        found = self.session.part(uri)
        return found[1].document.version if found else None

    def _uri(self, file: str) -> str:
        from pygls import uris

        module = self.session.module_at(file)
        return module.uri if module else uris.from_fs_path(file) or ""

    def close(self) -> None:
        self.schedule.close()
