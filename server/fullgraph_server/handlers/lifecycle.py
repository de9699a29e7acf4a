"""Lifecycle: initialize, trust, trace level, shutdown."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls import uris

from ..app import App
from ..lsp import convert
from ..lsp.settings import read_settings
from ..lsp.untyped_json import plain
from . import workspace


def initialize(app: App, params: types.InitializeParams) -> None:
    app.client.capabilities = params.capabilities
    for do in app.when_initialized:
        do()
    options = plain(params.initialization_options)
    app.session.trusted = options.get("trusted") is not False
    app.session.checks_models = options.get("showsModels") is True
    app.client.shows_status = options.get("showsStatus") is True
    reading = read_settings(options.get("settings"), None)
    app.default_settings = app.session.settings = reading.settings
    app.client.complain(reading.problems)
    app.log.set_verbosity(reading.settings.level)
    if params.trace:
        app.log.trace(params.trace)
    app.folder_settings = plain(options.get("folders"))
    for folder in params.workspace_folders or _root(params):
        workspace.add_folder(app, folder, app.folder_settings.get(folder.uri))


async def initialized(app: App, _params: types.InitializedParams) -> None:
    app.client.encoding = convert.encoding_of(app.client.server.server_capabilities.position_encoding)
    app.begin()
    asks = app.client.capabilities.workspace
    if asks and asks.configuration:
        app.schedule.traces.hold()
        try:
            await workspace.ask_settings(app)
        finally:
            app.schedule.traces.go_on()
    for folder in app.session.folders.values():
        app.schedule.scans.scan(folder)
    app.announce_folders()
    await workspace.watch(app)


def shutdown(app: App, _params: None) -> None:
    app.shut_down = True
    app.close()


def set_trace(app: App, params: types.SetTraceParams) -> None:
    app.log.trace(params.value)


def trust(app: App, params: Any) -> None:
    """The user has said so, or has taken it back: a notification, because settings can be a repository's."""
    trusted = plain(params).get("trusted")
    if not isinstance(trusted, bool) or trusted == app.session.trusted:
        return
    app.session.trusted = trusted
    if not trusted:
        app.session.latest.clear()
        app.session.finished.clear()
    app.schedule.trust_changed()
    app.announce_folders()
    app.publisher.refresh_all_soon()


def _root(params: types.InitializeParams) -> list[types.WorkspaceFolder]:
    uri = params.root_uri or (uris.from_fs_path(params.root_path) if params.root_path else None)
    return [types.WorkspaceFolder(uri, uri.rpartition("/")[2])] if uri else []
