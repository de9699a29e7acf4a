"""From the first word to the last."""

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
    app.capabilities = params.capabilities
    for do in app.when_initialized:
        do()
    options = plain(params.initialization_options)
    app.session.trusted = options.get("trusted") is not False
    app.client_shows_status = options.get("showsStatus") is True
    reading = read_settings(options.get("settings"), None)
    app.default_settings = app.session.settings = reading.settings
    app.complain(reading.problems)
    app.set_level(reading.settings.level)
    if params.trace:
        app.trace(params.trace)
    app.folder_settings = plain(options.get("folders"))
    for folder in params.workspace_folders or _root(params):
        workspace.add_folder(app, folder, app.folder_settings.get(folder.uri))


async def initialized(app: App, _params: types.InitializedParams) -> None:
    app.encoding = convert.encoding_of(app.server.server_capabilities.position_encoding)
    app.begin()
    asks = app.capabilities.workspace
    if asks and asks.configuration:
        app.schedule.hold()
        try:
            await workspace.ask_settings(app)
        finally:
            app.schedule.go_on()
    for folder in app.session.folders.values():
        app.schedule.scan(folder)
        app.status(folder, app.schedule.status_of(folder))
    await workspace.watch(app)


def shutdown(app: App, _params: None) -> None:
    app.shut_down = True
    app.close()


def set_trace(app: App, params: types.SetTraceParams) -> None:
    app.trace(params.value)


def trust(app: App, params: Any) -> None:
    """The user has said so, or has taken it back: a notification, because settings can be a repository's."""
    trusted = plain(params).get("trusted")
    if not isinstance(trusted, bool) or trusted == app.session.trusted:
        return
    app.session.trusted = trusted
    if not trusted:
        app.session.latest.clear()
        app.session.settled.clear()
    app.schedule.trust()
    for folder in app.session.folders.values():
        app.status(folder, app.schedule.status_of(folder))
    app.refresh_all()


def _root(params: types.InitializeParams) -> list[types.WorkspaceFolder]:
    uri = params.root_uri or (uris.from_fs_path(params.root_path) if params.root_path else None)
    return [types.WorkspaceFolder(uri, uri.rpartition("/")[2])] if uri else []
