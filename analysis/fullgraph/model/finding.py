"""What the facts mean for a person, and the fixes that they can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .places import Place, Related

Severity = Literal["error", "warning", "information"]

NOUNS: dict[Severity, str] = {"error": "error", "warning": "warning", "information": "note"}
"""What a finding of each severity is called, the gravest first."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A new text for a place in a file. Edits of one fix do not overlap."""

    place: Place
    new_text: str


VerdictKind = Literal["verified", "verified-one-branch", "unverified-exports", "not-verified", "suppresses"]
"""verified              the finding is gone, no other came, and the outputs are equal on inputs for both sides
verified-one-branch   the same, but no inputs were found that take the other side of the branch
unverified-exports  it exports, and there is nothing to compare the outputs with
not-verified          `reason` says what is wrong with it, or why it could not be found out
suppresses            it says that the finding is meant, and changes nothing of the program
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What trying a fix showed; `reason` says it for a person, and may be empty.

    `spoils`: gradients that were finite are not any more, or tensors without rows are not taken any more, so
    that a fix which keeps them goes first.
    """

    kind: VerdictKind
    reason: str = ""
    spoils: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that removes a finding. `preferred`: the one to take without asking.

    `gives_up` says which sizes that the spec declares the changed spec does not; empty where it keeps them.
    """

    title: str
    edits: tuple[Edit, ...]
    verdict: Verdict
    preferred: bool = False
    gives_up: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people write themselves where no fix is verified: the pattern's name, and why no rewrite did it."""

    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person reads. `hint` says what to write instead; `link` explains more.

    `also` are the further targets that reach it. `by_hand` is known once fixes were searched for in vain.
    """

    rule: str
    severity: Severity
    message: str
    place: Place
    target: str | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    link: str | None = None
    fixes: tuple[Fix, ...] = ()
    also: tuple[str, ...] = ()
    by_hand: ByHand | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """All targets that reach it; none where it belongs to no target."""
        return (self.target, *self.also) if self.target else ()
