"""The text of a hover.

The rule: it shows the last finished trace, wherever the text has not changed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fullgraph.model import Checked, Condition, DimFate, Frame, Place, Position, Range, Symbol, Target, Value

from ..session.documents import Module
from ..session.results import Traced
from ..session.session import Session, Spot
from . import model_ranges, phrasing
from .shapes import long_form


@dataclass(frozen=True, slots=True)
class Told:
    """Markdown about a range of the present text."""

    markdown: str
    range: Range


def at(session: Session, module: Module, position: Position) -> Told | None:
    """The innermost thing at a position that something is known of."""
    for traced in about(session, module.file):
        told = _value_at(session, module, traced, position) or _target_at(session, module, traced, position)
        if told:
            return told
    return None


def about(session: Session, file: str) -> list[Traced]:
    """The traces that know of a file, its own first."""
    own = [session.finished[file]] if file in session.finished else []
    others = (t for other, t in session.finished.items() if other != file and file in t.values)
    return [*own, *others]


# -- values ------------------------------------------------------------------------------------------


def _value_at(session: Session, module: Module, traced: Traced, position: Position) -> Told | None:
    former = traced.texts.get(module.file)
    if former is None:
        return None
    moves = session.documents.moves(module.file, former)
    was = moves.back().position(position)
    if was is None:
        return None
    around = [(v, c) for v, c in traced.values.get(module.file, ()) if _holds(v.place.range, was)]
    if not around:
        return None
    inner = max(around, key=lambda pair: _depth(pair[0].place.range))[0].place
    where = moves.moved(inner.range)
    same = [(value, checked) for value, checked in around if value.place == inner]
    text = " ".join(former.between(inner.range).split())
    return Told(_values(session, traced, text, same), where) if where else None


def _holds(where: Range, position: Position) -> bool:
    return where.start <= position <= where.end


def _depth(where: Range) -> tuple[int, int, int, int]:
    """Ranges around one position: the one further in is the greater."""
    return where.start.line, where.start.character, -where.end.line, -where.end.character


def _values(session: Session, traced: Traced, text: str, found: list[tuple[Value, Checked]]) -> str:
    forms: dict[str, tuple[Value, Checked]] = {}
    for value, checked in found:
        forms.setdefault(long_form(value), (value, checked))
    lines = [f"{text}: {next(iter(forms))}"] if len(forms) == 1 else [text, *_each(forms)]
    code = "\n".join(["```python", *lines, "```"])
    told = [*symbols(session, traced, found), *_constants(session, traced, found)]
    return "\n\n".join([code, *told])


def _each(forms: dict[str, tuple[Value, Checked]]) -> list[str]:
    """A line for each value, with the target and the calls that gave it."""
    several = len({checked.target.name for _, checked in forms.values()}) > 1
    return [
        f"# {', '.join(part for part in (phrasing.short_name(c.target) if several else '', _calls(v)) if part)}: {form}"
        for form, (v, c) in forms.items()
    ]


def _calls(value: Value) -> str:
    if not value.calls:
        return ""
    numbers = [str(call + 1) for call in value.calls[:6]]
    more = ", …" if len(value.calls) > len(numbers) else ""
    return f"{'call' if len(value.calls) == 1 else 'calls'} {', '.join(numbers)}{more}"


def symbols(session: Session, traced: Traced, found: list[tuple[Value, Checked]]) -> list[str]:
    """What each name in the shapes is."""
    said = {name for value, _ in found for name in _NAME.findall(f"{value.shape} {value.expression}")}
    text = " ".join(f"{value.shape} {value.expression}" for value, _ in found)
    fates = {fate.source: fate for _, checked in found for fate in checked.facts.dims}
    named = {s.name: s for _, checked in found for s in checked.facts.symbols if _is_said(s.name, said, text)}
    told = [_symbol(each, fates) for each in named.values() if not _is_made(each)]
    told += _made(session, traced, [each for each in named.values() if _is_made(each)])
    # A size of an input whose program does not export may have no symbol; what was asked of it is known.
    known = {*named, *(each.source for each in named.values())}
    unknown = (f for f in fates.values() if f.source not in known and f.asked not in known)
    asked = (f for f in unknown if f.outcome == "dynamic")
    return told + [phrasing.fate(f) for f in asked if f.asked in said or f.source in text]


_NAME = re.compile(r"[^\W\d]\w*")


def _is_said(name: str, said: set[str], text: str) -> bool:
    """`u1` is not said where `u10` is; `x.shape[0]` is no word."""
    return name in said if name.isidentifier() else name in text


def _is_made(one: Symbol) -> bool:
    return bool(one.made_by) and not one.source


def _made(session: Session, traced: Traced, found: list[Symbol]) -> Iterator[str]:
    """What only a run tells; a loop makes one symbol in each round, at one place."""
    by_place: dict[tuple[str, Place | None], list[str]] = {}
    for one in found:
        by_place.setdefault((one.made_by, one.made_at), []).append(one.name)
    for (text, place), names in by_place.items():
        spot = session.spot(place, traced.texts) if place else None
        said = f"`{' '.join(text.split())}`"
        yield phrasing.made(names, f"[{said}]({link(spot)})" if spot else said)


def _symbol(one: Symbol, fates: dict[str, DimFate]) -> str:
    also = [fate.source for fate in fates.values() if fate.asked == one.name and fate.source != one.source]
    line = phrasing.symbol(one, fates.get(one.source or ""), also)
    if one.source:
        return line
    derived = (f for f in fates.values() if one.name in _NAME.findall(f.asked) and f.asked != one.name)
    return "; ".join([line, *(f"`{fate.source}` is `{fate.asked}`" for fate in derived)])


def _constants(session: Session, traced: Traced, found: list[tuple[Value, Checked]]) -> Iterator[str]:
    """Why a dimension that was to be dynamic is a number, where that number stands in the shape."""
    sizes = {size for value, _ in found for size in value.shape or ()}
    fates = {fate.source: fate for _, checked in found for fate in checked.facts.dims}
    for fate in fates.values():
        if fate.outcome == "specialized" and any(str(size) == fate.text for size in sizes):
            yield _decided(session, traced, fate)


def _decided(session: Session, traced: Traced, fate: DimFate) -> str:
    return "; ".join([phrasing.fate(fate), *(_link(session, traced, frame) for frame in fate.frames[:3])])


def _link(session: Session, traced: Traced, frame: Frame) -> str:
    spot = session.spot(frame.place, traced.texts)
    text = " ".join(frame.text.split()) or "this line"
    return f"guard: [`{text}`]({link(spot)})" if spot else f"guard: `{text}`"


def _required(session: Session, traced: Traced, condition: Condition) -> str:
    said = f"the program requires `{condition.text}`"
    return f"{said}; {_link(session, traced, condition.frame)}" if condition.frame else said


def link(spot: Spot) -> str:
    return f"{spot.uri}#L{spot.range.start.line + 1}"


# -- targets -----------------------------------------------------------------------------------------


def _target_at(session: Session, module: Module, traced: Traced, position: Position) -> Told | None:
    former = traced.texts.get(module.file)
    for checked in traced.checked if former else ():
        for place in places(checked.target, traced, module.file):
            moved = session.documents.moves(module.file, former).moved(place) if former else None
            if moved and _holds(moved, position):
                return Told(_target(session, traced, checked), moved)
    return None


def places(target: Target, traced: Traced, file: str) -> Iterator[Range]:
    """The name of the class, what stands for the target, and its spec."""
    source = traced.texts.get(file)
    found = (
        model_ranges.class_of(target, model_ranges.classes(source))
        if source and target.found_in == file
        else None
    )
    if found:
        yield found.range
    for expression in (target.dynamic_shapes, target.args, target.kwargs):
        if expression and expression.place.file == file:
            yield expression.place.range
    if target.place.file == file and target.origin != "comment":
        yield target.place.range


def _target(session: Session, traced: Traced, checked: Checked) -> str:
    facts = checked.facts
    parts = [f"**{checked.target.name}**: {phrasing.verdict(checked, traced.findings)}"]
    if facts.inputs or facts.outputs:
        parts.append(f"```python\n{phrasing.signature(facts)}\n```")
    parts += [_decided(session, traced, fate) for fate in facts.dims]
    if not facts.dims:
        parts += [phrasing.symbol(each) for each in facts.symbols if each.source]
    parts += [_required(session, traced, each) for each in checked.conditions]
    torch = f" · torch {checked.runtime.torch}" if checked.runtime.torch else ""
    return "\n\n".join([*parts, f"{facts.seconds:.1f} s{torch}"])
