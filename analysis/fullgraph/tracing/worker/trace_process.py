"""The fork that runs one trace: how it settles in, reports, and ends.

The rule: whatever user code did here, it ends by the `os._exit` of old: no atexit handler, no destructor and no
thread of theirs keeps it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from ...model import Facts, Step, TraceRequest
from ..isolation import limits, processes, replaced
from ..isolation.channel import Channel
from ..isolation.dumps import DumpFiles, leave
from ..isolation.steps_aside import LOST, Forked, Isolation, own_fault

_IN_THE_TRACE: tuple[Step, ...] = ("load", "export")
"""The steps that the trace's own process runs, in order; the others run aside."""


class Report:
    """What a trace tells while it runs, on whatever channel. `number` is the host's for the trace."""

    def __init__(self, channel: Channel, number: int) -> None:
        self._channel = channel
        self._number = number
        self._ahead = list(_IN_THE_TRACE)

    @property
    def step(self) -> Step:
        """The step that the trace's own process is in."""
        return self._ahead[0]

    def emit(self, part: Facts) -> None:
        self._send({"part": part})
        ahead = [step for step in self._ahead if step not in part.steps]
        if ahead and ahead != self._ahead:
            self._ahead = ahead
            self.resume()

    def begin(self, step: Step) -> None:
        """A step aside begins in this very process; `resume` when it has ended."""
        self._send({"step": step})

    def resume(self) -> None:
        self.begin(self.step)

    def done(self) -> None:
        self._send({"done": True})

    def _send(self, message: dict[str, Any]) -> None:
        self._channel.send({"trace": self._number, **message})


@dataclass(frozen=True)
class Home:
    """Where a trace is to live. `output` takes what it prints; `private` are the parent's own files."""

    channel: Channel
    output: int
    dumps: DumpFiles
    parent: int
    private: Iterable[int]


def live(request: TraceRequest, number: int, home: Home) -> NoReturn:
    """Runs one trace in this fork, and ends it."""

    def work() -> None:
        _settle(request, home)
        run_trace(request, Report(home.channel, number), Forked(request, home.channel, home.dumps))

    try:
        leave(status_of(work))
    finally:
        leave(LOST)


def status_of(work: Callable[[], None]) -> int:
    """The status to end a process with that did its work; what could not be reported is printed."""
    try:
        work()
    except OSError as error:
        print(f"user code closed the files that its trace reports through ({error})", file=sys.stderr)  # noqa: T201
    except BaseException:  # noqa: BLE001 (the last border: we are wrong)
        names = replaced.replaced()
        replaced.put_back()
        print(replaced.said(names) if names else traceback.format_exc(), file=sys.stderr)  # noqa: T201
    else:
        return 0
    return LOST


def run_trace(request: TraceRequest, report: Report, isolation: Isolation) -> None:
    """One trace, and the word that it came to its end. An exception of our own becomes a fact."""
    from .. import session

    try:
        session.trace(request, report.emit, isolation)
    except BaseException as error:  # noqa: BLE001 (the border of a trace)
        failure = own_fault(report.step, error)
        report.emit(Facts(failures=(failure,)))
    report.done()


def _settle(request: TraceRequest, home: Home) -> None:
    os.setpgid(0, 0)
    processes.die_with(home.parent)
    processes.adopt_orphans()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(home.output, 1)
    os.dup2(home.output, 2)
    for fd in (home.output, *home.private):
        with contextlib.suppress(OSError):
            os.close(fd)
    home.dumps.arm("trace")
    limits.no_core_dump()
    limits.limit_memory(request.limits.memory)
    os.nice(5)
