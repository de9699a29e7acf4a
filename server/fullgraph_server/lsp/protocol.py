"""pygls's protocol without its own text documents: the session holds those, in code points.

The rule: whatever a client sends is answered by a result or a protocol error, or logged.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

Steps = Generator[Any, Any, Any]


class Protocol(LanguageServerProtocol):
    """pygls would keep the documents as well, in a form in which a stray notification is an exception."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A request that is not understood has an answer too: its client would wait for ever."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def _to_user(self, method: str, params: object) -> Steps:
        handler = self.fm.features.get(method)
        if handler is not None:
            yield handler, (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Steps:
        return (yield from self._to_user(types.TEXT_DOCUMENT_DID_OPEN, params))

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Steps:
        return (yield from self._to_user(types.TEXT_DOCUMENT_DID_CHANGE, params))

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Steps:
        return (yield from self._to_user(types.TEXT_DOCUMENT_DID_CLOSE, params))

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> Steps:
        return (yield from self._to_user(types.NOTEBOOK_DOCUMENT_DID_OPEN, params))

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(self, params: types.DidChangeNotebookDocumentParams) -> Steps:
        return (yield from self._to_user(types.NOTEBOOK_DOCUMENT_DID_CHANGE, params))

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(self, params: types.DidCloseNotebookDocumentParams) -> Steps:
        return (yield from self._to_user(types.NOTEBOOK_DOCUMENT_DID_CLOSE, params))

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(
        self, params: types.DidChangeWorkspaceFoldersParams
    ) -> Steps:
        return (yield from self._to_user(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, params))

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Steps:
        return (yield self.fm.features[types.WORKSPACE_EXECUTE_COMMAND], (params,), None)


class Server(LanguageServer):
    """pygls's server, with errors of ours in the log."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Internal errors go to the log: a message box does not help the user."""
        self.window_log_message(
            types.LogMessageParams(types.MessageType.Error, f"{source.__name__}: {error}")
        )
