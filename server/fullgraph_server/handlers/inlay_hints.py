"""Shapes after assignments and `return`, and on the arguments of forward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fullgraph.model import Checked, Position, Range, Value
from fullgraph.source import SourceText
from lsprotocol import types

from .. import convert, describing, forwards, words
from ..app import App
from ..documents import Module, Part, inward
from ..results import Traced
from ..shapes import long_form, short_form

_RETURN = re.compile(r"\breturn\s*\(?\s*$")


@dataclass(frozen=True, slots=True)
class Hint:
    """A label after a range of the text that was traced; it goes where that range goes."""

    after: Range
    label: str
    tooltip: str


def inlay_hints(app: App, params: types.InlayHintParams) -> list[types.InlayHint]:
    found = app.session.part(params.text_document.uri)
    if found is None or not app.session.folder_of(found[0].file).settings.inlay_hints:
        return []
    module, part = found
    wanted = convert.range_in(part.document.source, params.range, app.encoding)
    start, end = inward(part, wanted.start), inward(part, wanted.end)
    shown: dict[Position, types.InlayHint] = {}
    for traced in describing.about(app.session, module.file):
        for position, hint in _present(app, module, traced):
            if start <= position <= end and position not in shown:
                shown[position] = _out(app, part, position, hint)
    return list(shown.values())


def _present(app: App, module: Module, traced: Traced) -> Iterator[tuple[Position, Hint]]:
    """The hints of a trace, where they are in the present text."""
    former = traced.texts.get(module.file)
    if former is None:
        return
    moves = app.session.moves(module.file, former)
    for hint in _hints(traced, module.file, former):
        moved = moves.moved(hint.after)
        if moved:
            yield moved.end, hint


def _hints(traced: Traced, file: str, source: SourceText) -> Iterator[Hint]:
    found = forwards.classes(source) if file == traced.file else ()
    for checked in traced.checked:
        own = forwards.class_of(checked.target, found)
        if own and own.forward:
            yield from _of_forward(checked, own.forward)
    by_place: dict[Range, list[Value]] = {}
    for value, _ in traced.values.get(file, ()):
        by_place.setdefault(value.place.range, []).append(value)
    # Of `return f(x) * x`, the whole: `f(x)` begins at the same place.
    longest = {where.start: where for where in sorted(by_place)}
    for where, values in by_place.items():
        if _is_shown(values[0], where, source) and (values[0].binds or where == longest[where.start]):
            yield _of_values(where, values)


def _is_shown(value: Value, where: Range, source: SourceText) -> bool:
    if value.shape is None:
        return bool(value.binds) and bool(value.expression)
    return bool(value.binds) or bool(_RETURN.search(source.lines[where.start.line][: where.start.character]))


def _of_values(where: Range, values: list[Value]) -> Hint:
    forms = list(dict.fromkeys(map(short_form, values)))
    label = forms[0] if len(forms) == 1 else f"{forms[0]} …"
    return Hint(where, label, "\n".join(dict.fromkeys(map(long_form, values))))


def _of_forward(checked: Checked, forward: forwards.Forward) -> Iterator[Hint]:
    inputs = {tensor.name: tensor for tensor in checked.facts.inputs}
    for name, where in forward.parameters:
        if name in inputs:
            yield Hint(where, short_form(inputs[name]), words.tensor(inputs[name]))
    outputs = checked.facts.outputs
    if outputs:
        label = ", ".join(map(short_form, outputs))
        label = label if len(outputs) == 1 else f"({label})"
        yield Hint(Range(forward.returns, forward.returns), f"→ {label}", words.signature(checked.facts))


def _out(app: App, part: Part, position: Position, hint: Hint) -> types.InlayHint:
    here = Position(position.line - part.line, position.character)
    return types.InlayHint(
        position=convert.position_out(part.document.source, here, app.encoding),
        label=hint.label if hint.label.startswith("→") else f": {hint.label}",
        kind=types.InlayHintKind.Type,
        tooltip=hint.tooltip,
        padding_left=hint.label.startswith("→"),
    )
