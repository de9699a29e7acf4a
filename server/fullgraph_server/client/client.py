"""The connected client: its capabilities, its position encoding, and messages to its user."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from ..lsp.convert import Encoding
from ..lsp.protocol import Server


class Client:
    """Its capabilities are known from `initialize` on."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.capabilities = types.ClientCapabilities()
        self.encoding: Encoding = "utf-16"
        self.shows_status = False
        """It makes messages of `fullgraph/status` by itself."""

    @property
    def pulls(self) -> bool:
        """Whether it asks for diagnostics, and can be told that there are new ones."""
        text, workspace = self.capabilities.text_document, self.capabilities.workspace
        asks = text is not None and text.diagnostic is not None
        can = workspace.diagnostics if workspace else None
        return asks and can is not None and bool(can.refresh_support)

    @property
    def refreshes_lenses(self) -> bool:
        workspace = self.capabilities.workspace
        return bool(workspace and workspace.code_lens and workspace.code_lens.refresh_support)

    @property
    def refreshes_hints(self) -> bool:
        workspace = self.capabilities.workspace
        return bool(workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support)

    @property
    def shows_progress(self) -> bool:
        window = self.capabilities.window
        return bool(window and window.work_done_progress)

    def notify(self, method: str, params: object) -> None:
        """A notification of our own."""
        self.server.protocol.notify(method, params)

    def tell(self, message: str, kind: types.MessageType) -> None:
        self.server.window_show_message(types.ShowMessageParams(kind, message))

    def complain(self, problems: Iterable[str]) -> None:
        """Tells the user of settings that are not taken."""
        for problem in problems:
            self.tell(f"Fullgraph: {problem}", types.MessageType.Warning)

    async def show(self, uri: str, selection: types.Range | None = None) -> None:
        """Opens a document, where the client can."""
        window = self.capabilities.window
        if window and window.show_document and window.show_document.support:
            await self.server.window_show_document_async(
                types.ShowDocumentParams(uri, take_focus=True, selection=selection)
            )
