"""One worker process: greeted, asked, and listened to.

The rule: a thread reads whatever it says for as long as it lives, and hands on nothing but whole messages.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..model import Runtime, StartFailure, TraceRequest, wire
from ..tracing.isolation.channel import Lines
from .child_process import ChildProcess
from .greeting import greeting_of, last_line, next_message
from .inboxes import Inbox, Inboxes
from .interpreter import Interpreter, why_not

_CLOSE_SECONDS = 5.0
_DUMP_SECONDS = 5.0
_STILL = 0.25
"""Seconds without a further word after which a dump is complete."""

_MOST_NOISE = 1 << 20
"""Bytes before the first message after which it is not one of ours that talks, but `yes`."""


class Process:
    """A launched worker. It may not be warm yet, and it may have ended: `hello` tells."""

    def __init__(self, interpreter: Interpreter, cwd: str) -> None:
        """Raises OSError where it cannot be launched."""
        self.name = interpreter.python
        self._forks = interpreter.forks
        token = secrets.token_hex(8)
        words = [token, "serve" if self._forks else "once", *(["modest"] if interpreter.modest else [])]
        self._child = ChildProcess(interpreter, cwd, words)
        self._inboxes = Inboxes()
        self._ended = threading.Event()
        self._greeted: Runtime | StartFailure | None = None
        self._dump: Path | None = None
        self._child.listen(_Ear(token, self._inboxes).hears, self._end)

    # -- what it is asked ----------------------------------------------------------------------------

    def hello(self) -> Runtime | StartFailure:
        """Waits, the first time, until the process is warm. One that cannot be so is ended."""
        if self._greeted is None:
            self._greeted = greeting_of(self.name, self._child, self._inboxes.greetings)
        if isinstance(self._greeted, StartFailure):
            self.kill()
        return self._greeted

    def preload(self, modules: tuple[str, ...]) -> bool:
        """Has a warm process import modules, and says whether it is fit to fork after that."""
        self.ask({"preload": modules})
        message = next_message(self._child, self._inboxes.greetings)
        return message is not None and bool(message.get("preloaded"))

    def open(self, number: int) -> Inbox:
        """Where the messages of one trace will arrive, `GONE` the last of them if the process ends."""
        return self._inboxes.open(number)

    def begin(self, number: int, request: TraceRequest) -> None:
        if not self._forks:
            self._dump = _named_file()
        self.ask({"trace": number, "request": request, "dump": str(self._dump or "")})

    def forget(self, number: int) -> None:
        self._inboxes.forget(number)

    def ask(self, message: Mapping[str, object]) -> None:
        """Sends a message; where nobody is there to read it, the inbox will say so."""
        self._child.send(message)

    # -- what is known of it -------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def writes_when_asked(self) -> bool:
        """Whether a signal makes it write its stacks."""
        return sys.platform != "win32"

    @property
    def gone(self) -> bool:
        return self._ended.is_set() or self._child.gone

    @property
    def output(self) -> str:
        """The end of what it wrote on its standard error."""
        return self._child.output

    @property
    def last_line(self) -> str:
        return last_line(self.output)

    def status(self) -> int:
        """The exit code of a process that is `gone`: minus the signal, where one ended it."""
        return self._child.status()

    def dump(self) -> str:
        """The stacks that it wrote when it crashed or ran into its time limit; empty where it forked."""
        return self._dump.read_text(errors="replace") if self._dump else ""

    # -- its end -------------------------------------------------------------------------------------

    def quit(self) -> None:
        """Lets it end its traces and itself, and makes sure that it did."""
        self.ask({"quit": True})
        self._child.wait()
        self.kill()

    def kill(self) -> None:
        """Ends the process and everything that came of it; can be called again."""
        if self._child.kill():
            self._ended.wait(_CLOSE_SECONDS)

    def stop(self) -> None:
        """`kill`, after the process has written where it is."""
        if self._dump and self.writes_when_asked and not self.gone:
            os.kill(self.pid, signal.SIGUSR2)
            _wait_for(self._dump)
        self.kill()

    def discard(self) -> None:
        """`kill`, and nobody will ask for the dump."""
        self.kill()
        if self._dump:
            self._dump.unlink(missing_ok=True)

    def _end(self) -> None:
        self._ended.set()
        self._inboxes.close()


class _Ear:
    """Makes messages of what a process writes, and drops what is none."""

    def __init__(self, token: str, inboxes: Inboxes) -> None:
        self._lines = Lines(token.encode())
        self._inboxes = inboxes
        self._noise = 0
        self._heard = False

    def hears(self, data: bytes) -> bool:
        """Whether more of it is wanted."""
        self._noise += len(data)
        for line in self._lines.feed(data):
            self._heard = True
            self._inboxes.deliver(_message(line))
        return self._heard or self._noise < _MOST_NOISE


def _message(line: bytes) -> Mapping[str, Any]:
    """A message; one that we do not understand says so, under the number of its trace if it has one."""
    try:
        message: Mapping[str, Any] = wire.loads(line)
    except wire.WireError as error:
        try:
            number = json.loads(line).get("trace")
        except ValueError:  # user code wrote into the middle of it
            return {}
        return {"trace": number, "unreadable": str(error)}
    return message


def launch(interpreter: Interpreter, cwd: str) -> Process | StartFailure:
    """The process, or why there is none; does not wait until it is warm."""
    if failure := why_not(interpreter.python):
        return failure
    try:
        return Process(interpreter, cwd)
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
        return StartFailure("cannot-launch", str(error.filename or interpreter.python), error=said)


def _named_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="fullgraph-", suffix=".dump")
    os.close(handle)
    return Path(name)


def _wait_for(dump: Path) -> None:
    """Until nothing more is written to it, and not for long where nothing is."""
    written, ends = 0, time.monotonic() + _DUMP_SECONDS
    while time.monotonic() < ends and ((size := dump.stat().st_size) > written or not written):
        written = size
        time.sleep(_STILL)
