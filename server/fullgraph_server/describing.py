"""What a place of a module is, in words: for hover.

The rule: it answers from the last trace that came to its end, wherever the text has not changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fullgraph.model import Checked, DimFate, Frame, Position, Range, Target, Value

from . import forwards, words
from .documents import Module
from .results import Traced
from .session import Session, Spot
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
    own = [session.settled[file]] if file in session.settled else []
    others = (t for other, t in session.settled.items() if other != file and file in t.values)
    return [*own, *others]


# -- values ------------------------------------------------------------------------------------------


def _value_at(session: Session, module: Module, traced: Traced, position: Position) -> Told | None:
    former = traced.texts.get(module.file)
    if former is None:
        return None
    moves = session.moves(module.file, former)
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
    forms: dict[str, Value] = {}
    for value, _ in found:
        forms.setdefault(long_form(value), value)
    lines = [f"{text}: {next(iter(forms))}"] if len(forms) == 1 else [text, *_each_call(forms)]
    code = "\n".join(["```python", *lines, "```"])
    return "\n\n".join([code, *_symbols(found), *_constants(session, traced, found)])


def _each_call(forms: dict[str, Value]) -> list[str]:
    return [f"# {_calls(value)}: {form}" for form, value in forms.items()]


def _calls(value: Value) -> str:
    numbers = [str(call + 1) for call in value.calls[:6]]
    more = ", …" if len(value.calls) > len(numbers) else ""
    return f"{'call' if len(value.calls) == 1 else 'calls'} {', '.join(numbers)}{more}"


def _symbols(found: list[tuple[Value, Checked]]) -> list[str]:
    """What each name in the shapes is."""
    said = " ".join(f"{value.shape} {value.expression}" for value, _ in found)
    symbols = {s.name: s for _, checked in found for s in checked.facts.symbols if s.name in said}
    if symbols:
        return [words.symbol(each) for each in symbols.values()]
    # A program that does not export has no symbols; what was asked of its dimensions is known all the same.
    fates = {fate.source: fate for _, checked in found for fate in checked.facts.dims}
    asked = (f for f in fates.values() if f.outcome == "dynamic" and (f.asked in said or f.source in said))
    return [words.fate(each) for each in asked]


def _constants(session: Session, traced: Traced, found: list[tuple[Value, Checked]]) -> Iterator[str]:
    """Why a dimension that was to be dynamic is a number, where that number stands in the shape."""
    sizes = {size for value, _ in found for size in value.shape or ()}
    fates = {fate.source: fate for _, checked in found for fate in checked.facts.dims}
    for fate in fates.values():
        if fate.outcome == "constant" and any(str(size) == fate.text for size in sizes):
            yield _decided(session, traced, fate)


def _decided(session: Session, traced: Traced, fate: DimFate) -> str:
    return "; ".join([words.fate(fate), *(_link(session, traced, frame) for frame in fate.frames[:3])])


def _link(session: Session, traced: Traced, frame: Frame) -> str:
    spot = session.spot(frame.place, traced.texts)
    text = " ".join(frame.text.split()) or "this line"
    return f"decided by [`{text}`]({link(spot)})" if spot else f"decided by `{text}`"


def link(spot: Spot) -> str:
    return f"{spot.uri}#L{spot.range.start.line + 1}"


# -- targets -----------------------------------------------------------------------------------------


def _target_at(session: Session, module: Module, traced: Traced, position: Position) -> Told | None:
    former = traced.texts.get(module.file)
    for checked in traced.checked if former else ():
        for place in places(checked.target, traced, module.file):
            moved = session.moves(module.file, former).moved(place) if former else None
            if moved and _holds(moved, position):
                return Told(_target(session, traced, checked), moved)
    return None


def places(target: Target, traced: Traced, file: str) -> Iterator[Range]:
    """The name of the class, what stands for the target, and its spec."""
    source = traced.texts.get(file)
    found = forwards.class_of(target, forwards.classes(source)) if source and target.file == file else None
    if found:
        yield found.range
    for expression in (target.dynamic_shapes, target.args, target.kwargs):
        if expression and expression.place.file == file:
            yield expression.place.range
    if target.place.file == file and target.origin != "comment":
        yield target.place.range


def _target(session: Session, traced: Traced, checked: Checked) -> str:
    facts = checked.facts
    parts = [f"**{checked.target.name}**: {words.verdict(checked, traced.findings)}"]
    if facts.inputs or facts.outputs:
        parts.append(f"```python\n{words.signature(facts)}\n```")
    parts += [_decided(session, traced, fate) for fate in facts.dims]
    if not facts.dims:
        parts += [words.symbol(symbol) for symbol in facts.symbols]
    torch = f" · torch {traced.torch}" if traced.torch else ""
    return "\n\n".join([*parts, f"{facts.seconds:.1f} s{torch}"])
