"""Which sizes of one dimension satisfy all guards on it: a range, or the members of a residue class.

The guards are evaluated, not rearranged: sympy solves no `(1 + n) // 2 != 1`, and torch's own solver takes a
dimension with quotients for one constant. What is found here is a proposal; export says whether it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy

from ..torch_compat import symbols

Test: TypeAlias = Callable[[int], bool]

SMALLEST = 2
"""torch gives each dynamic size at least this."""

_SPAN = 64
_WIDEST = 2048
"""How far around the example each size is tried, at least and at most; a few periods of the divisors between."""

_PERIODS = 4
_LARGEST = 1 << 20
"""Beyond this no size is tried: what holds until there is taken to hold for all."""


@dataclass(frozen=True)
class Span:
    """The sizes from `lower` to `upper`, both included; without an upper bound that is None."""

    lower: int
    upper: int | None = None

    def holds(self, size: int) -> bool:
        return self.lower <= size and (self.upper is None or size <= self.upper)


@dataclass(frozen=True)
class Admitted:
    """`step * k + rest` for each whole `k`, as far as it lies in the span. All of it with a step of 1."""

    span: Span
    step: int = 1
    rest: int = 0

    @property
    def constant(self) -> bool:
        return self.span.lower == self.span.upper


def admitted(guards: Sequence[Any], symbol: Any, example: int, within: Span) -> Admitted | None:
    """What the guards on one symbol leave of a span; None where that is no range and no residue class."""
    tests = [test for guard in guards if (test := _test(guard, symbol)) is not None]
    around = _Around(lambda size: all(test(size) for test in tests), example, within, _width(guards))
    return around.run() or around.residues() if around.admits(example) else None


def excludes(guard: Any, symbol: Any, found: Admitted, within: Span) -> bool:
    """Whether a guard decides what a result leaves out: other remainders, else the sizes next to its span."""
    test = _test(guard, symbol)
    return test is not None and not all(test(size) for size in _left_out(found, within))


def _left_out(found: Admitted, within: Span) -> Iterator[int]:
    lower, upper = found.span.lower, found.span.upper
    if found.step > 1:
        between = range(lower, min(lower + 2 * found.step, upper or _LARGEST))
        yield from (size for size in between if size % found.step != found.rest)
        return
    yield from (lower - 1,) if lower > within.lower else ()
    yield from (upper + 1,) if upper is not None and within.holds(upper + 1) else ()


def _test(guard: Any, symbol: Any) -> Test | None:
    made = symbols.as_function(guard, (symbol,))
    if made is None:
        return None

    def test(size: int) -> bool:
        try:
            return bool(made(size))
        except ArithmeticError:  # a division by zero, which the size itself excludes
            return False

    try:
        test(SMALLEST)
    except (NameError, AttributeError, TypeError):  # a function of torch's that has no name in Python
        return None
    return test


def _width(guards: Sequence[Any]) -> int:
    numbers = {int(n) for guard in guards for n in guard.atoms(sympy.Integer) if 1 < n < _WIDEST}
    return min(_WIDEST, max(_SPAN, _PERIODS * max(numbers, default=1)))


@dataclass(frozen=True)
class _Around:
    """The sizes around an example that are admitted."""

    admits: Test
    example: int
    within: Span
    width: int

    def run(self) -> Admitted | None:
        """The unbroken range around the example, if nothing else is admitted above it."""
        lower, upper = self._down(), self._up()
        if upper is not None and upper == lower and self._others():
            return None
        if upper is not None and upper != self.within.upper and any(self._above(upper)):
            return None
        return Admitted(Span(lower, upper))

    def _down(self) -> int:
        size = self.example
        while size > self.within.lower and self.admits(size - 1):
            size -= 1
        return size

    def _up(self) -> int | None:
        """The end of the range, by trying each size for a while and then ever larger ones."""
        size, near = self.example, self.example + self.width
        while size < near and self._may(size + 1):
            size += 1
        if size < near:
            return size
        for probe in self._probes(size, 1):
            if not self.admits(probe):
                return self._edge(size, probe)
            size = probe
        return self.within.upper

    def _may(self, size: int) -> bool:
        return self.within.holds(size) and self.admits(size)

    def _edge(self, good: int, bad: int) -> int:
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.admits(middle) else (good, middle)
        return good

    def _probes(self, start: int, step: int) -> Iterator[int]:
        """Ever larger sizes, `step` or a multiple of it apart, each of another remainder."""
        size, number = start, 0
        largest = min(_LARGEST, self.within.upper or _LARGEST)
        while size < largest:
            number += 1
            size = min(size + step * (size // step + number), largest - (largest - start) % step)
            if size <= start:
                return
            yield size
            start = size

    def _above(self, upper: int) -> Iterator[bool]:
        return (self._may(size) for size in range(upper + 1, upper + self.width))

    def _others(self) -> list[int]:
        sizes = range(max(self.within.lower, self.example - self.width), self.example + self.width)
        return [size for size in sizes if size != self.example and self._may(size)]

    def residues(self) -> Admitted | None:
        """The class that all admitted sizes are of, if every size of it is admitted from some one on."""
        others = self._others()
        step = math.gcd(*(size - self.example for size in others))
        if step < 2 or len(others) < 2:
            return None
        first = self.example
        while first - step >= self.within.lower and self.admits(first - step):
            first -= step
        last = self._last(step)
        if last is not None and any(size > last for size in others):
            return None
        return Admitted(Span(first, last), step, self.example % step)

    def _last(self, step: int) -> int | None:
        size = self.example
        while size + step < self.example + self.width and self._may(size + step):
            size += step
        if size + step < self.example + self.width and self.within.holds(size + step):
            return size
        for probe in self._probes(size, step):
            if not self.admits(probe):
                return size
        return self.within.upper
