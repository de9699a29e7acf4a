"""Targets that `fullgraph record` noted: `.fullgraph/recorded.json`, read.

Of each way a model was built, the first form of its calls is the example; where other calls of that form had
other sizes, those dimensions are dynamic, as torch's AdditionalInputs has it. What the text says no longer
(the class is gone, its forward takes other arguments) is told at the entry, and not used.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ...model import Expression, Finding, Place, Range
from ...python.binding import scopes
from ...python.syntax.statements import Function
from ...text.messages import target_error
from ...text.source import SourceText, SyntaxProblem, parse_expression
from ..classes.classes import Class, classes
from ..finder import Discovered, Finder, Module, Recorded
from ..inputs.recorded_calls import Example, example_of
from .convention import conventional, place_of

VERSION = 1
_AGAIN = "record it again with `fullgraph record`, or remove the entry"


@dataclass(frozen=True, slots=True)
class ReadRecording:
    """What a recorded.json says, and what is wrong in it."""

    entries: tuple[Recorded, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_recording(source: SourceText, root: str) -> ReadRecording:
    """The entries of a recorded.json; empty text has none, and a mistake is a finding at its place."""
    if not source.text.strip():
        return ReadRecording()
    try:
        document = json.loads(source.normal)
    except (ValueError, RecursionError) as error:
        place = _at(source, getattr(error, "pos", 0))
        return ReadRecording(findings=(target_error(f"syntax error: {error}", place, _RECORD),))
    version = document.get("version") if isinstance(document, dict) else None
    if version != VERSION or not isinstance(document.get("entries"), list):
        said = f"recording of version {version}" if version not in (None, VERSION) else "not a recording"
        place = _at(source, max(0, source.normal.find('"version"')))
        return ReadRecording(
            findings=(target_error(f"{said}: this Fullgraph supports version 1", place, _RECORD),)
        )
    entries: list[Recorded] = []
    findings: list[Finding] = []
    for entry, place in zip(document["entries"], _places(source), strict=False):
        if _is_entry(entry):
            file = str(PurePath(root, *PurePath(entry["file"]).parts))
            calls = tuple(entry["calls"])
            entries.append(
                Recorded(file, entry["class"], entry["model"], tuple(entry["forward"]), calls, place)
            )
        else:
            findings.append(target_error("malformed entry", place, _AGAIN))
    return ReadRecording(tuple(entries), tuple(findings))


_RECORD = "delete the file and run `fullgraph record` again"


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in ("file", "class"))
        and isinstance(entry.get("model"), str | None)
        and all(isinstance(entry.get(name), list) for name in ("forward", "calls"))
        and all(isinstance(each, str) for each in entry["forward"])
        and all(_is_call(each) for each in entry["calls"])
        and bool(entry["calls"])
    )


def _is_call(call: Any) -> bool:
    known = isinstance(call, dict) and isinstance(call.get("args"), list)
    return known and isinstance(call.get("kwargs"), dict)


def _places(source: SourceText) -> Iterator[Place]:
    """Where each element of `entries` stands, by its first line with words on it."""
    text, decoder = source.normal, json.JSONDecoder()
    at = text.find("[", text.find('"entries"')) + 1
    while True:
        while at < len(text) and text[at] in " \t\n\r,":
            at += 1
        if at >= len(text) or text[at] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        named = text.find('"class"', at, end)
        yield _at(source, named if named >= 0 else at)
        at = end


def _at(source: SourceText, offset: int) -> Place:
    start = source.position_at(min(offset, len(source.normal)))
    line = source.lines[start.line]
    return source.place(source.visible(Range(start, type(start)(start.line, len(line.rstrip(", "))))))


# -- targets -----------------------------------------------------------------------------------------


def find(module: Module) -> Discovered:
    if not module.recorded:
        return Discovered()
    known = {each.name: each for each in classes(module)}
    return sum((_found(entry, known, module) for entry in module.recorded), Discovered())


def _found(entry: Recorded, known: Mapping[str, Class], module: Module) -> Discovered:
    model = known.get(entry.name)
    if model is None:
        file = PurePath(entry.file).name
        return _stale(entry, f"stale recording: {file} no longer defines `{entry.name}`")
    forward = model.method("forward")
    if forward is not None and (now := _parameters(forward)) != entry.forward:
        was, is_ = (", ".join(each) for each in (entry.forward, now))
        return _stale(entry, f"stale recording: `{entry.name}.forward` took ({was}), and now takes ({is_})")
    if entry.model is None:
        return Discovered()
    if wrong := _wrong_construction(entry.model, model):
        return _stale(entry, wrong)
    example = example_of(entry, has_rest=forward is None or forward.args.vararg is not None)
    return Discovered((_target(entry, entry.model, example, model, module),) if example else ())


def _target(entry: Recorded, built: str, example: Example, model: Class, module: Module) -> Any:
    place = place_of(model.node, module)

    def said(text: str) -> Expression | None:
        return Expression(text, place) if text else None

    return conventional(
        module,
        "recorded",
        model.node,
        f"{built}.eval()",
        args=said(example.args),
        kwargs=said(example.kwargs),
        dynamic_shapes=said(example.dynamic_shapes),
        model_class=entry.name,
    )


def gone(entry: Recorded) -> Finding:
    """What is said of an entry whose file is not there."""
    message = f"stale recording: {entry.file}, the file of `{entry.name}`, no longer exists"
    return target_error(message, entry.place, _AGAIN)


def _stale(entry: Recorded, message: str) -> Discovered:
    return Discovered(findings=(Finding("target-error", "warning", message, entry.place, hint=_AGAIN),))


def _parameters(forward: Function) -> tuple[str, ...]:
    given = forward.args
    front = [each.arg for each in scopes.positional(given)][1:]
    rest = [given.vararg.arg] if given.vararg else []
    named = [given.kwarg.arg] if given.kwarg else []
    return (*front, *rest, *(each.arg for each in given.kwonlyargs), *named)


def _wrong_construction(text: str, model: Class) -> str:
    """Why a recorded `Net(d=8)` does not build the class as it is now; empty where it may."""
    tree = parse_expression(text)
    if isinstance(tree, SyntaxProblem) or not isinstance(tree.body, ast.Call):
        return f"`{text}` does not construct a class"
    init = model.method("__init__")
    if init is None:
        return ""
    taken: Sequence[str] = _parameters(init)
    given = [each.arg for each in tree.body.keywords if each.arg]
    unknown = [name for name in given if name not in taken and init.args.kwarg is None]
    missing = [name for name in model.required() if name not in given and not tree.body.args]
    if unknown:
        return f"stale recording: `{model.name}` no longer takes `{unknown[0]}`, as in `{text}`"
    return f"stale recording: `{model.name}` now requires `{missing[0]}`, not in `{text}`" if missing else ""


FINDER = Finder("recorded", "recorded", "recorded from a run", find)
