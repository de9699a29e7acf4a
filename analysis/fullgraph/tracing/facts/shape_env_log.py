"""Notes what happens while torch traces, and where in the user's source; changes nothing of it.

The hooks sit on the few functions of the shape environment through which every
guard, replacement and fresh symbol goes. They take the frame cheaply (no symbolised
stacks: that is what makes `draft_export` slow) and hold sympy values until the trace is over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from ...model import Frame
from ..locations.source_locations import UserCode
from ..torch_compat import dynamo, shape_env, symbols
from .naming import Names, user_source


@dataclass(frozen=True)
class Guard:
    """torch needed `expression` to be true for the program that it recorded."""

    expression: Any
    frame: Frame | None


@dataclass(frozen=True)
class Replacement:
    """torch found that `symbol` is always `by`: a number, or an expression of other symbols."""

    symbol: Any
    by: Any
    frame: Frame | None


@dataclass(frozen=True)
class Checkpoint:
    """A moment of the trace: how many guards and replacements there were."""

    guards: int
    replacements: int


@dataclass
class ShapeEnvLog:
    """What torch's `ShapeEnv` did during one export: guards, replacements, unbacked symbols."""

    user_code: UserCode
    env: shape_env.ShapeEnv | None = None
    given: Mapping[str, str] = field(default_factory=dict)  # names that the spec gives, by torch's source
    guards: list[Guard] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    made: dict[Any, Frame | None] = field(default_factory=dict)
    sizes: dict[Any, str] = field(default_factory=dict)  # unbacked symbols that are sizes of inputs (2.14)
    leaves: tuple[str, ...] = ()  # the inputs' names, in the order of the flattened inputs

    @property
    def names(self) -> Names:
        return Names(self.env, self.made, self.given, self.sizes, self.leaves)

    def inputs(self) -> Mapping[str, Any]:
        """The traced inputs by the user's names, also of a trace that failed after it had made them."""
        tracked = shape_env.tracked_inputs(self.env)
        named = {user_source(source, self.leaves): fake for source, fake in tracked.items()}
        # In strict mode parameters are inputs of what Dynamo traces.
        return {name: fake for name, fake in named.items() if not self.leaves or name in self.leaves}

    def watching(self) -> contextlib.AbstractContextManager[None]:
        """For as long as it is entered, everything torch traces in this process is noted."""
        return shape_env.observed_by(self)

    def environment(self, env: shape_env.ShapeEnv) -> None:
        # Dynamo, inside a `torch.cond`, has an environment of its own; the export's comes first.
        self.env = self.env or env

    def guard(self, expression: Any) -> None:
        self.guards.append(Guard(expression, self._here()))

    def replacement(self, symbol: Any, by: Any) -> None:
        self.replacements.append(Replacement(symbol, by, self._here()))

    def symbol_made(self, number: Any, source: Any) -> None:
        for symbol in symbols.expression(number).free_symbols:
            self.made[symbol] = self._here()
            if source is not None:
                self.sizes[symbol] = shape_env.source_name(source)

    def _here(self) -> Frame | None:
        """Where the program is: the user's, or the library's that it is all made of."""
        there = self.user_code
        return there.here() or there.of_summaries(dynamo.stack()) or there.library_here()

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(len(self.guards), len(self.replacements))

    def frames_until(self, mark: Checkpoint) -> set[Frame | None]:
        """Where guards and replacements came from, up to a moment."""
        guards, replacements = self.guards[: mark.guards], self.replacements[: mark.replacements]
        return {guard.frame for guard in guards} | {replacement.frame for replacement in replacements}

    def final(self, expression: Any) -> Any:
        """An expression in the symbols that are left at the end: `s17` may have become `s77 + 1`, or 4."""
        if self.env is None or not isinstance(expression, sympy.Basic):
            return expression
        return shape_env.final(self.env, expression)

    def decided(self, symbol: Any) -> Frame | None:
        """Where `symbol` became a constant: its own replacement, or that of what it was replaced by."""
        chain = {symbol}
        for replacement in self.replacements:
            if replacement.symbol not in chain:
                continue
            if not replacement.by.free_symbols:
                return replacement.frame
            chain |= replacement.by.free_symbols
        return self.first_guard(symbol)

    def first_guard(self, symbol: Any, *kinds: type) -> Frame | None:
        """The first user's frame that needed something of `symbol` (and the guard has one of `kinds`)."""
        same = self._same(symbol)
        for guard in self.guards:
            if same.isdisjoint(guard.expression.free_symbols) or guard.frame is None:
                continue
            if not kinds or isinstance(guard.expression, kinds) or guard.expression.has(*kinds):
                return guard.frame
        return None

    def _same(self, symbol: Any) -> set[Any]:
        """The symbols that were found to be equal: two inputs with one batch begin with a symbol each."""
        final = self.final(symbol)
        equal = {each.symbol for each in self.replacements if self.final(each.symbol) == final}
        return {symbol, final, *equal} if final.is_Symbol else {symbol}

    def frames_on(self, symbol: Any) -> Iterator[Frame]:
        """Where the user's code needed something of a symbol, in the order of the trace."""
        for replacement in self.replacements:
            if replacement.symbol == symbol and replacement.frame is not None:
                yield replacement.frame
        for guard in self.guards:
            if symbol in guard.expression.free_symbols and guard.frame is not None:
                yield guard.frame

    def guards_on(self, symbol: Any) -> tuple[str, ...]:
        found = (guard.expression for guard in self.guards if symbol in guard.expression.free_symbols)
        return tuple(dict.fromkeys(self.names.text(expression) for expression in found))
