"""The conditions on sizes that an exported program carries, beyond what the spec says.

torch checks them when the program is called (`program.module()`), and says nothing of most. Here they are
weighed by trying: a guard that holds for all sizes that the spec allows is no news, nor is one that follows
from the others. 0 and 1 are left out, because torch assumes of every symbol that it is neither.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import permutations, product
from math import prod
from typing import Any, Literal, TypeAlias

import sympy

from ...model import Condition, Frame, SizePinned, SizesExcluded
from ..load.build import Built
from ..torch_compat import shape_env, symbols
from . import dim_specs
from .dim_specs import AskedDim
from .shape_env_log import ShapeEnvLog
from .size_sets import Said, described, is_local, samples

Asked: TypeAlias = Literal["named", "dynamic", "auto"]
Point: TypeAlias = Mapping[Any, int]

_SMALLEST = 2
_MOST_POINTS = 1500
_LARGE = (1000, 1680)  # with few divisors, and with many
_FEW = (2, 3, 5)
_HIGHEST = 4096
_MOST_GUARDS = 200
"""A program of hundreds of layers has as many guards that say the same; those behind are no longer weighed."""


def of(
    log: ShapeEnvLog, built: Built
) -> tuple[tuple[Condition, ...], tuple[SizePinned | SizesExcluded, ...]]:
    """The conditions, and which of them break what the spec says of a size."""
    if log.env is None:
        return (), ()
    found = [*_equal(log, built), *_Weighing(log, built).found()]
    return tuple(each.condition for each in found), tuple(filter(None, (each.broken for each in found)))


@dataclass(frozen=True)
class _Found:
    condition: Condition
    broken: SizePinned | SizesExcluded | None = None


def _equal(log: ShapeEnvLog, built: Built) -> Iterator[_Found]:
    """Sizes that have to be what others are, where the spec has no name for both."""
    for fate in dim_specs.fates(log, built):
        if fate.outcome == "derived":
            frame = fate.frames[0] if fate.frames else None
            yield _Found(Condition(f"{fate.source} == {fate.text}", (fate.source,), frame))


@dataclass(frozen=True)
class _Size:
    """A symbol that the program has, with what the spec says of it."""

    symbol: Any
    name: str
    sources: tuple[str, ...]
    asked: Asked
    allowed: list[int]
    derived: tuple[str, Callable[[int], int]] | None = None
    """The first size that is made of it and how, where no size is itself, so that it may be 1: `8*_time`."""


@dataclass(frozen=True)
class _Guard:
    """A condition of torch's, as a function of its symbols; `holds` is False where it raises."""

    expression: Any
    text: str
    frame: Frame | None
    value: Callable[..., Any]
    order: tuple[Any, ...]

    def holds(self, point: Point) -> bool:
        try:
            return bool(self.value(*(point[symbol] for symbol in self.order)))
        except (ArithmeticError, ValueError):
            return False

    @cached_property
    def is_equation(self) -> bool:
        """Whether it says what an expression is, and not merely by what it can be divided."""
        return isinstance(self.expression, sympy.Eq) and not self.expression.has(*symbols.remainders())


class _Weighing:
    """Which guards exclude something that the spec allows, and what they come to."""

    def __init__(self, log: ShapeEnvLog, built: Built) -> None:
        self._log = log
        self._sizes = {size.symbol: size for size in _sizes(log, built)}
        self._guards = list(self._known_guards())

    def found(self) -> Iterator[_Found]:
        left: dict[Any, list[int]] = {}
        for symbol, size in self._sizes.items():
            own = [guard for guard in self._guards if guard.order == (symbol,)]
            left[symbol] = [v for v in size.allowed if all(g.holds({symbol: v}) for g in own)]
            if len(left[symbol]) < len(size.allowed):
                yield from self._of_one(size, own, left[symbol])
        yield from self._of_several(left)

    # -- one size --------------------------------------------------------------------------------------

    def _of_one(self, size: _Size, guards: Sequence[_Guard], left: list[int]) -> Iterator[_Found]:
        pinning = next((g for g in guards if self._pins(g, size)), None)
        if pinning is not None:
            yield self._pinned_one(size, pinning, guards, left)
            return
        parts = described(size.name, left, size.allowed) or self._as_they_are(size, guards)
        broken = self._excluded(size, " and ".join(part.text for part in parts), left)
        for said in parts:
            excluded = [v for v in size.allowed if not said.holds(v)]
            to_blame = [g for g in guards if not all(g.holds({size.symbol: v}) for v in excluded)]
            points = [{size.symbol: v} for v in excluded]
            tightest = max(to_blame, key=lambda g: sum(not g.holds(p) for p in points), default=None)
            frame = tightest.frame if tightest else None
            texts = tuple(g.text for g in _needed(to_blame, points) if g.text != said.text)
            yield _Found(
                Condition(said.text, size.sources, frame, texts),
                replace(broken, frame=frame) if broken else None,
            )
            broken = None

    @staticmethod
    def _excluded(size: _Size, text: str, left: Sequence[int]) -> SizesExcluded | None:
        """torch raises where it narrows a Dim, and lets a Dim pass that others derive from."""
        if size.derived is None or size.asked != "named":
            return None
        (source, made), out = size.derived, sorted(set(size.allowed) - set(left))
        example = f"{source} = {made(out[0])}"
        return SizesExcluded(text, size.name, size.sources, example, out == size.allowed[:1], None)

    def _pins(self, guard: _Guard, size: _Size) -> bool:
        """Whether a guard fixes an expression of a size, as `n // 14 == 5` does."""
        if not guard.is_equation or all(guard.holds({size.symbol: v}) for v in size.allowed):
            return False
        return is_local([v for v in samples(1, None) if guard.holds({size.symbol: v})])

    def _pinned_one(self, size: _Size, first: _Guard, guards: Sequence[_Guard], left: list[int]) -> _Found:
        said = described(size.name, left, size.allowed)
        text = _between(size.name, left) or " and ".join(each.text for each in said) or first.text
        points = [{size.symbol: v} for v in size.allowed]
        texts = tuple(guard.text for guard in _needed(guards, points) if guard.text != text)
        pinned = SizePinned(text, size.name, size.sources, size.asked, first.frame)
        return _Found(Condition(text, size.sources, first.frame, texts), pinned)

    def _as_they_are(self, size: _Size, guards: Sequence[_Guard]) -> list[Said]:
        """The guards that it takes, in torch's words."""
        points = [{size.symbol: v} for v in size.allowed]
        return [Said(g.text, partial(_holds, g, size.symbol)) for g in _needed(guards, points)]

    # -- several sizes ---------------------------------------------------------------------------------

    def _of_several(self, left: Mapping[Any, list[int]]) -> Iterator[_Found]:
        together: dict[tuple[Any, ...], list[_Guard]] = {}
        for guard in self._guards:
            if len(guard.order) > 1:
                together.setdefault(guard.order, []).append(guard)
        for order, guards in together.items():
            for guard in _needed(guards, list(_points(order, left))):
                yield self._with_several(guard)

    def _with_several(self, guard: _Guard) -> _Found:
        sizes = [self._sizes[symbol] for symbol in guard.order]
        sources = tuple(dict.fromkeys(source for size in sizes for source in size.sources))
        condition = Condition(guard.text, sources, guard.frame)
        if not guard.is_equation or _holds_at_large_sizes(guard):
            return _Found(condition)
        asked: Asked = "auto" if any(size.asked == "auto" for size in sizes) else sizes[0].asked
        subject = guard.text.partition(" == ")[0].strip("()")
        return _Found(condition, SizePinned(guard.text, subject, sources, asked, guard.frame))

    # -- guards ----------------------------------------------------------------------------------------

    def _known_guards(self) -> Iterator[_Guard]:
        frames = self._frames()
        frame_of = {self._log.final(raw): frames.get(raw) for raw in reversed(self._carried())}
        for expression in dict.fromkeys(map(self._log.final, self._carried())):
            free: set[Any] = getattr(expression, "free_symbols", set())
            order = tuple(sorted(free, key=str))
            value = symbols.as_function(expression, order) if free else None
            if value is not None and free <= self._sizes.keys():
                text = self._log.names.text(expression)
                yield _Guard(expression, text, frame_of[expression], value, order)

    def _carried(self) -> list[Any]:
        return shape_env.guards(self._log.env)[:_MOST_GUARDS]

    def _frames(self) -> dict[Any, Frame | None]:
        """Where each came up first."""
        frames: dict[Any, Frame | None] = {}
        for guard in self._log.guards:
            frames[guard.expression] = frames.get(guard.expression) or guard.frame
        return frames


def _holds(guard: _Guard, symbol: Any, size: int) -> bool:
    return guard.holds({symbol: size})


def _holds_at_large_sizes(guard: _Guard) -> bool:
    """Whether a guard on several sizes leaves large ones, as `a + b == (c + 1) // 2` does and `h*w == 30` does not.

    One size is large, and of another one all are tried; what is left of them is small.
    """
    return any(
        guard.holds({**dict.fromkeys(guard.order, few), large: size, tried: other})
        for large, tried in permutations(guard.order, 2)
        for size in _LARGE
        for few in _FEW
        for other in range(_SMALLEST, _HIGHEST)
    )


def _between(name: str, sizes: Sequence[int]) -> str:
    """`70 <= h <= 83`; empty where it is one size, or there are gaps."""
    whole = len(sizes) > 1 and sizes[-1] - sizes[0] == len(sizes) - 1
    return f"{sizes[0]} <= {name} <= {sizes[-1]}" if whole else ""


def _points(order: Sequence[Any], left: Mapping[Any, list[int]]) -> Iterator[Point]:
    """Some combinations of sizes: all of the smallest, and of many sizes by chance."""
    most = max(3, int(_MOST_POINTS ** (1 / len(order))))
    chosen = [_thinned(left[symbol], most) for symbol in order]
    if prod(map(len, chosen)) <= _MOST_POINTS:
        yield from (dict(zip(order, point, strict=True)) for point in product(*chosen))
        return
    chance = random.Random(0)  # noqa: S311 (a sample, and no secret)
    yield from (
        {s: chance.choice(v) for s, v in zip(order, chosen, strict=True)} for _ in range(_MOST_POINTS)
    )


def _thinned(sizes: list[int], most: int) -> list[int]:
    few = 2 * most // 3
    rest = sizes[few:]
    return sizes[:few] + rest[:: max(1, len(rest) // (most - few))] if len(sizes) > most else sizes


def _needed(guards: Sequence[_Guard], points: Sequence[Point]) -> list[_Guard]:
    """The guards without which more would be allowed; equations first, as most follows from them."""
    kept: dict[_Guard, frozenset[int]] = {}
    left = set(range(len(points)))
    for guard in sorted(guards, key=lambda g: (not g.is_equation, len(g.text))):
        out = frozenset(number for number in left if not guard.holds(points[number]))
        if out:
            kept[guard] = frozenset(n for n, point in enumerate(points) if not guard.holds(point))
            left -= out
    for guard in list(kept):
        others = frozenset[int]().union(*(out for other, out in kept.items() if other is not guard))
        if kept[guard] <= others:
            del kept[guard]
    return [guard for guard in guards if guard in kept]


# -- what the spec says ------------------------------------------------------------------------------


def _sizes(log: ShapeEnvLog, built: Built) -> Iterator[_Size]:
    """The symbols of the dimensions that the spec calls dynamic."""
    inputs = log.inputs()
    dims: dict[Any, list[AskedDim]] = {}
    for asked in dim_specs.asked_dims(built):
        fake = inputs.get(asked.path)
        if fake is None or isinstance(asked.spec, int) or dim_specs.hint(asked.spec) == "STATIC":
            continue
        if asked.dim < fake.dim():
            for symbol in getattr(symbols.expression(fake.shape[asked.dim]), "free_symbols", ()):
                dims.setdefault(symbol, []).append(asked)
    for symbol, asked_dims in dims.items():
        yield _size(symbol, asked_dims, log)


def _size(symbol: Any, dims: Sequence[AskedDim], log: ShapeEnvLog) -> _Size:
    bounds = [_bounds(asked.spec) for asked in dims]
    highs = [high for _, high in bounds if high is not None]
    derived = _derived(dims)
    smallest = 1 if derived is not None and all(asked.spec.fn(1) > 1 for asked in dims) else _SMALLEST
    return _Size(
        symbol,
        log.names.name(symbol),
        tuple(dict.fromkeys(asked.source for asked in dims)),
        _kind(dims),
        samples(max(smallest, *(low for low, _ in bounds)), min(highs, default=None)),
        derived,
    )


def _derived(dims: Sequence[AskedDim]) -> tuple[str, Callable[[int], int]] | None:
    if any(getattr(asked.spec, "root", None) is None for asked in dims):
        return None
    return dims[0].source, dims[0].spec.fn


def _kind(dims: Sequence[AskedDim]) -> Asked:
    hints = {dim_specs.hint(asked.spec) for asked in dims}
    return "named" if None in hints else "dynamic" if "DYNAMIC" in hints else "auto"


def _bounds(spec: Any) -> tuple[int, int | None]:
    """What a spec, or the `Dim` that it is derived from, allows."""
    root = getattr(spec, "root", None) or spec
    low, high = getattr(root, "min", None), getattr(root, "max", None)
    return low if isinstance(low, int) else 0, high if isinstance(high, int) else None
