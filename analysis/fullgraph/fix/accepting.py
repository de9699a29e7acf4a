"""Which fixes are taken without asking: how much is known of each, and whether it may give up sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..model import Fix, VerdictKind

Level = Literal["verified", "verified-one-branch", "unverified-exports"]
"""The least that has to be known of a fix; each level takes those before it too."""

LEVELS: tuple[Level, ...] = ("verified", "verified-one-branch", "unverified-exports")
ACCEPTED: Mapping[Level, frozenset[VerdictKind]] = {
    level: frozenset(LEVELS[: number + 1]) for number, level in enumerate(LEVELS)
}

NARROWING = "narrowing"
"""Beside a level: fixes are taken too that give up sizes which the spec declares."""


@dataclass(frozen=True)
class Accepted:
    """What is taken: fixes from a level on, and with `narrowing` those too that give up declared sizes."""

    level: Level = "verified"
    narrowing: bool = False

    @staticmethod
    def of(words: tuple[str, ...]) -> Accepted:
        """As the command's options say it: the lowest of the levels, if any, and `narrowing`."""
        level = max((level for level in LEVELS if level in words), key=LEVELS.index, default=LEVELS[0])
        return Accepted(level, NARROWING in words)

    @property
    def words(self) -> tuple[str, ...]:
        """The options that say it."""
        level = (self.level,) if self.level != LEVELS[0] else ()
        return (*level, NARROWING) if self.narrowing else level

    @property
    def kinds(self) -> frozenset[VerdictKind]:
        return ACCEPTED[self.level]

    def takes(self, fix: Fix) -> bool:
        return fix.verdict.kind in self.kinds and (self.narrowing or not fix.gives_up)
