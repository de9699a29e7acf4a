"""The queue of each folder: modules to trace, the current run, its status."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Hears of results and states; called on the event loop."""

    def outlined(self, outline: Outline) -> None: ...
    def traced(self, traced: Traced) -> None: ...
    def modelled(self) -> None: ...
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
    is_idle: bool = False
    """Nobody waits for it; whatever else there is to do goes first."""
    models_alone: bool = False
    """Nobody asked for parts."""
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
    """Modules that were traced, whose fixes are not verified yet."""
    idle: dict[str, None] = field(default_factory=dict)
    """Modules whose models are traced while nothing else is to be done, the most important first."""
    models_alone: set[str] = field(default_factory=set)
    """Modules of which nobody asked for the parts: they wait because a whole folder does."""
    roots: set[str] = field(default_factory=set)
    """The projects that workers were asked for."""

    @property
    def can_wait(self) -> bool:
        """Whether what runs makes room for a trace that somebody waits for."""
        return self.run is not None and (self.run.verifies or self.run.is_idle)

    def cancel(self) -> None:
        """Ends the run, and drops what waits."""
        self.waiting.clear()
        self.idle.clear()
        if self.run:
            self.run.cancellation.cancel()

    def is_checking(self, file: str, name: str) -> bool:
        """Whether a target is being traced, or its module waits for it."""
        run = self.run
        traced = run is not None and not run.verifies and run.file == file and name not in run.done
        return traced or file in self.waiting

    def publish(self, status: Status, listener: Listener) -> None:
        """Tells of a status, if it is another one."""
        if status != self.status:
            self.status = status
            listener.status(self.folder, status)

    def take(self, first: str | None) -> str | None:
        """The next module: `first` if it waits, else the one that waits the longest."""
        file = first if first in self.waiting else next(iter(self.waiting), None)
        if file is not None:
            del self.waiting[file]
        return file


class Queues:
    """Those of all folders that something was to be traced in."""

    def __init__(self) -> None:
        self._queues: dict[str, Queue] = {}

    def __iter__(self) -> Iterator[Queue]:
        yield from tuple(self._queues.values())

    def of(self, folder: Folder) -> Queue | None:
        return self._queues.get(folder.uri)

    def add(self, folder: Folder) -> Queue:
        """The one of a folder, which is from now on as it is given."""
        queue = self._queues.setdefault(folder.uri, Queue(folder))
        queue.folder = folder
        return queue

    def remove(self, folder: Folder) -> Queue | None:
        return self._queues.pop(folder.uri, None)

    def status_of(self, folder: Folder) -> Status:
        queue = self.of(folder)
        return queue.status if queue else Status("idle")

    def cancel(self, folder: Folder) -> None:
        """The user wants no more of a folder for now."""
        if queue := self.of(folder):
            queue.cancel()

    def forget(self, file: str) -> None:
        """A module is not traced any more."""
        for queue in self:
            queue.waiting.pop(file, None)
            queue.idle.pop(file, None)
            if queue.run and queue.run.file == file:
                queue.run.cancellation.cancel()

    def end_stale(self, file: str) -> None:
        """Ends the runs that loaded a file whose text is another now."""
        for queue in self:
            run = queue.run
            if run and file in run.files:
                run.stale = True
                run.cancellation.cancel()
                if run.file != file and not queue.can_wait:
                    queue.waiting.setdefault(run.file)
