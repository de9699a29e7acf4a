"""Custom requests, `fullgraph/…`, for clients with views of their own."""

from __future__ import annotations

from typing import Any, cast, get_args

from fullgraph.check.plan import CannotRun
from fullgraph.model import DescribeProgram, Level
from fullgraph.workers import TraceCancelledError
from pygls.exceptions import JsonRpcInvalidParams

from ..app import App
from ..lsp.untyped_json import plain
from ..presentation import models as presentation_models
from ..presentation import phrasing
from ..presentation.responses import Json, Reporting


def targets(app: App, params: Any) -> list[Json]:
    """All targets that are known, or those of one document."""
    uri = plain(params).get("uri")
    wanted = app.session.documents.file_of(str(uri)) if uri else None
    reporting = Reporting(app.session, app.client.encoding)
    return [
        reporting.target(
            target, outline, app.session.shown(file), checking=app.schedule.is_checking(file, target.name)
        )
        for file, outline in list(app.session.outlines.items())
        if wanted in (None, file)
        for target in outline.targets
    ]


def models(app: App, _params: Any) -> Json:
    """The models of each folder, whether or not anything came of them yet."""
    found = presentation_models.folders(app.session, app.schedule.is_checking, app.client.encoding)
    return {"folders": found}


def report(app: App, params: Any) -> Json | None:
    """What came of one target; null where it was not checked yet."""
    said = plain(params)
    traced = app.session.shown(app.session.documents.file_of(str(said.get("uri"))))
    checked = traced.of(str(said.get("target"))) if traced else None
    if traced is None or checked is None:
        return None
    return Reporting(app.session, app.client.encoding).report(checked, traced)


def level_of(said: object) -> Level:
    for level in get_args(Level):
        if said == level:
            return cast("Level", level)
    if said is None:
        return "training"
    raise JsonRpcInvalidParams(f"`level` must be one of {', '.join(get_args(Level))}")


async def graph(app: App, params: Any) -> Json:
    """The program of one target, at a level."""
    said = plain(params)
    level = level_of(said.get("level"))
    file = app.session.documents.file_of(str(said.get("uri")))
    try:
        traced = await app.schedule.on_demand.program(file, str(said.get("target")), DescribeProgram(level))
    except CannotRun as reason:
        raise JsonRpcInvalidParams(phrasing.refusal(reason)) from reason
    except TraceCancelledError as error:
        raise JsonRpcInvalidParams("canceled") from error
    return Reporting(app.session, app.client.encoding).program(traced.checked[0], traced, level)
