"""Sizes that are solved for: what a size deep inside is of the inputs' sizes, set to what it has to be.

A run that failed is repeated with a symbol for each size of each input. The size that the failing call has
is then an expression, `64*((h//2) - 2)*((w//2) - 2)`, and so is what it has to be, or it is a number: 9216.
Heights and widths are solved for together first, each unknown alone then. Sizes that the run found to be
equal on its way are one unknown, and what it asked to be a number stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from ..torch_compat import symbols
from .diagnose import of_code
from .first_layers import OURS
from .refused_calls import of_call
from .repairs import LARGEST, Resize
from .sizes import Size, expression
from .spec import Candidate, Spec, TensorSpec, all_swapped, leaves
from .trial import Bench, Failed, Ran, Symbolic

_EQUATIONS = 6
_ROOTS = 3
_USUAL = (224, 32, 28, 64, 256, 128, 84, 96, 105, 227, 299, 48, 16)
"""What of several solutions is taken: 28 rather than 29, which a pooling rounds to the same."""

_Axis = tuple[int, int]


def solutions(bench: Bench, candidate: Candidate, failed: Failed | Ran) -> Iterator[Candidate]:
    """The candidates with sizes such that what failed has what it asked for."""
    run = bench.try_symbolic(candidate)
    if run is None or not _is_same(run.outcome, failed):
        return
    unknowns = _unknowns(run.dimensions)
    equations = islice(_equations(run.outcome), _EQUATIONS)
    found = [values for left, right in equations for values in _solved(left, right, unknowns, candidate)]
    for _, values in sorted(found, key=lambda pair: pair[0]):
        solved = _with_sizes(candidate, run, values)
        yield from dict.fromkeys((_squeezed(solved, candidate), _with_twins(solved, candidate), solved))


def _is_same(again: Failed | Ran, failed: Failed | Ran) -> bool:
    if isinstance(again, Ran) or isinstance(failed, Ran):
        return isinstance(again, Ran) and isinstance(failed, Ran)
    name = failed.call.name if failed.call else ""
    return (again.call.name if again.call else "") == name


def _equations(outcome: Failed | Ran) -> Iterator[tuple[Any, Any]]:
    if outcome.folded is not None:
        yield expression(outcome.folded.have), outcome.folded.want
    if isinstance(outcome, Ran):
        return
    of_all = chain(of_call(outcome.call) if outcome.call else (), of_code(outcome))
    for repair in of_all:
        if isinstance(repair, Resize) and (isinstance(repair.size, Size) or isinstance(repair.to, Size)):
            yield expression(repair.size), expression(repair.to)


@dataclass(frozen=True)
class _Unknown:
    """A size of the inputs that may change; `axes` are the dimensions that it is the size of."""

    symbol: Any
    axes: tuple[_Axis, ...]


def _unknowns(dimensions: Mapping[_Axis, Any]) -> dict[Any, _Unknown]:
    axes: dict[Any, list[_Axis]] = {}
    for axis, said in dimensions.items():
        if getattr(said, "is_Symbol", False):
            axes.setdefault(said, []).append(axis)
    return {symbol: _Unknown(symbol, tuple(where)) for symbol, where in axes.items()}


def _solved(
    left: Any, right: Any, unknowns: Mapping[Any, _Unknown], candidate: Candidate
) -> Iterator[tuple[int, Mapping[Any, int]]]:
    """Values for some of the unknowns, each after how far from likely they are."""
    rest = left - right
    free = sorted(getattr(rest, "free_symbols", ()), key=str)
    concerned = sorted((unknowns[each] for each in free if each in unknowns), key=lambda each: each.axes)
    if not concerned or len(concerned) != len(free):
        return
    now = {each.symbol: _size(candidate, each.axes[0]) for each in concerned}
    function = symbols.as_function(rest, [each.symbol for each in concerned])
    if function is None:
        return
    sizes = [now[each.symbol] for each in concerned]
    for level, together in _choices(concerned, sizes):
        for value in _roots(function, sizes, together):
            yield level, {concerned[index].symbol: value for index in together}


def _choices(concerned: Sequence[_Unknown], sizes: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Which unknowns are given one value: those of one input behind its first, then each, a first one late.

    Of single ones those come first whose size is ours, and not the model's.
    """
    inner = [index for index, each in enumerate(concerned) if each.axes[0][1] > 0]
    inner.sort(key=lambda index: sizes[index] in OURS)
    by_leaf: dict[int, list[int]] = {}
    for index in inner:
        by_leaf.setdefault(concerned[index].axes[0][0], []).append(index)
    for several in by_leaf.values():
        if len(several) > 1:
            yield 0, tuple(several)
            yield 0, tuple(several[-2:])
    yield from ((1, (index,)) for index in reversed(inner))
    if len(by_leaf) > 1:
        yield 2, tuple(inner)
    yield from ((3, (index,)) for index in range(len(concerned)) if index not in inner)
    if len(concerned) > len(inner) > 0:
        yield 4, tuple(range(len(concerned)))


def _roots(function: Callable[..., int], now: Sequence[int], together: Sequence[int]) -> list[int]:
    def at(value: int) -> int | None:
        try:
            return function(*(value if index in together else known for index, known in enumerate(now)))
        except (ArithmeticError, ValueError, TypeError):
            return None

    found = [value for value in range(1, LARGEST + 1) if at(value) == 0]
    if now[together[0]] in found and len(together) == 1:
        return []
    return sorted(found, key=lambda value: _oddity(value, len(found)))[:_ROOTS]


def _oddity(value: int, solutions: int) -> tuple[int, ...]:
    if solutions > 1 and value in _USUAL:
        return (0, _USUAL.index(value))
    return (1, value == 1, value % 4 != 0, value)


def _size(candidate: Candidate, axis: _Axis) -> int:
    leaf = leaves(candidate)[axis[0]][1]
    return leaf.sizes[axis[1]] if isinstance(leaf, TensorSpec) else 1


def _with_sizes(candidate: Candidate, run: Symbolic, values: Mapping[Any, int]) -> Candidate:
    """Each dimension has the value of its expression."""
    changed: dict[int, Spec] = {}
    for (number, dim), said in run.dimensions.items():
        leaf = changed.get(number, leaves(candidate)[number][1])
        known = getattr(said, "free_symbols", None)
        if known and known & values.keys() and isinstance(leaf, TensorSpec):
            size = said.xreplace({symbol: values[symbol] for symbol in known & values.keys()})
            others = {symbol: _now(symbol, run, candidate) for symbol in getattr(size, "free_symbols", ())}
            size = int(size.xreplace(others) if others else size)
            changed[number] = leaf.resized(dim, max(1, size))
    return all_swapped(candidate, changed)


def _squeezed(solved: Candidate, before: Candidate) -> Candidate:
    """Indices of which each row has to have one are as many as there are rows."""
    changed: dict[int, Spec] = {}
    for number, ((_, old), (_, new)) in enumerate(zip(leaves(before), leaves(solved), strict=True)):
        if isinstance(new, TensorSpec) and new.kind == "int" and old != new and new.sizes[1:] == (1,):
            changed[number] = replace(new, sizes=new.sizes[:1])
    return all_swapped(solved, changed)


def _with_twins(solved: Candidate, before: Candidate) -> Candidate:
    """What was alike stays alike: of two pictures that one trunk sees, both get the new size."""
    changed = {
        old: new
        for (_, old), (_, new) in zip(leaves(before), leaves(solved), strict=True)
        if old != new and isinstance(new, TensorSpec)
    }
    return all_swapped(
        solved, {number: changed[leaf] for number, (_, leaf) in enumerate(leaves(solved)) if leaf in changed}
    )


def _now(symbol: Any, run: Symbolic, candidate: Candidate) -> int:
    return next((_size(candidate, axis) for axis, said in run.dimensions.items() if said == symbol), 1)
