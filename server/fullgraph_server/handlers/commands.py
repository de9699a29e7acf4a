"""`workspace/executeCommand`: what lenses, menus and palettes call.

The rule: this table is the list of commands. Each takes the app and a list of arguments that may be
anything, and answers with JSON.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fullgraph.check.plan import CannotRun
from fullgraph.model import DescribeProgram, Saved, SaveProgram
from fullgraph.workers import TraceCancelledError
from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams

from ..app import App
from ..lsp import convert
from ..presentation import declare_edit, phrasing, program_text, workspace_edits
from ..session.results import Traced
from . import requests

Command = Callable[[App, list[Any]], Any]


async def execute(app: App, params: types.ExecuteCommandParams) -> Any:
    """Runs one command; the user is told why one cannot be run."""
    if params.command not in COMMANDS:
        raise JsonRpcInvalidParams(f"unknown command {params.command!r}")
    try:
        result = COMMANDS[params.command](app, list(params.arguments or ()))
        return await result if hasattr(result, "__await__") else result
    except CannotRun as reason:
        app.client.tell(f"Fullgraph: {phrasing.refusal(reason)}", types.MessageType.Warning)
    except TraceCancelledError:
        app.client.tell("Fullgraph: canceled", types.MessageType.Info)
    return None


def _check_file(app: App, arguments: list[Any]) -> None:
    file = app.session.documents.file_of(_text(arguments, 0))
    app.schedule.outlines.begin(file)
    app.schedule.traces.check(file)


def _check_workspace(app: App, arguments: list[Any]) -> None:
    """The models of all folders; with `true`, the parts as well."""
    parts = arguments[0] if arguments else False
    if not isinstance(parts, bool):
        raise JsonRpcInvalidParams("argument 1 of the command must be true or false")
    for folder in app.session.folders.values():
        app.schedule.scans.scan(folder, trace="all" if parts else "models")


async def _restart(app: App, arguments: list[Any]) -> None:
    uri = _text(arguments, 0) if arguments else None
    await app.schedule.restart([f for f in app.session.folders.values() if uri in (None, f.uri)])


def _models(app: App, _arguments: list[Any]) -> Any:
    return requests.models(app, {})


async def _show_report(app: App, arguments: list[Any]) -> Any:
    return requests.report(app, {"uri": _text(arguments, 0), "target": _text(arguments, 1)})


async def _show_graph(app: App, arguments: list[Any]) -> str:
    """Writes the program as text and shows it; a client with a better view asks `fullgraph/graph` instead."""
    file, name = app.session.documents.file_of(_text(arguments, 0)), _text(arguments, 1)
    level = requests.level_of(arguments[2] if len(arguments) > 2 else None)
    traced = await app.schedule.on_demand.program(file, name, DescribeProgram(level))
    path = program_text.written(traced)
    uri = uris.from_fs_path(path) or ""
    await app.client.show(uri)
    return uri


async def _export(app: App, arguments: list[Any]) -> str:
    """Writes the `.pt2`; the file that was there stays until the new one was verified."""
    file, name = app.session.documents.file_of(_text(arguments, 0)), _text(arguments, 1)
    said = _text(arguments, 2) if len(arguments) > 2 else f"{name.rpartition(':')[2].partition('(')[0]}.pt2"
    said = (uris.to_fs_path(said) or said) if said.startswith("file:") else said
    path = Path(app.session.folder_of(file).path, said)
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.pt2")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise CannotRun(f"cannot write to the folder {path.parent}")
    try:
        traced = await app.schedule.on_demand.program(file, name, SaveProgram(str(aside)))
        if (why := _why_not_good(traced)) is not None:
            raise CannotRun(f"{path} was not written: {why}")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    app.client.tell(
        f"{name} exported to {path}, reloaded, and compared with the eager model", types.MessageType.Info
    )
    return uris.from_fs_path(str(path)) or ""


def _why_not_good(traced: Traced) -> str | None:
    saved = traced.checked[0].facts.program
    if not isinstance(saved, Saved):
        return f"{traced.checked[0].target.name} does not export"
    different = [each for comparison in saved.comparisons for each in comparison.differences]
    return (
        f"the outputs of the saved program differ from the eager model's: {different[0]}"
        if different
        else None
    )


async def _declare_target(app: App, arguments: list[Any]) -> None:
    """Writes a target that was found as a comment, through the editor; without known inputs, one to fill in."""
    uri, name = _text(arguments, 0), _text(arguments, 1)
    try:
        edits = declare_edit.edits_for(app.session, uri, name, app.client.encoding)
    except declare_edit.NoInputsKnown as reason:
        model = _class_of(app, uri, name)
        if model is None:
            raise CannotRun(str(reason)) from reason
        await _declare_model(app, [uri, model])
        return
    await _apply(app, edits, "Declare target")


async def _declare_model(app: App, arguments: list[Any]) -> None:
    """Writes a comment to be filled in above a class, and goes there."""
    uri, found = declare_edit.template_for(app.session, _text(arguments, 0), _text(arguments, 1))
    at = types.Position(found.line, 0)
    await app.client.show(uri, types.Range(at, at))
    edit = workspace_edits.snippet_edit(uri, at, found.pieces, app.session, app.client.capabilities)
    params = types.ApplyWorkspaceEditParams(edit, "Declare target")
    await app.client.server.workspace_apply_edit_async(params)


async def _free_dimension(app: App, arguments: list[Any]) -> None:
    """Makes a dimension of a target's input dynamic, under a name."""
    index = arguments[3] if len(arguments) > 3 else None
    if not isinstance(index, int) or not _text(arguments, 4).isidentifier():
        raise JsonRpcInvalidParams("the dimension must be a number, and its name a valid Python identifier")
    dimension = (_text(arguments, 2), index, _text(arguments, 4))
    uri, name = _text(arguments, 0), _text(arguments, 1)
    edits = declare_edit.freed_edits(app.session, uri, name, dimension, app.client.encoding)
    await _apply(app, edits, "Make a dimension dynamic")


async def _apply(app: App, edits: workspace_edits.Edits, title: str) -> None:
    edit = workspace_edits.workspace_edit(edits, app.session, app.client.capabilities)
    await app.client.server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, title))


def _class_of(app: App, uri: str, name: str) -> str | None:
    """The class of a target, where its own file defines it."""
    file = app.session.documents.file_of(uri)
    outline = app.session.outlines.get(file)
    found = (t for t in outline.targets if t.name == name) if outline else ()
    return next((key[1] for key in (t.subject for t in found) if key[0] == file and key[1]), None)


async def _edit_inputs(app: App, arguments: list[Any]) -> None:
    """Selects the expression of a target's inputs, to be written anew."""
    file, name = app.session.documents.file_of(_text(arguments, 0)), _text(arguments, 1)
    outline = app.session.outlines.get(file)
    target = next((t for t in outline.targets if t.name == name), None) if outline else None
    if outline is None or target is None:
        raise CannotRun(f"unknown target {name}: check the file again")
    spot = app.session.spot((target.args or target.kwargs or target.model).place, outline.texts)
    if spot:
        await app.client.show(spot.uri, convert.range_out(spot.source, spot.range, app.client.encoding))


async def _clear_cache(app: App, _arguments: list[Any]) -> None:
    await app.schedule.clear_cache()


def _text(arguments: list[Any], index: int) -> str:
    if index >= len(arguments) or not isinstance(arguments[index], str):
        raise JsonRpcInvalidParams(f"argument {index + 1} of the command must be a string")
    return str(arguments[index])


COMMANDS: Mapping[str, Command] = {
    "fullgraph.checkFile": _check_file,
    "fullgraph.checkWorkspace": _check_workspace,
    "fullgraph.restartWorker": _restart,
    "fullgraph.models": _models,
    "fullgraph.showReport": _show_report,
    "fullgraph.showGraph": _show_graph,
    "fullgraph.export": _export,
    "fullgraph.declareTarget": _declare_target,
    "fullgraph.declareModel": _declare_model,
    "fullgraph.freeDimension": _free_dimension,
    "fullgraph.clearCache": _clear_cache,
    "fullgraph.editInputs": _edit_inputs,
}
