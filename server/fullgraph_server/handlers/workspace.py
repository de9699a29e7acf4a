"""Folders, settings and files on disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException

from ..app import App
from ..background.repositories import DOCUMENTS
from ..lsp.settings import Settings, read_settings
from ..lsp.untyped_json import plain
from ..session.session import Folder

log = logging.getLogger(__name__)

_DOCUMENTS = tuple(f"**/*{suffix}" for suffix in DOCUMENTS)
_WATCHED = ("**/*.py", *_DOCUMENTS, "**/pyproject.toml", "**/.gitignore", "**/.git/info/exclude")
_LEAVE_OUT = ("pyproject.toml", ".gitignore")
"""Files that say which others are left out."""

_GIT_EXCLUDE = "/.git/info/exclude"
"""As a `.gitignore` at the top, which is not committed."""


def add_folder(app: App, folder: types.WorkspaceFolder, said: object = None) -> None:
    path = uris.to_fs_path(folder.uri)
    if path is None:
        return
    reading = read_settings(plain(said), path, app.session.settings)
    app.session.folders[folder.uri] = Folder(folder.uri, path, reading.settings)
    app.client.complain(reading.problems)


async def did_change_folders(app: App, params: types.DidChangeWorkspaceFoldersParams) -> None:
    for folder in params.event.removed:
        gone = app.session.folders.pop(folder.uri, None)
        if gone:
            app.schedule.removed(gone)
            app.session.forget_below(gone.path)
    for folder in params.event.added:
        add_folder(app, folder, app.folder_settings.get(folder.uri))
    app.publisher.publish_soon()
    if _can_be_asked(app) and params.event.added:
        await ask_settings(app)
    for folder in params.event.added:
        if folder.uri in app.session.folders:
            app.schedule.scans.scan(app.session.folders[folder.uri])


# -- settings ----------------------------------------------------------------------------------------


async def did_change_configuration(app: App, params: types.DidChangeConfigurationParams) -> None:
    if _can_be_asked(app):
        await ask_settings(app)
        return
    said = plain(params.settings)
    reading = read_settings(plain(said.get("fullgraph", said)), None, app.default_settings)
    app.client.complain(reading.problems)
    _take(app, reading.settings, {})


async def ask_settings(app: App) -> None:
    """Asks the client for the settings of each folder, and of what lies in none."""
    folders = list(app.session.folders.values())
    items = [types.ConfigurationItem(scope_uri=f.uri, section="fullgraph") for f in folders]
    asked = types.ConfigurationParams([types.ConfigurationItem(section="fullgraph"), *items])
    try:
        whole, *each = await app.client.server.workspace_configuration_async(asked)
    except (JsonRpcException, ValueError) as error:  # a client that says it can, and cannot
        log.warning("the client did not tell its settings: %s", error)
        return
    reading = read_settings(plain(whole), None, app.default_settings)
    problems = list(reading.problems)
    own: dict[str, Settings] = {}
    for folder, said in zip(folders, each, strict=False):
        its = read_settings(plain(said), folder.path, reading.settings)
        own[folder.uri] = its.settings
        problems += its.problems
    app.client.complain(tuple(dict.fromkeys(problems)))
    _take(app, reading.settings, own)


def _can_be_asked(app: App) -> bool:
    workspace = app.client.capabilities.workspace
    return bool(workspace and workspace.configuration)


def _take(app: App, settings: Settings, own: Mapping[str, Settings]) -> None:
    """Settings as they are from now on; what they change is checked again."""
    app.session.settings = settings
    app.log.set_verbosity(settings.level)
    for folder in list(app.session.folders.values()):
        new = Folder(folder.uri, folder.path, own.get(folder.uri, settings))
        app.session.folders[folder.uri] = new
        if new.settings != folder.settings:
            app.schedule.reconfigured(new)
        if new.settings.exclude != folder.settings.exclude:
            app.schedule.scans.rescan(new)
        elif new.settings.check_models != folder.settings.check_models:
            app.schedule.checks_models_anew(new)
    app.publisher.refresh_all_soon()


# -- files -------------------------------------------------------------------------------------------


async def watch(app: App) -> None:
    """Asks the client to watch what traces depend on."""
    workspace = app.client.capabilities.workspace
    can = workspace.did_change_watched_files if workspace else None
    if not can or not can.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(glob) for glob in _WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("fullgraph-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await app.client.server.client_register_capability_async(types.RegistrationParams([registration]))


def did_change_files(app: App, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        file = uris.to_fs_path(change.uri)
        if file is None:
            continue
        if file.replace("\\", "/").endswith(_GIT_EXCLUDE):
            _rescan(app, Path(file).parent.parent.parent)
            continue
        name = Path(file).name
        if name == "pyproject.toml":
            _settings_changed(app, file)
        if name in _LEAVE_OUT:
            _rescan(app, Path(file).parent)
        elif app.session.documents.module_at(file) is None:  # what is open is told by its document
            app.schedule.changed_on_disk(file)
            _file_changed(app, file, gone=change.type == types.FileChangeType.Deleted)


def _settings_changed(app: App, file: str) -> None:
    below = [f for f in app.session.known() if Path(file).parent in Path(f).parents]
    for each in below:
        app.schedule.outlines.begin(each)
    app.schedule.traces.check(*(f for f in below if app.session.documents.module_at(f)))


def _rescan(app: App, changed: Path) -> None:
    """Scans anew the folders of the workspace that a file in a folder speaks of."""
    for folder in app.session.folders.values():
        path = Path(folder.path)
        if changed in (path, *path.parents) or path in changed.parents:
            app.schedule.repositories.forget()
            app.schedule.scans.rescan(folder)


def _file_changed(app: App, file: str, *, gone: bool) -> None:
    dependents = [each for each in app.session.dependents(file) if each != file]
    if gone:
        app.schedule.dropped(file)
        app.session.forget(file)
        app.publisher.publish_soon()
    elif file in app.session.outlines:
        app.schedule.outlines.begin(file)
        dependents.append(file)
    app.schedule.traces.check(*dependents)
