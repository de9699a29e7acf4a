"""Steps that run beside the trace, in a fork of it, or where there is no fork one after the other.

The rule: a step that dies takes nothing with it. What it leaves is a value, `Died`, and never silence.
"""

from __future__ import annotations

import base64
import contextlib
import os
import pickle
import select
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from ...model import Raised, Step, Stopped, TraceRequest
from ..torch_compat import devices, names
from ..torch_compat.recognition import OF_ERROR, recognized
from . import processes, replaced
from .channel import Channel, Lines, lifted_pipe
from .child import ForkedChild
from .dumps import DumpFiles, first_frame, leave
from .watch import Watch

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)

LOST = 74
"""Exit status of a process that could not send what it found: user code closed the pipe."""


@dataclass(frozen=True)
class Died:
    """Why a step has no result: its process ended (Stopped), or our own code raised (Raised)."""

    failure: Stopped | Raised


class Running(Protocol[Result]):
    """A step that was started."""

    def wait(self) -> Result | Died:
        """What the step gave; blocks until it is there."""

    def cancel(self) -> None:
        """Ends the step, if it runs; nobody wants to know any more what it gives."""


class Isolation(Protocol):
    """Where steps run that must not change the trace: forks, or this process on a copy of the model."""

    def start(self, step: Step, work: Callable[[], T]) -> Running[T]:
        """Runs `work` where it changes nothing here. What it returns must pickle."""

    def wait_any(self, running: Sequence[Running[Any]]) -> Running[Any]:
        """One of several (at least one) whose `wait` returns at once."""


def own_fault(step: Step, error: BaseException) -> Raised:
    """An exception that our code let out: with its traceback, for there is nobody else to print it.

    Where user code replaced what our code lives by, that is the reason, and no fault of ours.
    """
    if names_of_theirs := replaced.replaced():
        replaced.put_back()
        return Raised("load", None, replaced.ReplacedError.__name__, replaced.said(names_of_theirs))
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    text = "".join(traceback.format_exception(error))
    return Raised(step, None, name, text, recognized=recognized(text, OF_ERROR))


class InPlace:
    """The way without fork: the work is done when its result is asked for, and here.

    `announce` hears of a step that begins, `resume` that it ended.
    """

    def __init__(self, announce: Callable[[Step], None], resume: Callable[[], None] = lambda: None) -> None:
        self._announce = announce
        self._resume = resume

    def start(self, step: Step, work: Callable[[], T]) -> Running[T]:
        return _Postponed(lambda: self._run(step, work))

    def wait_any(self, running: Sequence[Running[Any]]) -> Running[Any]:
        running[0].wait()
        return running[0]

    def _run(self, step: Step, work: Callable[[], T]) -> T | Died:
        self._announce(step)
        outcome = _outcome(step, work)
        self._resume()
        return outcome


def fit(isolation: Isolation) -> Isolation:
    """Where steps can run from now on: a process that has initialized an accelerator must not fork."""
    return InPlace(lambda _: None) if devices.in_use() else isolation


class _Postponed(Generic[T]):
    def __init__(self, run: Callable[[], T | Died]) -> None:
        self._run = run
        self._result: list[T | Died] = []

    def wait(self) -> T | Died:
        if not self._result:
            self._result.append(self._run())
        return self._result[0]

    def cancel(self) -> None:
        pass


class Forked:
    """Each step in a fork of this process.

    `channel` is the trace's own way to the parent: closed in the forks, which have no business there.
    """

    def __init__(self, request: TraceRequest, channel: Channel, dumps: DumpFiles) -> None:
        self._request = request
        self._channel = channel
        self._dumps = dumps
        self._running: list[_ForkedStep[Any]] = []

    def start(self, step: Step, work: Callable[[], T]) -> Running[T]:
        reading, writing = lifted_pipe()
        trace, pid = os.getpid(), os.fork()
        if pid == 0:
            self._live(step, work, writing, trace)
        os.close(writing)
        running: _ForkedStep[T] = _ForkedStep(step, pid, reading, self)
        self._running.append(running)
        return running

    def wait_any(self, running: Sequence[Running[Any]]) -> Running[Any]:
        ours = [step for step in self._running if step in running]
        while not (ended := [step for step in ours if step.ended]):
            self._listen()
        return ended[0]

    def lines(self) -> Lines:
        return Lines(self._channel.token)

    def autopsy(self, step: Step, status: int) -> Died:
        reason, detail = processes.how_ended(status)
        frame = first_frame(self._request, self._dumps.stacks(step))
        self._dumps.clear(step)
        return Died(Stopped(step, reason, detail, frame))

    def _listen(self) -> None:
        """Waits a moment for any of the steps: one that waits for its reader must not stand still."""
        poll = select.poll()
        steps = {step.fd: step for step in self._running if not step.ended}
        for step in steps.values():
            if step.open:
                poll.register(step.fd, select.POLLIN)
        # A step can die with its pipe held open by a process that it left behind, or live on with its
        # pipe closed: only `waitpid` tells, so it is asked as well, more often in the second case.
        for fd, _ in poll.poll(50 if all(step.open for step in steps.values()) else 5):
            steps[fd].read()
        for step in steps.values():
            step.look()

    @property
    def patience(self) -> float:
        """Seconds that a step beside the trace may be waited for: a part of what the whole trace has."""
        return self._request.limits.seconds / 30

    def ends_within(self, running: Running[Any], seconds: float) -> float | None:
        """What is left of the seconds when a step has ended; None: it did not in time, and is cancelled.

        They are those of a Watch: on a busy machine a step gets what it gets on a quiet one.
        """
        spent = self._awaited(running, seconds)
        if spent is None:
            running.cancel()
            return None
        return max(0.0, seconds - spent)

    def lasts(self, running: Running[Any], seconds: float) -> bool:
        """Whether a step still runs when these seconds are over; it goes on."""
        return self._awaited(running, seconds) is None

    def hold(self, running: Running[Any]) -> None:
        """Stops a step until somebody waits for it: it may not be needed."""
        next(step for step in self._running if step is running).hold()

    def _awaited(self, running: Running[Any], seconds: float) -> float | None:
        step = next(step for step in self._running if step is running)
        watch = Watch(step.pid)
        while not step.ended and watch.spent < seconds:
            self._listen()
            watch.look()
        return watch.spent if step.ended else None

    def branch(self, step: Step) -> Running[Any] | Branch:
        """Forks the program where it stands: here the fork is a step that runs, there it is a Branch."""
        reading, writing = lifted_pipe()
        trace, pid = os.getpid(), os.fork()
        if pid == 0:
            return self._become(step, writing, trace)
        os.close(writing)
        running: _ForkedStep[Any] = _ForkedStep(step, pid, reading, self)
        self._running.append(running)
        return running

    def _live(self, step: Step, work: Callable[[], Any], writing: int, trace: int) -> None:
        try:
            self._become(step, writing, trace).finish(_outcome(step, work))
        finally:
            leave(LOST)

    def _become(self, step: Step, writing: int, trace: int) -> Branch:
        try:
            processes.die_with(trace)
            self._dumps.arm(step)
            for fd in (self._channel.fd, *(fd for running in self._running for fd in running.fds)):
                with contextlib.suppress(OSError):
                    os.close(fd)
        except BaseException:
            leave(LOST)
            raise
        return Branch(step, Channel(writing, self._channel.token))


@dataclass(frozen=True)
class Branch:
    """This process, as a fork that goes on until it has something to tell."""

    step: Step
    channel: Channel

    def finish(self, result: object) -> NoReturn:
        """Sends the result and ends the process."""
        try:
            self.channel.send_line(_packed(self.step, result))
            leave(0)
        finally:
            leave(LOST)
        raise AssertionError("the process has ended")


class _ForkedStep(Generic[T]):
    """The trace's view of one fork."""

    def __init__(self, step: Step, pid: int, fd: int, isolation: Forked) -> None:
        self.fd = fd
        self._step = step
        self._child = ForkedChild(pid, {fd: self._hear})
        self._isolation = isolation
        self._lines = isolation.lines()
        self._result: list[T | Died] = []

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def fds(self) -> list[int]:
        return self._child.fds

    @property
    def open(self) -> bool:
        return bool(self._child.open)

    @property
    def ended(self) -> bool:
        return bool(self._result)

    def wait(self) -> T | Died:
        self._signal(signal.SIGCONT)
        self._isolation.wait_any([self])
        return self._result[0]

    def hold(self) -> None:
        self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        if not self.ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)

    def cancel(self) -> None:
        if not self.ended:
            self._end(Died(Stopped(self._step, "signal", "SIGKILL")))

    def read(self) -> None:
        """Takes what has come; the result ends the step."""
        self._child.read(self.fd)

    def look(self) -> None:
        """Notices a death."""
        if self.ended or (status := self._child.status()) is None:
            return
        if not self.ended:  # what it had sent was no result
            self._child.close()
            self._result.append(self._isolation.autopsy(self._step, status))

    def _hear(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self._end(_unpacked(self._step, line))

    def _end(self, result: T | Died) -> None:
        """Keeps the result, and ends the process."""
        self._child.close()
        self._result.append(result)
        self._child.kill()


def _outcome(step: Step, work: Callable[[], T]) -> T | Died:
    try:
        return work()
    except BaseException as error:  # noqa: BLE001 (the border of a step; an error of ours must not vanish)
        return Died(own_fault(step, error))


def _packed(step: Step, result: object) -> bytes:
    """What a step gave, and which names of torch's it lacked."""
    # Pickle and not the wire's JSON: both ends are one program, and what a step found may be a value of
    # torch's. Whether user values in it pickle is not ours to say.
    lost = names.lost()
    try:
        data = pickle.dumps((result, lost))
    except Exception as error:  # noqa: BLE001 (`__reduce__` of the user's)
        data = pickle.dumps((Died(own_fault(step, error)), lost))
    return base64.b64encode(data)


def _unpacked(step: Step, line: bytes) -> Any:
    try:
        result, lost = pickle.loads(base64.b64decode(line))  # noqa: S301 (written by our own fork)
    except Exception as error:  # noqa: BLE001 (`__setstate__` of the user's)
        return Died(own_fault(step, error))
    for each in lost:
        names.note_loss(each.name, each.observation)
    return result
