"""What became of the sizes that a spec calls dynamic, and what a program requires of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .observed import Frame


@dataclass(frozen=True, slots=True)
class DimFate:
    """What became of a dimension that the spec calls dynamic, and where that was decided.

    outcome  dynamic: any size in `lower`…`upper`
             specialized: `text` is the number
             derived: `text` is the expression of other dimensions that it equals
    """

    source: str  # `x.shape[0]`
    asked: str  # `batch`, `Dim.AUTO`
    outcome: Literal["dynamic", "specialized", "derived"]
    text: str
    lower: int | None = None
    upper: int | None = None
    frames: tuple[Frame, ...] = ()  # the guards that narrowed it, in the order of the trace


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on sizes that the spec does not say; a program that was exported checks it.

    `guards` are torch's own, in the user's names, where `text` says in other words what they come to.
    """

    text: str  # `x.shape[1] % 4 == 0`
    sizes: tuple[str, ...]  # the inputs' sizes that it is about: `x.shape[1]`
    frame: Frame | None  # the expression that needed it
    guards: tuple[str, ...] = ()
