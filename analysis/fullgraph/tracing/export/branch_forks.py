"""Forks of the trace at data-dependent branches, for the side that the example inputs do not take.

The trace forks at the condition. The fork takes the other side, notes what fails there, and ends where
the function that has the branch returns; the trace itself goes on as if nothing had been. Both note what
the names that either side binds hold after the branch, so that they can be compared.
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import torch

from ...model import Difference, Failure, Frame, OtherSide
from ..facts.shape_env_log import ShapeEnvLog
from ..isolation.steps_aside import Branch, Died, Forked, Isolation, Running
from ..locations.source_locations import UserCode
from ..torch_compat import devices
from ..torch_compat.hooks import untraced
from ..torch_compat.symbols import SYMBOLIC

_MOST_FORKS = 8
"""How many branches of one trace are forked."""

_PATIENCE_SHARE = 0.4
"""How long forks are waited for when the trace is done, as a part of its own processor time."""

_BRANCHES = ("if", "ternary")

Names = dict[str, str]


@dataclass
class _Seen:
    """What one side leaves: by name, after the branch; `return` is what the function returns."""

    names: Names = field(default_factory=dict)


@dataclass(frozen=True)
class _Fork:
    branch: Frame
    value: bool
    seen: _Seen
    running: Running[tuple[tuple[Failure, ...], Names]]


class BranchForks:
    """The forks of one trace. In a fork itself, `branch` is how it ends."""

    def __init__(self, log: ShapeEnvLog, isolation: Isolation) -> None:
        self._log = log
        self._isolation = isolation if isinstance(isolation, Forked) else None
        self._forks: list[_Fork] = []
        self._unlooked: list[OtherSide] = []
        self._inside: Branch | None = None
        self._begun = time.process_time()

    def choose(self, frame: Frame | None, taken: bool, failures: Callable[[], Sequence[Failure]]) -> bool:
        """Which way to go at a branch: as taken, and in a fork the other.

        `failures` are those of the whole trace so far; the fork tells of those that come after.
        """
        if self._inside is not None or frame is None or frame.construct not in _BRANCHES:
            return taken
        if frame.library is not None:  # a branch that is not the user's to rewrite
            return taken
        if self._isolation is None or len(self._forks) >= _MOST_FORKS or devices.in_use():
            self._unlooked.append(OtherSide(frame.place, not taken, looked=False))
            return taken
        before, seen = len(failures()), _Seen()
        outcome = self._isolation.branch("export")
        if isinstance(outcome, Branch):
            self._inside = outcome
            self._follow(frame, seen, lambda: outcome.finish((tuple(failures())[before:], seen.names)))
            return not taken
        self._forks.append(_Fork(frame, not taken, seen, outcome))
        self._follow(frame, seen, None)
        return taken

    def others(self) -> tuple[OtherSide, ...]:
        """What the forks found; waits for them as long as seems right beside the trace itself."""
        if self._isolation is None:
            return tuple(self._unlooked)
        left = max(self._isolation.patience, _PATIENCE_SHARE * (time.process_time() - self._begun))
        told: list[OtherSide] = []
        for fork in self._forks:
            rest = self._isolation.ends_within(fork.running, left)
            told.append(_told(fork, in_time=rest is not None))
            left = rest or 0.0
        return (*told, *self._unlooked)

    def end_fork(self, failures: Sequence[Failure]) -> None:
        """Ends this process if it is a fork whose function never returned."""
        if self._inside is not None:
            self._inside.finish((tuple(failures)[-1:], {}))

    def _follow(self, frame: Frame, seen: _Seen, at_end: Callable[[], object] | None) -> None:
        """Notes what the running function's names hold after the branch and what it returns."""
        running = _running(self._log.user_code)
        syntax = self._log.user_code.syntax(frame.place.file)
        if running is None or syntax is None:
            if at_end is not None:
                at_end()
            return
        statement = syntax.statement_at(frame.place.range.start.line + 1)
        _Follower(running, statement, seen, self._describe, at_end).start()

    def _describe(self, value: Any) -> str:
        # Reading a shape is a torch function too, and would be traced.
        with untraced():
            if isinstance(value, torch.Tensor):
                sizes = ", ".join(str(self._log.names.size(size)) for size in value.shape)
                return f"{str(value.dtype).removeprefix('torch.')}[{sizes}]"
            if isinstance(value, SYMBOLIC):
                return type(value).__name__.removeprefix("Sym").lower()
            if isinstance(value, (tuple, list)):
                return f"({', '.join(self._describe(item) for item in value)})"
        return type(value).__name__


def _told(fork: _Fork, *, in_time: bool) -> OtherSide:
    side = OtherSide(fork.branch.place, fork.value)
    outcome = fork.running.wait() if in_time else None
    if outcome is None or isinstance(outcome, Died):
        return replace(side, looked=False)
    failures, names = outcome
    true, false = (names, fork.seen.names) if fork.value else (fork.seen.names, names)
    return replace(side, failures=failures, differences=_differences(true, false))


class _Follower:
    """Follows one running function, line by line, until it returns."""

    def __init__(
        self,
        frame: FrameType,
        statement: ast.stmt | None,
        seen: _Seen,
        describe: Callable[[Any], str],
        at_end: Callable[[], object] | None,
    ) -> None:
        self._frame = frame
        first, last = (statement.lineno, statement.end_lineno or statement.lineno) if statement else (0, -1)
        self._lines = range(first, last + 1)
        self._bound = _bound(statement) if isinstance(statement, ast.If) else ()
        self._seen = seen
        self._describe = describe
        self._at_end = at_end
        self._joined = not self._bound

    def start(self) -> None:
        self._frame.f_trace = self._event
        if sys.gettrace() is None:
            sys.settrace(lambda *_: None)

    def _event(self, frame: FrameType, event: str, value: Any) -> Any:
        if event == "line" and not self._joined and frame.f_lineno not in self._lines:
            self._joined = True
            held = frame.f_locals
            self._seen.names.update({n: self._describe(held[n]) if n in held else "" for n in self._bound})
        if event == "return":
            if value is not None:
                self._seen.names["return"] = self._describe(value)
            frame.f_trace = None
            if self._at_end is not None:
                self._at_end()
            return None
        return self._event


def _bound(statement: ast.If) -> tuple[str, ...]:
    """The names that either side of an `if` binds, not looking into functions it defines."""
    names: dict[str, None] = {}
    for side in (statement.body, statement.orelse):
        for part in side:
            for node in ast.walk(part):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names[node.id] = None
    return tuple(names)


def _running(user_code: UserCode) -> FrameType | None:
    """The user's innermost live frame: the one that has the branch."""
    live: FrameType | None = sys._getframe(1)
    while live is not None and not user_code.is_user(live.f_code.co_filename):
        live = live.f_back
    return live


def _differences(true: Names, false: Names) -> tuple[Difference, ...]:
    both = [name for name in true if name in false]
    return tuple(Difference(name, true[name], false[name]) for name in both if true[name] != false[name])
