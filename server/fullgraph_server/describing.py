"""What a place of a module is, in words: for hover."""

from __future__ import annotations

from dataclasses import dataclass

from fullgraph.model import Checked, Position, Range, Symbol, Value

from .documents import Module
from .results import Traced
from .session import Session
from .shapes import long_form


@dataclass(frozen=True, slots=True)
class Told:
    """Markdown about a range of the present text."""

    markdown: str
    range: Range


def at(session: Session, module: Module, position: Position) -> Told | None:
    """The innermost thing at a position that something is known of."""
    for traced in _about(session, module.file):
        told = _value_at(session, module, traced, position)
        if told:
            return told
    return None


def _about(session: Session, file: str) -> list[Traced]:
    """The traces that know of a file, its own first."""
    own = [session.settled[file]] if file in session.settled else []
    return own + [
        traced for other, traced in session.settled.items() if other != file and file in traced.values
    ]


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
    inner = max(around, key=lambda pair: (pair[0].place.range.start, _backwards(pair[0].place.range.end)))[
        0
    ].place
    where = moves.moved(inner.range)
    same = [(value, checked) for value, checked in around if value.place == inner]
    return Told(_values(former.between(inner.range), same), where) if where else None


def _holds(where: Range, position: Position) -> bool:
    return where.start <= position <= where.end


def _backwards(position: Position) -> tuple[int, int]:
    return -position.line, -position.character


def _values(text: str, found: list[tuple[Value, Checked]]) -> str:
    title = " ".join(text.split())
    forms: dict[str, Value] = {}
    for value, _ in found:
        forms.setdefault(long_form(value), value)
    lines = ["```python"]
    if len(forms) == 1:
        lines.append(f"{title}: {next(iter(forms))}")
    else:
        lines.append(title)
        lines += [f"# {_calls(value)}: {form}" for form, value in forms.items()]
    lines.append("```")
    return "\n".join([*lines, *_symbols(found)])


def _calls(value: Value) -> str:
    numbers = [str(call + 1) for call in value.calls[:6]]
    more = ", …" if len(value.calls) > len(numbers) else ""
    return f"call {', '.join(numbers)}{more}"


def _symbols(found: list[tuple[Value, Checked]]) -> list[str]:
    """What each name in the shapes is."""
    words = " ".join(f"{value.shape} {value.expression}" for value, _ in found)
    symbols = {s.name: s for _, checked in found for s in checked.facts.symbols if s.name in words}
    return [f"\n{_symbol(symbol)}" for symbol in symbols.values()]


def _symbol(symbol: Symbol) -> str:
    lower = "-∞" if symbol.lower is None else symbol.lower
    upper = "∞" if symbol.upper is None else symbol.upper
    source = f" is `{symbol.source}`" if symbol.source and symbol.source != symbol.name else ""
    made = f" is the value of `{symbol.made_by}`" if symbol.made_by else ""
    return f"`{symbol.name}`{source or made}, {lower} … {upper}"
