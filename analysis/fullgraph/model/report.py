"""What every face shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .facts import Facts
from .finding import Finding
from .found_model import FoundModel
from .sizes import Condition
from .target import Target

Status = Literal["exports", "fails", "unsound", "error"]
"""exports: the exported program is the model. unsound: it exports, and is not what the model does, or takes
less than the spec promises.
fails: torch.export refuses it. error: it could not be tried (does not import, eager forward raises)."""

WORST_FIRST: tuple[Status, ...] = ("fails", "error", "unsound", "exports")
"""Of several targets of one model, the first of these is the model's status, on every face."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The versions of the interpreter that traced and of its torch, as `3.11.7` and `2.13.0+cpu`."""

    python: str = ""
    torch: str = ""

    @property
    def torch_release(self) -> tuple[int, int]:
        """`(2, 13)` of `2.13.0+cpu`; `(0, 0)` where it is not known."""
        found = re.match(r"(\d+)\.(\d+)", self.torch)
        return (int(found[1]), int(found[2])) if found else (0, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """One target, what came of it, and on which versions."""

    target: Target
    status: Status
    facts: Facts
    runtime: Runtime = Runtime()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """On sizes, that the exported program checks when it is called."""
        return self.facts.conditions if self.facts.exported else ()

    @property
    def hidden_conditions(self) -> tuple[Condition, ...]:
        """Of a program that exports, those that somebody's own spec does not say; of inferred sizes nothing was asked."""
        asked = self.status == "exports" and not self.facts.inferred
        return self.conditions if asked else ()


EndReason = Literal["interrupted", "terminated", "budget"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that was ended before its end. `unreached` are the targets that nothing is known of.

    interrupted  by Ctrl-C
    terminated   by SIGTERM
    budget       its time was over
    """

    reason: EndReason
    unreached: tuple[Target, ...] = ()
    fixes: bool = True  # whether the search for fixes was over, or none was asked for
    planned: bool = True  # whether all files were read, so that a model without a target has none


@dataclass(frozen=True, slots=True)
class Report:
    """What every face shows. `skipped` could not be tried: each has a finding that says why.

    `models` are all of the user's that were found, those first that matter most: what of them has a target
    is told by `Target.subject`. `ended` is None where the run came to its end by itself.
    """

    targets: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Checked, ...] = ()
    models: tuple[FoundModel, ...] = ()
    ended: Ended | None = None
