"""Inlay hints: shapes after assignments and `return`, and on the parameters of forward."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from fullgraph.model import Checked, Facts, Position, Range, Value
from fullgraph.text.source import SourceText
from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..presentation import hover_text, model_ranges, phrasing
from ..presentation.shapes import long_form, short_form
from ..session.documents import Module, Part, inward
from ..session.results import Traced
from ..session.session import Session

Pairs = list[tuple[Value, Checked]]

_LONGEST = 44
"""Characters of one shape."""
_MOST_OUTPUTS = 3

_RETURN = re.compile(r"\breturn\s*\(?\s*$")


@dataclass(frozen=True, slots=True)
class Hint:
    """A label after a range of the text that was traced; it goes where that range goes."""

    after: Range
    label: str
    tooltip: Callable[[], str]
    """Computed on demand."""


def inlay_hints(app: App, params: types.InlayHintParams) -> list[types.InlayHint]:
    found = app.session.documents.part(params.text_document.uri)
    if found is None or not app.session.folder_of(found[0].file).settings.inlay_hints:
        return []
    module, part = found
    wanted = convert.range_in(part.document.source, params.range, app.client.encoding)
    start, end = inward(part, wanted.start), inward(part, wanted.end)
    shown: dict[Position, types.InlayHint] = {}
    for traced in hover_text.about(app.session, module.file):
        for position, hint in _present(app, module, traced):
            if start <= position <= end and position not in shown:
                shown[position] = _out(app, part, position, hint)
    return list(shown.values())


def _present(app: App, module: Module, traced: Traced) -> Iterator[tuple[Position, Hint]]:
    """The hints of a trace, where they are in the present text."""
    former = traced.texts.get(module.file)
    if former is None:
        return
    moves = app.session.documents.moves(module.file, former)
    for hint in _hints(app.session, traced, module.file, former):
        moved = moves.moved(hint.after)
        if moved:
            yield moved.end, hint


def _hints(session: Session, traced: Traced, file: str, source: SourceText) -> Iterator[Hint]:
    yield from _of_forwards(traced, model_ranges.classes(source) if file == traced.file else ())
    by_place: dict[Range, Pairs] = {}
    for value, checked in traced.values.get(file, ()):
        by_place.setdefault(value.place.range, []).append((value, checked))
    returned = _returned(by_place, source)
    for where, pairs in by_place.items():
        value = pairs[0][0]
        bound = bool(value.binds) and (value.shape is not None or bool(value.expression))
        if bound or where in returned:
            yield _of_values(where, pairs, partial(hover_text.symbols, session, traced, pairs))


def _returned(by_place: Mapping[Range, Pairs], source: SourceText) -> set[Range]:
    """What follows a `return`: of `return (a * b).sum()` the whole, which begins first and ends last.

    Of `return a, b` nothing: the whole is said at forward's head, and `a` would be taken for the whole.
    """
    whole: dict[int, Range] = {}
    for where, pairs in by_place.items():
        line = where.start.line
        if pairs[0][0].shape is None or not _RETURN.search(source.lines[line][: where.start.character]):
            continue
        before = whole.setdefault(line, where)
        if (where.start, before.end) < (before.start, where.end):
            whole[line] = where
    return {where for where in whole.values() if not _goes_on(source, where)}


def _goes_on(source: SourceText, where: Range) -> bool:
    return source.lines[where.end.line][where.end.character :].lstrip().startswith(",")


def _of_values(where: Range, pairs: Pairs, symbols: Callable[[], list[str]]) -> Hint:
    values = [value for value, _ in pairs]
    label = _label([short_form(value) for value in values])
    return Hint(where, label, lambda: "\n\n".join([*dict.fromkeys(map(long_form, values)), *symbols()]))


def _label(forms: Iterable[str]) -> str:
    """The first of several values, with a sign that there are others."""
    first, *others = map(_cut, dict.fromkeys(forms))
    return f"{first} …" if others and not first.endswith("…") else first


def _cut(label: str) -> str:
    """A hint stands within somebody's line: what is long is in its tooltip."""
    longest = _LONGEST * (_MOST_OUTPUTS if label.startswith("(") else 1)
    return label if len(label) <= longest else f"{label[: longest - 2].rstrip(' ,')} …"


def _of_forwards(traced: Traced, found: tuple[model_ranges.Class, ...]) -> Iterator[Hint]:
    """At the heads of forwards: of several targets of one class all that differ."""
    by_head: dict[model_ranges.Forward, list[Checked]] = {}
    for checked in traced.checked:
        own = model_ranges.class_of(checked.target, found)
        if own and own.forward:
            by_head.setdefault(own.forward, []).append(checked)
    for forward, targets in by_head.items():
        yield from _of_forward(targets, forward)


def _of_forward(targets: list[Checked], forward: model_ranges.Forward) -> Iterator[Hint]:
    for name, where in forward.parameters:
        given = [tensor for each in targets for tensor in each.facts.inputs if tensor.name == name]
        if given:
            yield Hint(where, _label(map(short_form, given)), partial(_lines, map(phrasing.tensor, given)))
    reached = [each.facts for each in targets if each.facts.outputs]
    if reached:
        label = _label(_outputs(facts) for facts in reached)
        tooltip = partial(_lines, map(phrasing.signature, reached))
        yield Hint(Range(forward.returns, forward.returns), f"→ {label}", tooltip)


def _lines(texts: Iterable[str]) -> str:
    return "\n\n".join(dict.fromkeys(texts))


def _outputs(facts: Facts) -> str:
    forms = [_cut(short_form(each)) for each in facts.outputs[:_MOST_OUTPUTS]]
    more = ["…"] if len(facts.outputs) > _MOST_OUTPUTS else []
    return forms[0] if len(facts.outputs) == 1 else f"({', '.join([*forms, *more])})"


def _out(app: App, part: Part, position: Position, hint: Hint) -> types.InlayHint:
    here = Position(position.line - part.line, position.character)
    return types.InlayHint(
        position=convert.position_out(part.document.source, here, app.client.encoding),
        label=hint.label if hint.label.startswith("→") else f": {hint.label}",
        kind=types.InlayHintKind.Type,
        tooltip=hint.tooltip(),
        padding_left=hint.label.startswith("→"),
    )
