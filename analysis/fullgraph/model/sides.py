"""The side of a branch that the example inputs did not take."""

from __future__ import annotations

from dataclasses import dataclass

from .observed import Failure
from .places import Place


@dataclass(frozen=True, slots=True)
class Difference:
    """A name (or `return`) that the two sides of a branch leave different; "" where it is not bound.

    They go by the condition: which side the example inputs take may be chance.
    """

    name: str
    if_true: str  # `float32[batch, 4]`
    if_false: str


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The side of a data-dependent branch that the example inputs did not take, up to its function's return.

    `branch` is the condition, `value` what it was taken to be. `looked` is False where the bound on the
    number of sides was hit, or where the system cannot fork.
    """

    branch: Place
    value: bool
    failures: tuple[Failure, ...] = ()
    differences: tuple[Difference, ...] = ()
    looked: bool = True
