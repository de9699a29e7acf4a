"""From the first word to the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from pygls import uris

from .. import convert
from ..app import App
from ..session import Folder
from ..settings import read_settings


def initialize(app: App, params: types.InitializeParams) -> None:
    app.capabilities = params.capabilities
    options = _plain(params.initialization_options)
    app.session.trusted = options.get("trusted") is not False
    _take_settings(app, options)
    for folder in params.workspace_folders or _root(params):
        add_folder(app, folder, options)


def initialized(app: App, _params: types.InitializedParams) -> None:
    app.encoding = convert.encoding_of(app.server.server_capabilities.position_encoding)


def shutdown(app: App, _params: None) -> None:
    app.shut_down = True
    app.close()


def add_folder(app: App, folder: types.WorkspaceFolder, options: Mapping[str, Any]) -> None:
    path = uris.to_fs_path(folder.uri)
    if path is None:
        return
    said = _plain(_plain(options.get("folders")).get(folder.uri))
    reading = read_settings(said, path, app.session.settings)
    app.session.folders[folder.uri] = Folder(folder.uri, path, reading.settings)
    _complain(app, reading.problems)


def _take_settings(app: App, options: Mapping[str, Any]) -> None:
    reading = read_settings(_plain(options.get("settings")), None)
    app.session.settings = reading.settings
    _complain(app, reading.problems)


def _complain(app: App, problems: tuple[str, ...]) -> None:
    for problem in problems:
        app.tell(f"Fullgraph: {problem}", types.MessageType.Warning)


def _root(params: types.InitializeParams) -> list[types.WorkspaceFolder]:
    uri = params.root_uri or (uris.from_fs_path(params.root_path) if params.root_path else None)
    return [types.WorkspaceFolder(uri, uri.rpartition("/")[2])] if uri else []


def _plain(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
