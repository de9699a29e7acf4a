"""Sets of sizes, by samples: what a spec allows, what a condition leaves of it, and how a person says that.

The rule: a set is described only where the description is true of every sample, and false of all others.
The samples are dense where sizes are small, and have all remainders where they are large.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Holds = Callable[[int], bool]

_DENSE = 520
_BASES = (1000, 2048, 4095, 10_000, 65_536)
_SPREAD = 70
_MOST_EXCEPTIONS = 2


def samples(low: int, high: int | None) -> list[int]:
    """Sizes from `low` to `high`; without an end, far up."""
    further = (base + step for base in _BASES for step in range(_SPREAD))
    ends = range(max(low, (high or 0) - _SPREAD), (high or 0) + 1)
    top = math.inf if high is None else high
    found = {*range(low, low + _DENSE), *further, *ends}
    return sorted(size for size in found if low <= size <= top)


@dataclass(frozen=True)
class Said:
    """A condition on one size, in words and as a function."""

    text: str
    holds: Holds


def described(name: str, allowed: Sequence[int], domain: Sequence[int]) -> list[Said]:
    """What is true of `allowed` and of no other size of the domain; empty where there is no short way to say it."""
    if not allowed:
        return []
    if len(allowed) == 1:
        (only,) = allowed
        return [Said(f"{name} == {only}", lambda size: size == only)]
    found = list(_parts(name, allowed, domain))
    kept = [size for size in domain if all(part.holds(size) for part in found)]
    exceptions = sorted(set(kept) - set(allowed))
    if len(exceptions) > _MOST_EXCEPTIONS or len(kept) < len(allowed):
        return []
    return [*found, *(_but(name, size) for size in exceptions)]


def _parts(name: str, allowed: Sequence[int], domain: Sequence[int]) -> Iterator[Said]:
    """The remainder that all have, and the ends, where the domain goes beyond."""
    low, high = allowed[0], allowed[-1]
    step = math.gcd(*(size - low for size in allowed))
    if step > 1:
        yield Said(f"{name} % {step} == {low % step}", lambda size: size % step == low % step)
    alike = [size for size in domain if size % step == low % step]
    if low > alike[0]:
        yield Said(f"{name} >= {low}", lambda size: size >= low)
    if high < alike[-1]:
        yield Said(f"{name} <= {high}", lambda size: size <= high)


def _but(name: str, one: int) -> Said:
    return Said(f"{name} != {one}", lambda size: size != one)


def is_local(allowed: Sequence[int]) -> bool:
    """Whether of all sizes there are only some are left, neither the smallest nor large ones: `n // 14 == 5`."""
    return bool(allowed) and allowed[-1] < _BASES[0] and not {1, 2} <= set(allowed)
