"""Keeps the client's diagnostics, code lenses and inlay hints up to date.

The rule: updates within one turn of the event loop are coalesced, and only documents that changed are published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lsprotocol import types

from ..presentation import diagnostics
from ..session.session import Session
from .client import Client


class Publisher:
    """Diagnostics, and the requests to ask for lenses and hints again."""

    def __init__(self, client: Client, session: Session) -> None:
        self._client = client
        self._session = session
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._due: set[Callable[[], None]] = set()

    def publish_soon(self) -> None:
        self._soon(self._publish)

    def refresh_lenses_soon(self) -> None:
        self._soon(self._refresh_lenses)

    def refresh_hints_soon(self) -> None:
        self._soon(self._refresh_hints)

    def refresh_all_soon(self) -> None:
        for do in (self._publish, self._refresh_lenses, self._refresh_hints):
            self._soon(do)

    def diagnostics(self) -> dict[str, list[types.Diagnostic]]:
        """All that there is to say, by document, where it stands now."""
        return diagnostics.by_document(self._session, self._client.encoding)

    def _soon(self, do: Callable[[], None]) -> None:
        """Does something once, when all that is happening at this moment has happened."""
        if not self._due:
            asyncio.get_running_loop().call_soon(self._do_due)
        self._due.add(do)

    def _do_due(self) -> None:
        due, self._due = self._due, set()
        for do in due:
            do()

    def _publish(self) -> None:
        server = self._client.server
        if self._client.pulls:
            server.workspace_diagnostic_refresh(None)
            return
        found = self.diagnostics()
        for uri in {**self._published, **found}:
            now = found.get(uri, [])
            if now != self._published.get(uri, []):
                version = self._session.documents.version_of(uri)
                server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, now, version))
        self._published = found

    def _refresh_lenses(self) -> None:
        if self._client.refreshes_lenses:
            self._client.server.workspace_code_lens_refresh(None)

    def _refresh_hints(self) -> None:
        if self._client.refreshes_hints:
            self._client.server.workspace_inlay_hint_refresh(None)
