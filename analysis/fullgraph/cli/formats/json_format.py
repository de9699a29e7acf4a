"""The stable format for programs, described in docs/json.md and by docs/check.schema.json.

Keys are added and never changed: what reads version 1 today reads every later output that says
version 1. Lines and characters count from 0, characters in Unicode code points.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ...model import (
    Assumed,
    Checked,
    Condition,
    DimFate,
    Edit,
    Ended,
    Finding,
    Fix,
    InferredInputs,
    Place,
    Position,
    Range,
    Related,
    Report,
    RunAs,
    StartFailure,
    Symbol,
    Target,
    Tensor,
)
from ..screen.visible import well_formed
from .coverage_json import coverage_json
from .view import Json, View, relative

VERSION = 1


def render(report: Report, view: View) -> str:
    """One JSON object, in ASCII, so that no encoding of the output can break it."""
    return well_formed_json(document(report, view)) + "\n"


def document(report: Report, view: View) -> Json:
    return {
        "version": VERSION,
        "targets": [_target(checked, view) for checked in report.targets],
        "findings": [_finding(finding, view) for finding in report.findings],
        **coverage_json(report, view),
        "ended": _ended(report.ended) if report.ended else None,
        "start_failure": None,
    }


def start_failure(failure: StartFailure, view: View) -> str:
    """The document of a check that found no interpreter to trace in."""
    said = {**asdict(failure), "remedy": failure.remedy}
    return well_formed_json({**document(Report(), view), "start_failure": said}) + "\n"


def well_formed_json(value: object) -> str:
    return json.dumps(_cleaned(value), indent=2, ensure_ascii=True)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _target(checked: Checked, view: View) -> Json:
    target, facts = checked.target, checked.facts
    return {
        "name": target.name,
        "file": _file(target.found_in, view),
        # A target of pyproject.toml is said in another file than its module, where no line stands for it.
        "line": target.place.range.start.line if target.place.file == target.found_in else 0,
        "origin": target.origin,
        "location": _place(target.place, view),
        "status": checked.status,
        "python": checked.runtime.python,
        "torch": checked.runtime.torch,
        "seconds": round(facts.seconds, 3),
        "inputs": [_tensor(tensor) for tensor in facts.inputs],
        "outputs": [_tensor(tensor) for tensor in facts.outputs],
        "symbols": {symbol.name: _symbol(symbol) for symbol in facts.symbols},
        "dimensions": [_dim(fate, view) for fate in facts.dims],
        "conditions": [_condition(each, view) for each in checked.conditions],
        "lost": [{"name": lost.name, "observation": lost.observation} for lost in facts.lost],
        "inferred": _inferred(facts.inferred) if facts.inferred else None,
        "assumed": [_assumed(each, view) for each in facts.assumed],
        "run_as": run_as(target.run_as, view) if target.run_as else None,
        "context": context(target, view),
    }


def _inferred(inferred: InferredInputs) -> Json:
    return {"args": inferred.args, "kwargs": inferred.kwargs, "dynamic_shapes": inferred.dynamic_shapes}


def run_as(known: RunAs, view: View) -> Json:
    """The arguments that a script is run with, and where they are from."""
    place = _place(known.place, view) if known.place else None
    return {"arguments": list(known.arguments), "location": place}


def context(target: Target, view: View) -> list[Json]:
    """What the target's call stands in, outermost first."""
    return [{"text": each.text, "location": _place(each.place, view)} for each in target.context]


def _assumed(assumed: Assumed, view: View) -> Json:
    place = _place(assumed.place, view) if assumed.place else None
    return {"kind": assumed.kind, "what": assumed.what, "by": assumed.by, "location": place}


def _tensor(tensor: Tensor) -> Json:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape)}


def _symbol(symbol: Symbol) -> Json:
    return {"source": symbol.source, "range": [symbol.lower, symbol.upper]}


def _dim(fate: DimFate, view: View) -> Json:
    return {
        "source": fate.source,
        "requested": fate.asked,
        "outcome": fate.outcome,
        "size": fate.text,
        "range": [fate.lower, fate.upper],
        "guards": [_place(frame.place, view) for frame in fate.frames],
    }


def _condition(condition: Condition, view: View) -> Json:
    return {
        "text": condition.text,
        "sizes": list(condition.sizes),
        "guards": list(condition.guards),
        "location": _place(condition.frame.place, view) if condition.frame else None,
    }


def _finding(finding: Finding, view: View) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        **_place(finding.place, view),
        "target": finding.target,
        "targets": list(finding.targets),
        "hint": finding.hint,
        "link": finding.link,
        "by_hand": asdict(finding.by_hand) if finding.by_hand else None,
        "related": [_related(related, view) for related in finding.related],
        "fixes": [_fix(fix, view) for fix in finding.fixes],
    }


def _ended(ended: Ended) -> Json:
    return {
        "reason": ended.reason,
        "unreached": [target.name for target in ended.unreached],
        "fixes": ended.fixes,
    }


def _related(related: Related, view: View) -> Json:
    return {"message": related.message, **_place(related.place, view)}


def _fix(fix: Fix, view: View) -> Json:
    return {
        "title": fix.title,
        "verdict": fix.verdict.kind,
        "reason": fix.verdict.reason,
        "preferred": fix.preferred,
        "gives_up": fix.gives_up or None,
        "edits": [_edit(edit, view) for edit in fix.edits],
    }


def _edit(edit: Edit, view: View) -> Json:
    return {**_place(edit.place, view), "new_text": edit.new_text}


def _place(place: Place, view: View) -> Json:
    return {"file": _file(place.file, view), "range": _range(place.range)}


def _range(range_: Range) -> Json:
    return {"start": _position(range_.start), "end": _position(range_.end)}


def _position(position: Position) -> Json:
    return {"line": position.line, "character": position.character}


def _file(file: str, view: View) -> str:
    return relative(file, view.base).as_posix()
