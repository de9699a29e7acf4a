"""What a folder has to do, what it is doing, and who wants to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from fullgraph.check.plan import Plan
from fullgraph.model import StartFailure
from fullgraph.workers import Cancellation

from ..session.results import Outline, Traced
from ..session.session import Folder
from ..session.snapshot import Snapshot

State = Literal["starting", "checking", "idle", "noTorch", "unsuitable", "untrusted", "crashed", "static"]


@dataclass(frozen=True, slots=True)
class Status:
    """What a folder is doing, for the user."""

    state: State
    target: str = ""
    done: int = 0
    total: int = 0
    failure: StartFailure | None = None
    """Why there is no worker."""


class Listener(Protocol):
    """Who wants to know what came of it; called on the event loop."""

    def outlined(self, outline: Outline) -> None: ...
    def traced(self, traced: Traced) -> None: ...
    def status(self, folder: Folder, status: Status) -> None: ...
    def cannot_start(self, folder: Folder, failure: StartFailure) -> None: ...


@dataclass(frozen=True)
class Unverified:
    """A module that was traced, with what it was traced from."""

    snapshot: Snapshot
    plan: Plan
    traced: Traced

    @property
    def parts(self) -> tuple[Snapshot, Plan, Traced]:
        return self.snapshot, self.plan, self.traced


@dataclass
class Run:
    """The trace that runs in a folder."""

    file: str
    cancellation: Cancellation
    files: frozenset[str]
    """Whose change makes it stale."""
    stale: bool = False
    """It was ended because its text is another now."""
    verifies: bool = False
    """Rewrites are verified; whatever is to be traced goes first."""
    done: frozenset[str] = frozenset()
    """The names of the targets that nothing more is to come of."""


@dataclass
class Queue:
    """What a folder has to do."""

    folder: Folder
    waiting: dict[str, None] = field(default_factory=dict)
    run: Run | None = None
    losses: int = 0
    """Runs in a row that ended because there was no worker to be had."""
    given_up: bool = False
    status: Status = Status("idle")
    done: int = 0
    unverified: dict[str, Unverified] = field(default_factory=dict)
    """What was traced and can be mended, when there is nothing to trace."""
    roots: set[str] = field(default_factory=set)
    """The projects that workers were asked for."""

    def take(self, first: str | None) -> str | None:
        """The next module: the one that is looked at, else the one that waits the longest."""
        file = first if first in self.waiting else next(iter(self.waiting), None)
        if file is not None:
            del self.waiting[file]
        return file
