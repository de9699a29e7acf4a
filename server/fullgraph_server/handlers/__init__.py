"""One handler for each request and notification of the client's. This table is the list of them.

The rule: a handler takes the app and the protocol's parameters, and answers from the session at once. Work
that takes long goes to the schedule, which publishes its results.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types

from ..app import App
from ..lsp.protocol import Server
from . import (
    code_actions,
    code_lens,
    commands,
    completion,
    diagnostics,
    documents,
    hover,
    inlay_hints,
    lifecycle,
    notebooks,
    requests,
    workspace,
)

Handler = Callable[[App, Any], Any]

FEATURES: tuple[tuple[str, Handler, Any], ...] = (
    (types.INITIALIZE, lifecycle.initialize, None),
    (types.INITIALIZED, lifecycle.initialized, None),
    (types.SHUTDOWN, lifecycle.shutdown, None),
    (types.SET_TRACE, lifecycle.set_trace, None),
    (types.TEXT_DOCUMENT_DID_OPEN, documents.did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, documents.did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, documents.did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, documents.did_close, None),
    (types.NOTEBOOK_DOCUMENT_DID_OPEN, notebooks.did_open, None),
    (types.NOTEBOOK_DOCUMENT_DID_CHANGE, notebooks.did_change, None),
    (types.NOTEBOOK_DOCUMENT_DID_SAVE, notebooks.did_save, None),
    (types.NOTEBOOK_DOCUMENT_DID_CLOSE, notebooks.did_close, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, workspace.did_change_configuration, None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, workspace.did_change_folders, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, workspace.did_change_files, None),
    (types.TEXT_DOCUMENT_HOVER, hover.hover, None),
    (types.TEXT_DOCUMENT_INLAY_HINT, inlay_hints.inlay_hints, None),
    (types.TEXT_DOCUMENT_CODE_LENS, code_lens.code_lenses, None),
    (types.TEXT_DOCUMENT_CODE_ACTION, code_actions.code_actions, code_actions.OPTIONS),
    (types.CODE_ACTION_RESOLVE, code_actions.resolve, None),
    (types.TEXT_DOCUMENT_COMPLETION, completion.complete, completion.OPTIONS),
    (types.WORKSPACE_EXECUTE_COMMAND, commands.execute, None),
    ("fullgraph/trust", lifecycle.trust, None),
    ("fullgraph/targets", requests.targets, None),
    ("fullgraph/models", requests.models, None),
    ("fullgraph/graph", requests.graph, None),
    ("fullgraph/report", requests.report, None),
)


PULLED: tuple[tuple[str, Handler, Any], ...] = (
    (types.TEXT_DOCUMENT_DIAGNOSTIC, diagnostics.document, diagnostics.OPTIONS),
    (types.WORKSPACE_DIAGNOSTIC, diagnostics.workspace, None),
)
"""For clients that can be told to ask again. Others, Neovim 0.11 among them, would ask too, and keep what
they were told first beside what is pushed."""


def register(server: Server, app: App) -> None:
    for method, handler, options in FEATURES:
        server.feature(method, options)(partial(handler, app))
    app.when_initialized.append(partial(_register_pulled, server, app))
    for command in commands.COMMANDS:  # so that they are announced
        server.command(command)(commands.execute)


def _register_pulled(server: Server, app: App) -> None:
    for method, handler, options in PULLED if app.client.pulls else ():
        server.feature(method, options)(partial(handler, app))
