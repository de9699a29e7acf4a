"""One look at one text: what was found, what was worked out already, and how much more may be.

Everything is bounded: a text that would take long is followed less far, and then nothing is said of the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..model import Finding, Place
from .domain import Value
from .frames import Frame
from .scopes import ClassScope, Function, Workspace

_MOST_CALLS = 3000
_DEEPEST = 8
_LONGEST = 60

Evaluate = Callable[[ast.expr, Frame, "AnalysisContext"], Value]
Call = Callable[[Function, "Arguments", Frame, "AnalysisContext"], Value]


class Arguments(NamedTuple):
    """What a call gives. `open`: with a star, so that more may come than is said here.

    A tuple, since one is made for each call of a text, and a frozen dataclass takes three times as long.
    """

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    open: bool = False

    @property
    def values(self) -> tuple[Value, ...]:
        return (*self.positional, *(value for _, value in self.keywords))

    def get(self, index: int, name: str) -> Value | None:
        if index < len(self.positional):
            return self.positional[index]
        return next((value for key, value in self.keywords if key == name), None)


@dataclass(slots=True)
class Attributes:
    """What `__init__` leaves in an object.

    `buffers` are registered by name, `empty` are containers that hold nothing then, and `plain` tensors
    that are neither parameters nor buffers.
    """

    values: dict[str, Value] = field(default_factory=dict)
    buffers: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)


@dataclass(slots=True)
class AnalysisContext:
    """`evaluate` and `call` are the parts that lead around in a circle: an expression calls a function."""

    workspace: Workspace
    evaluate: Evaluate
    call: Call
    found: dict[tuple[str, Place], Finding] = field(default_factory=dict)
    attributes: dict[ClassScope, Attributes] = field(default_factory=dict)
    stored: dict[tuple[ClassScope, str], Value] = field(default_factory=dict)
    done: dict[object, Value] = field(default_factory=dict)
    active: list[object] = field(default_factory=list)
    root: ClassScope | None = None  # the class whose forward is looked at
    building: Attributes | None = None  # what an `__init__` that is looked at fills
    calls: int = 0

    def may_call(self, node: object) -> bool:
        return self.calls < _MOST_CALLS and len(self.active) < _DEEPEST and node not in self.active

    def report(self, rule: str, node: ast.expr, says: str, hint: str, frame: Frame) -> None:
        """Notes a finding; `says` has the place of the expression's own text as `{}`."""
        if frame.quiet or self.building is not None:
            return
        source = frame.scope.source
        where = source.range_of(node)
        place = source.place(where)
        text = " ".join(source.between(where).split())
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        message = f"{says.replace('{}', f'`{short}`')} (static analysis, not confirmed by a trace)"
        self.found.setdefault((rule, place), Finding(rule, "information", message, place, hint=hint))
