"""What a trace, and the program that it exports, requires of the sizes of its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from .observed import Frame


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on sizes that the spec does not say; a program that was exported checks it.

    `guards` are torch's own, in the user's names, where `text` says in other words what they come to.
    """

    text: str  # `x.shape[1] % 4 == 0`
    sizes: tuple[str, ...]  # the inputs' sizes that it is about: `x.shape[1]`
    frame: Frame | None  # the expression that needed it
    guards: tuple[str, ...] = ()
