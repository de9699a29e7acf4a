"""One dimension's contradiction with the spec, from all guards on it at once.

torch names one guard after the other, and suggests a Dim that the next one refuses (`Dim('c', min=4)` for
`c // 4 != 1`), or a constant where its solver does not go on. What the guards admit is found by trying sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ...model import Frame, SuggestedDim
from ..torch_compat import wording
from .admitted_sizes import SMALLEST, Admitted, Span, admitted, excludes
from .shape_env_log import Guard, ShapeEnvLog

Kind = Literal["range", "relation", "specialized"]


@dataclass(frozen=True)
class Asked:
    """A dimension of the spec: its name, the sizes that the spec gives it, and that of the example."""

    name: str
    within: Span
    example: int


@dataclass(frozen=True)
class Solved:
    """What the guards on one dimension admit, as a fact says it."""

    kind: Kind
    allowed: str
    suggested: SuggestedDim | None
    frame: Frame | None


def suggested_dim(text: str) -> SuggestedDim | None:
    """torch's suggestion, where it is a Dim and no relation."""
    if not text.startswith("Dim("):
        return None
    lower, upper = wording.SUGGESTED_LOWER.search(text), wording.SUGGESTED_UPPER.search(text)
    return SuggestedDim(
        wording.NO_BOUND.sub("", text), int(lower[1]) if lower else None, int(upper[1]) if upper else None
    )


def declared(spec: Any) -> Span:
    """The sizes of a Dim or a hint, without those that torch gives no dynamic size."""
    lower, upper = getattr(spec, "min", None), getattr(spec, "max", None)
    least = max(SMALLEST, lower) if isinstance(lower, int) else SMALLEST
    return Span(least, upper if isinstance(upper, int) else None)


def solved(log: ShapeEnvLog, symbol: Any, asked: Asked, suggestion: str) -> Solved | None:
    """What the guards on a symbol leave of what was asked; None where torch's own words tell more.

    `suggestion` is torch's: one that is no Dim says that torch cannot prove the guards for a named range.
    """
    final = log.final(symbol)
    if not getattr(final, "is_Symbol", False):
        return None
    guards = _on(log, final)
    # A bound that follows from another dimension (`m = n + 1`, and `m` is at most 64) is no guard on this one.
    within = _narrowed(asked.within, suggested_dim(suggestion))
    found = admitted([guard.expression for guard in guards], final, asked.example, within)
    if found is None:
        return None
    frame = _deciding(guards, final, found, asked)
    if found.constant:
        return Solved("specialized", str(found.span.lower), None, frame)
    if found.step > 1:
        return Solved("relation", _class(asked.name, found), _bounds(found.span, ""), frame)
    return Solved("range", *_range(asked, found.span, suggestion), frame)


def _narrowed(span: Span, to: SuggestedDim | None) -> Span:
    lower, upper = (to.lower, to.upper) if to is not None else (None, None)
    uppers = [each for each in (span.upper, upper) if each is not None]
    return Span(max(span.lower, lower or span.lower), min(uppers, default=None))


def _on(log: ShapeEnvLog, symbol: Any) -> list[Guard]:
    final = (Guard(log.final(guard.expression), guard.frame) for guard in log.guards)
    return [guard for guard in final if getattr(guard.expression, "free_symbols", None) == {symbol}]


def _deciding(guards: list[Guard], symbol: Any, found: Admitted, asked: Asked) -> Frame | None:
    """The guard that excludes sizes of the spec: the first one, or of a constant the one that leaves no other."""
    if found.constant:
        return next(
            (guards[n].frame for n in range(len(guards)) if _pins(guards[: n + 1], symbol, asked)), None
        )
    placed = [guard for guard in guards if guard.frame is not None]
    excluding = (each for each in placed if excludes(each.expression, symbol, found, asked.within))
    first = next(excluding, placed[0] if placed else None)
    return first.frame if first else None


def _pins(guards: list[Guard], symbol: Any, asked: Asked) -> bool:
    found = admitted([guard.expression for guard in guards], symbol, asked.example, asked.within)
    return found is not None and found.constant


def _class(name: str, found: Admitted) -> str:
    """`4*_n`, `2*_n + 1`."""
    rest = f" + {found.rest}" if found.rest else ""
    return f"{found.step}*_{name}{rest}"


def _range(asked: Asked, span: Span, suggestion: str) -> tuple[str, SuggestedDim]:
    lower = [f"min={span.lower}"] if span.lower > SMALLEST else []
    arguments = [*lower, *([f"max={span.upper}"] if span.upper is not None else [])]
    parts = [f"{span.lower} <= {asked.name}"] if lower else []
    parts += [f"{asked.name} <= {span.upper}"] if span.upper is not None else []
    unproved = span == asked.within or (suggestion and not suggestion.startswith("Dim("))
    bounds = ", ".join(arguments)
    text = f"Dim({', '.join((repr(asked.name), *arguments))})"
    if unproved or not asked.name.isidentifier():
        text = f"Dim.DYNAMIC({bounds})" if bounds else "Dim.DYNAMIC"
    return " and ".join(parts), _bounds(span, text)


def _bounds(span: Span, text: str) -> SuggestedDim:
    return SuggestedDim(text, span.lower, span.upper)
