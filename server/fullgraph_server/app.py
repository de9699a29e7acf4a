"""The server as a whole: a session, a schedule, and the connection to the client.

The rule: handlers are given this and nothing global; what the client can do is asked here once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fullgraph.model import StartFailure
from fullgraph.workers.pool import Workers
from lsprotocol import types
from pygls import uris

from .background.cache import Cache
from .background.schedule import Schedule
from .background.work_queue import Status
from .lsp.convert import Encoding
from .lsp.parent_watchdog import watch_parent
from .lsp.progress import Bar
from .lsp.protocol import Server
from .lsp.settings import Settings
from .presentation import diagnostics, phrasing, responses
from .session.results import Outline, Traced
from .session.session import Folder, Session

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
        self.when_initialized: list[Callable[[], None]] = []
        """What depends on what the client can do."""
        self.client_shows_status = False
        self.default_settings = Settings()
        self.folder_settings: Mapping[str, Any] = {}
        """What the client said at its beginning, by folder, of some that may be added later."""
        self.tracing = types.TraceValue.Off
        self._level = "info"
        self._logs: ClientLog | None = None
        self._bars: dict[str, Bar] = {}
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
        self._progress(folder, status)

    def _progress(self, folder: Folder, status: Status) -> None:
        window = self.capabilities.window
        bar = self._bars.get(folder.uri)
        if status.state != "checking":
            if bar:
                self._bars.pop(folder.uri).close()
        elif window and window.work_done_progress:
            if bar is None:
                bar = Bar(self.server, "Fullgraph", lambda: self.schedule.cancel(folder))
                self._bars[folder.uri] = bar
            bar.say(status.target, status.done, status.total)

    def cannot_start(self, folder: Folder, failure: StartFailure) -> None:
        if self.client_shows_status:  # the client makes one of the folder's status
            return
        self.tell(phrasing.cannot_check(folder.path, failure), types.MessageType.Warning)

    def status_json(self, folder: Folder, status: Status) -> dict[str, Any]:
        """What `fullgraph/status` says of a folder."""
        here = [t for t in self.session.latest.values() if self.session.folder_of(t.file).uri == folder.uri]
        state = status.state if self.session.trusted else "untrusted"
        return {
            "folder": folder.uri,
            "state": state,
            "message": phrasing.start_failure(status.failure) if status.failure else status.target,
            "startFailure": responses.start_failure(status.failure) if status.failure else None,
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
                    types.PublishDiagnosticsParams(uri, diagnostics, self.version_of(uri))
                )
        self._published = found

    def diagnostics(self) -> dict[str, list[types.Diagnostic]]:
        """All that there is to say, by document, where it stands now."""
        return diagnostics.by_document(self.session, self.encoding)

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

    def version_of(self, uri: str) -> int | None:
        found = self.session.part(uri)
        return found[1].document.version if found else None

    def _uri(self, file: str) -> str:
        module = self.session.module_at(file)
        return module.uri if module else uris.from_fs_path(file) or ""

    def refresh_all(self) -> None:
        for do in (self.publish, self._refresh_lenses, self._refresh_hints):
            self.refresh(do)

    def complain(self, problems: tuple[str, ...]) -> None:
        """Tells the user of settings that are not taken."""
        for problem in problems:
            self.tell(f"Fullgraph: {problem}", types.MessageType.Warning)

    def set_level(self, level: str) -> None:
        self._level = level
        self.trace(self.tracing)

    def trace(self, value: types.TraceValue | str) -> None:
        """What the client wants to hear of what goes on (`$/setTrace`), whatever the level of the log."""
        self.tracing = types.TraceValue(value)
        level = self._level if self.tracing == types.TraceValue.Off else "debug"
        logging.getLogger("fullgraph_server").setLevel(level.upper())

    def forget_below(self, folder: str) -> None:
        for file in self.session.known():
            if Path(folder) in Path(file).parents and self.session.module_at(file) is None:
                self.session.forget(file)

    async def show(self, uri: str, selection: types.Range | None = None) -> None:
        """Opens a document in the client, where it can."""
        window = self.capabilities.window
        if window and window.show_document and window.show_document.support:
            await self.server.window_show_document_async(
                types.ShowDocumentParams(uri, take_focus=True, selection=selection)
            )

    # -- life ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The client listens from now on."""
        self._logs = ClientLog(self)
        logging.getLogger("fullgraph_server").addHandler(self._logs)
        watch_parent(self.server.process_id, self.close)

    def close(self) -> None:
        if self._logs:  # who shuts down wants to hear nothing more
            logging.getLogger("fullgraph_server").removeHandler(self._logs)
        self.schedule.close()


class ClientLog(logging.Handler):
    """The log, as the client's output panel shows it."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno <= logging.DEBUG:
            if self._app.tracing != types.TraceValue.Off:
                self._app.server.protocol.notify(types.LOG_TRACE, types.LogTraceParams(self.format(record)))
            return
        kind = _KINDS.get(record.levelno, types.MessageType.Log)
        self._app.server.window_log_message(types.LogMessageParams(kind, self.format(record)))


_KINDS = {
    logging.ERROR: types.MessageType.Error,
    logging.WARNING: types.MessageType.Warning,
    logging.INFO: types.MessageType.Info,
}
