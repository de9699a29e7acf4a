"""What a failed run asks for, and which other candidates would give it.

A wish names sizes as the failing call saw them. Which dimension of which input such a size came from is
told by its value, since the sizes of a candidate differ from each other; where several fit, all equal
ones are changed together first, and then each alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from .first_layers import FEATURES, HEIGHT, WIDTH
from .spec import (
    Argument,
    Candidate,
    Constant,
    Group,
    Kind,
    Known,
    Spec,
    TensorSpec,
    leaves,
    mapped,
    swapped,
    tensors,
)

LARGEST = 4096
"""The largest size of one dimension that is tried."""


@dataclass(frozen=True)
class Resize:
    """A size was `size` and has to be `to`; `shape` is what it is a size of, `dim` which, where known."""

    size: int
    to: int
    shape: tuple[int, ...] = ()
    dim: int = 0


@dataclass(frozen=True)
class Reshape:
    """What had one shape is to have another."""

    shape: tuple[int, ...]
    to: tuple[int, ...]


@dataclass(frozen=True)
class Rerank:
    """A tensor has to have `to` dimensions; `of` is how many it had, 0 where that is not known."""

    to: int
    of: int = 0


@dataclass(frozen=True)
class Retype:
    """The tensor has to be of another kind, and where `shape` is given, of another shape."""

    kind: Kind
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Below:
    """Integers have to be smaller."""

    to: int


@dataclass(frozen=True)
class Unit:
    """Values have to lie between 0 and 1."""


@dataclass(frozen=True)
class AtLeast:
    """Heights and widths have to be as large."""

    size: int


@dataclass(frozen=True)
class Instead:
    """An argument is to be this constant, or several tensors (`[]`)."""

    text: str
    name: str = ""


@dataclass(frozen=True)
class Volume:
    """A tensor of `have` elements was to have `want`."""

    have: int
    want: int


Repair: TypeAlias = "Volume | Reshape | Resize | Rerank | Retype | Below | Unit | AtLeast | Instead"


def repaired(repair: Repair, candidate: Candidate) -> Iterator[Candidate]:
    """The candidates in which a wish could be fulfilled, the likeliest first."""
    if isinstance(repair, Resize):
        yield from _resized(repair, candidate)
    elif isinstance(repair, Reshape):
        yield from _reshaped(repair, candidate)
    elif isinstance(repair, Volume):
        yield from _with_volume(repair, candidate)
    elif isinstance(repair, Rerank):
        yield from _reranked(repair, candidate)
    elif isinstance(repair, Retype):
        yield from _retyped(repair, candidate)
    elif isinstance(repair, Below):
        yield mapped(candidate, lambda spec: replace(spec, below=min(spec.below, repair.to)))
    elif isinstance(repair, Unit):
        yield mapped(candidate, lambda spec: replace(spec, unit=True) if spec.kind == "float" else spec)
    elif isinstance(repair, AtLeast):
        yield mapped(candidate, lambda spec: _grown(spec, repair.size))
    else:
        yield from _instead(repair, candidate)


# -- sizes -------------------------------------------------------------------------------------------


def _resized(repair: Resize, candidate: Candidate) -> Iterator[Candidate]:
    if not 0 < repair.to <= LARGEST**2 or repair.size == repair.to:
        return
    if repair.shape and repair.to <= LARGEST:
        same = [spec for spec in tensors(candidate) if spec.sizes == repair.shape]
        if same:
            yield mapped(
                candidate, lambda s: s.resized(repair.dim, repair.to) if s.sizes == repair.shape else s
            )
    if repair.to <= LARGEST:
        yield from _by_value(repair, candidate)
        yield from _by_factor(repair, candidate)
    yield from _flattened(repair, candidate)


def _grown(spec: TensorSpec, least: int) -> TensorSpec:
    """With heights and widths of `least` and more, which can be halved five times and differ."""
    if len(spec.sizes) < 3 or least > LARGEST:
        return spec
    front = max(2, len(spec.sizes) - 2)
    whole = -(-least // 32) * 32
    inner = tuple(max(size, whole + 32 * number) for number, size in enumerate(spec.sizes[front:]))
    return replace(spec, sizes=(*spec.sizes[:front], *inner))


def _reshaped(repair: Reshape, candidate: Candidate) -> Iterator[Candidate]:
    if max(repair.to, default=1) > LARGEST:
        return
    for index, spec in _single(candidate):
        if spec.sizes == repair.shape:
            changed = replace(spec, sizes=repair.to)
            yield swapped(candidate, index, changed)
            yield swapped(candidate, index, replace(changed, kind="int"))
    yield mapped(candidate, lambda s: replace(s, sizes=repair.to) if s.sizes == repair.shape else s)


def _by_value(repair: Resize, candidate: Candidate) -> Iterator[Candidate]:
    def all_of(spec: TensorSpec) -> TensorSpec:
        return replace(spec, sizes=tuple(repair.to if size == repair.size else size for size in spec.sizes))

    yield mapped(candidate, all_of)
    for index, spec in _single(candidate):
        for dim in reversed(range(len(spec.sizes))):
            if spec.sizes[dim] == repair.size:
                yield swapped(candidate, index, spec.resized(dim, repair.to))


def _by_factor(repair: Resize, candidate: Candidate) -> Iterator[Candidate]:
    """A size that was halved three times on the way has to grow by as much as what came of it."""
    for index, spec in _single(candidate):
        for dim in range(1, len(spec.sizes)):
            scaled, rest = divmod(spec.sizes[dim] * repair.to, repair.size)
            related = spec.sizes[dim] % repair.size == 0 or repair.size % spec.sizes[dim] == 0
            if not rest and related and 1 < scaled <= LARGEST and spec.sizes[dim] != repair.size:
                yield swapped(candidate, index, spec.resized(dim, scaled))


def _flattened(repair: Resize, candidate: Candidate) -> Iterator[Candidate]:
    """Several dimensions went into one, whose size the layer behind knows: 784 is 1 × 28 × 28."""
    for index, spec in _single(candidate):
        for start in range(1, len(spec.sizes) - 1):
            inner = spec.sizes[start:]
            if math.prod(inner) != repair.size:
                continue
            channels, *others = inner
            for kept in (channels, 1, 3):
                side = round((repair.to / kept) ** (1 / len(others)))
                if side > 1 and kept * side ** len(others) == repair.to:
                    sizes = (*spec.sizes[:start], kept, *(side for _ in others))
                    yield swapped(candidate, index, replace(spec, sizes=sizes))
            first, rest = divmod(repair.to, math.prod(others))
            if first and not rest:
                yield swapped(candidate, index, spec.resized(start, first))


def _with_volume(repair: Volume, candidate: Candidate) -> Iterator[Candidate]:
    """Heights and widths, or one size, that make as many elements more."""
    for index, spec in _single(candidate):
        for front in range(1, len(spec.sizes)):
            inner = spec.sizes[front:]
            wanted, rest = divmod(math.prod(inner) * repair.want, repair.have)
            side = round(wanted ** (1 / len(inner)))
            if not rest and side > 1 and side ** len(inner) == wanted and side <= LARGEST:
                yield swapped(
                    candidate, index, replace(spec, sizes=(*spec.sizes[:front], *(side for _ in inner)))
                )


def _single(candidate: Candidate) -> Iterator[tuple[int, TensorSpec]]:
    for number, (_, leaf) in enumerate(leaves(candidate)):
        if isinstance(leaf, TensorSpec):
            yield number, leaf


# -- dimensions and dtypes ---------------------------------------------------------------------------


def _reranked(repair: Rerank, candidate: Candidate) -> Iterator[Candidate]:
    if not 0 <= repair.to <= 6:
        return
    fitting = [s for s in tensors(candidate) if len(s.sizes) != repair.to and repair.of in (0, len(s.sizes))]
    if fitting:
        yield mapped(candidate, lambda s: with_rank(s, repair.to) if s in fitting else s)
    for index, spec in _single(candidate):
        if len(spec.sizes) != repair.to:
            yield swapped(candidate, index, with_rank(spec, repair.to))


def with_rank(spec: TensorSpec, rank: int) -> TensorSpec:
    """With as many dimensions: a shape with few is usual for its rank, in others the front is kept."""
    sizes = spec.sizes
    if rank < len(sizes):
        return replace(spec, sizes=sizes[:rank])
    if rank == 4 and len(sizes) < 3:
        return replace(spec, sizes=(2, *(sizes[1:] or (3,)), HEIGHT, WIDTH))
    more = (2, 3, FEATURES, HEIGHT, WIDTH, 16)
    return replace(spec, sizes=(*sizes, *(size for size in more if size not in sizes))[:rank])


def _retyped(repair: Retype, candidate: Candidate) -> Iterator[Candidate]:
    def fits(spec: TensorSpec) -> bool:
        return spec.kind != repair.kind and (repair.shape is None or spec.sizes == repair.shape)

    if repair.shape is not None and any(map(fits, tensors(candidate))):
        yield mapped(candidate, lambda s: replace(s, kind=repair.kind) if fits(s) else s)
    for index, spec in _single(candidate):
        if spec.kind != repair.kind:
            yield swapped(candidate, index, replace(spec, kind=repair.kind))


def _instead(repair: Instead, candidate: Candidate) -> Iterator[Candidate]:
    for number, (name, leaf) in enumerate(leaves(candidate)):
        if (repair.name and name != repair.name) or isinstance(leaf, Known):
            continue
        if repair.text == "[]":
            if isinstance(leaf, TensorSpec):
                yield swapped(candidate, number, Group((leaf,) * 4))
        elif leaf != Constant(repair.text):
            yield swapped(candidate, number, Constant(repair.text))


# -- where nothing is asked for ----------------------------------------------------------------------

_LADDER = tuple((side, side) for side in (32, 64, 224, 28, 128, 14, 7, 256, 16, 299, 512))
_ONE = (16, 32, 128, 256, 512, 1024)


def neighbours(candidate: Candidate) -> Iterator[Candidate]:
    """Candidates that differ in one usual respect."""
    yield from _alike(candidate)
    for sizes in _LADDER:
        yield mapped(candidate, lambda s, sizes=sizes: _spatial(s, sizes))  # type: ignore[misc]
    for index, spec in _single(candidate):
        yield from (swapped(candidate, index, other) for other in _variants(spec, candidate))
    for number, (_, leaf) in enumerate(leaves(candidate)):
        if isinstance(leaf, Constant):
            yield from (
                swapped(candidate, number, Constant(text)) for text in ("4", "None", "True", "'mean'")
            )
            yield swapped(candidate, number, TensorSpec((2, FEATURES)))


def _alike(candidate: Candidate) -> Iterator[Candidate]:
    """An argument is as the one before it, or all are as one of them."""
    for (_, first), (number, second) in pairwise(_single(candidate)):
        if first != second:
            yield swapped(candidate, number, first)
    for spec in dict.fromkeys(tensors(candidate)):
        yield mapped(candidate, lambda _, spec=spec: spec)  # type: ignore[misc]


def _spatial(spec: TensorSpec, sizes: tuple[int, int]) -> TensorSpec:
    if spec.kind != "float" or len(spec.sizes) < 4:
        return spec
    return replace(spec, sizes=(*spec.sizes[:-2], *sizes))


def _variants(spec: TensorSpec, candidate: Candidate) -> Iterator[TensorSpec | Constant]:
    kinds: tuple[Kind, ...] = ("int", "float", "bool")
    yield from (replace(spec, kind=kind) for kind in kinds if kind != spec.kind)
    for rank in (len(spec.sizes) + 1, len(spec.sizes) - 1):
        if 0 <= rank <= 5:
            yield with_rank(spec, rank)
    if len(spec.sizes) in (2, 3):
        yield from (spec.resized(len(spec.sizes) - 1, size) for size in _ONE)
    if len(candidate) > 1:
        yield TensorSpec(spec.sizes[:1], spec.kind, spec.below)
        yield from (Constant(text) for text in ("4", "None"))


def with_optional(candidate: Candidate, name: str, spec: Spec) -> Candidate:
    """The candidate with one more argument, for a parameter that has a default."""
    return (*candidate, Argument(name, spec, keyword=True))
