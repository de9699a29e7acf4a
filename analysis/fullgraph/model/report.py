"""What every face shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .facts import Facts
from .finding import Finding
from .target import Target

Status = Literal["exports", "fails", "unsound", "error"]
"""exports: the exported program is the model. unsound: it exports, and is not what the model does.
fails: torch.export refuses it. error: it could not be tried (does not import, eager forward raises)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One target and what came of it."""

    target: Target
    status: Status
    facts: Facts


@dataclass(frozen=True, slots=True)
class Report:
    """What every face shows."""

    targets: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()
    python: str = ""  # version of the user's interpreter
    torch: str = ""  # version of its torch
