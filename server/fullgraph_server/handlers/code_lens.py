"""Code lenses above each target: its status, and commands for it."""

from __future__ import annotations

from collections.abc import Iterator

from fullgraph.discovery.precedence import WRITTEN
from fullgraph.model import Place, Range, Target
from lsprotocol import types
from pygls import uris

from ..app import App
from ..lsp import convert
from ..presentation import model_ranges, phrasing
from ..session.documents import Module
from ..session.results import Outline


def code_lenses(app: App, params: types.CodeLensParams) -> list[types.CodeLens]:
    found = app.session.documents.part(params.text_document.uri)
    if found is None or not app.session.folder_of(found[0].file).settings.code_lens:
        return []
    module, part = found
    lenses: list[types.CodeLens] = []
    for outline in app.session.outlines.values():
        placed: dict[Place, list[Target]] = {}
        for target in outline.targets:
            if (place := _place(target, outline, module)) is not None:
                placed.setdefault(place, []).append(target)
        for place, targets in placed.items():
            spot = app.session.spot(place, outline.texts)
            if spot and spot.uri == part.document.uri:
                where = convert.range_out(spot.source, spot.range, app.client.encoding)
                lenses += (types.CodeLens(where, command) for command in _of_place(app, targets))
    return lenses


def _of_place(app: App, targets: list[Target]) -> Iterator[types.Command]:
    """Of several targets at one place, each says its name, and what is of the whole file is there once."""
    for number, target in enumerate(targets):
        for command in _commands(app, target):
            if number and command.command == "fullgraph.checkFile":
                continue
            if len(targets) > 1 and command.command == "fullgraph.showReport":
                command.title = f"{phrasing.short_name(target)}: {command.title}"
            yield command


def _place(target: Target, outline: Outline, module: Module) -> Place | None:
    """The class where there is one in this file, else what stands for the target.

    A target of another file has its place at its class, where this file defines that.
    """
    if target.found_in != module.file:
        return target.model_place if target.subject[0] == module.file else None
    source = outline.texts.get(module.file)
    found = model_ranges.class_of(target, model_ranges.classes(source)) if source else None
    if found and target.place.file == module.file and target.origin == "comment":
        return Place(module.file, found.range)
    if target.place.file == module.file:
        return target.place
    return Place(
        module.file, found.range if found else Range(target.place.range.start, target.place.range.start)
    )


def _commands(app: App, target: Target) -> Iterator[types.Command]:
    module = app.session.documents.module_at(target.found_in)
    uri, name = module.uri if module else uris.from_fs_path(target.found_in) or "", target.name
    status = state(app, target.found_in, target)
    yield types.Command(status, "fullgraph.showReport", arguments=[uri, name])
    if not app.session.trusted:
        return
    yield types.Command("Check", "fullgraph.checkFile", arguments=[uri])
    if target.origin not in WRITTEN:
        yield types.Command("Declare target", "fullgraph.declareTarget", arguments=[uri, name])
    else:
        yield types.Command("Edit inputs", "fullgraph.editInputs", arguments=[uri, name])
    latest = app.session.latest.get(target.found_in)
    checked = latest.of(name) if latest else None
    if checked and checked.facts.exported:
        yield types.Command("Show graph", "fullgraph.showGraph", arguments=[uri, name])
        yield types.Command("Export…", "fullgraph.export", arguments=[uri, name])


def state(app: App, file: str, target: Target) -> str:
    """`exports`, `3 problems`, `checking…`, `not checked`."""
    if app.schedule.is_checking(file, target.name):
        return "checking…"
    latest = app.session.latest.get(file)
    finished = app.session.finished.get(file)
    for traced in (latest, finished):
        checked = traced.of(target.name) if traced else None
        if traced and checked:
            return phrasing.verdict(checked, traced.findings)
        if traced and any(finding.target == target.name for finding in traced.findings):
            return "not checked"
    return "not checked" if app.session.trusted else "not checked: the workspace is not trusted"
