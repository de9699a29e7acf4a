"""One process in the user's interpreter: launched, drained, listened to, and ended with all its kin.

The rule: two threads read whatever it writes for as long as it lives, so it can never stand still
because of us, and they hand on nothing but whole messages.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from .. import tracing
from ..model import Runtime, StartFailure, StartReason, TraceRequest, wire
from ..tracing.isolation.channel import Channel, Lines, Tail
from ..tracing.isolation.processes import how_ended
from ..tracing.isolation.watch import Watch
from .interpreter import Interpreter, creation_flags, environment, executable, why_not
from .process_tree import kill_group, kill_marked

Inbox = queue.Queue[Mapping[str, Any]]

GONE: Mapping[str, Any] = {"gone": True}
"""What every inbox gets when the process has ended."""

_START_SECONDS = 120.0
"""Those of a Watch: a machine that is busy gives a worker the time that it needs to get warm."""

_LOOK = 0.25
_QUIT_SECONDS = 5.0
_STILL = 0.25
"""Seconds without a further word after which a dump is complete."""

_LAST_WORDS_SECONDS = 5.0
"""For what lies in the pipe of a process that ended; what it left running may hold the pipe open."""

_TAIL_BYTES = 2048
_MOST_NOISE = 1 << 20
"""Bytes before the first message after which it is not one of ours that talks, but `yes`."""


class Process:
    """A launched interpreter. It may not be warm yet, and it may have ended: `hello` tells."""

    def __init__(self, interpreter: Interpreter, cwd: str) -> None:
        """Raises OSError where it cannot be launched."""
        self.name = interpreter.python
        self._mark = secrets.token_hex(8)
        self._token = secrets.token_hex(8)
        self._forks = interpreter.forks
        self._dump: Path | None = None
        self._popen = self._launch(interpreter, cwd)
        self._ended = threading.Event()
        self._drained = threading.Event()
        self._tail = Tail(_TAIL_BYTES)
        self._greetings = Inbox()
        self._inboxes: dict[int, Inbox] = {}
        self._inboxes_lock = threading.Lock()
        self._writing = threading.Lock()
        self._killing = threading.Lock()
        self._killed = False
        self._greeted: Runtime | StartFailure | None = None
        for work in (self._listen, self._drain):
            threading.Thread(target=work, name="fullgraph-worker", daemon=True).start()

    def hello(self) -> Runtime | StartFailure:
        """Waits, the first time, until the process is warm. One that cannot be so is ended."""
        if self._greeted is None:
            self._greeted = self._greet()
        if isinstance(self._greeted, StartFailure):
            self.kill()
        return self._greeted

    def preload(self, modules: tuple[str, ...]) -> bool:
        """Has a warm process import modules, and says whether it is fit to fork after that."""
        self.ask({"preload": modules})
        message = self._next_greeting()
        return message is not None and bool(message.get("preloaded"))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def writes_when_asked(self) -> bool:
        """Whether a signal makes it write its stacks."""
        return sys.platform != "win32"

    @property
    def gone(self) -> bool:
        return self._ended.is_set() or self._popen.poll() is not None

    @property
    def output(self) -> str:
        """The end of what it wrote on its standard error."""
        return self._tail.text

    @property
    def last_line(self) -> str:
        return self.output.strip().rpartition("\n")[2]

    def open(self, number: int) -> Inbox:
        """Where the messages of one trace will arrive, `GONE` the last of them if the process ends."""
        inbox = Inbox()
        with self._inboxes_lock:
            self._inboxes[number] = inbox
        if self._ended.is_set():
            inbox.put(GONE)
        return inbox

    def begin(self, number: int, request: TraceRequest) -> None:
        if not self._forks:
            self._dump = _named_file()
        self.ask({"trace": number, "request": request, "dump": str(self._dump or "")})

    def forget(self, number: int) -> None:
        with self._inboxes_lock:
            self._inboxes.pop(number, None)

    def ask(self, message: Mapping[str, object]) -> None:
        """Sends a message; where nobody is there to read it, the inbox will say so."""
        with self._writing, contextlib.suppress(OSError, ValueError):
            Channel(self._pipe(self._popen.stdin).fileno(), b"").send(message)

    def status(self) -> int:
        """The exit code of a process that is `gone`: minus the signal, where one ended it."""
        try:
            code = self._popen.wait(_QUIT_SECONDS)
        except subprocess.TimeoutExpired:  # it closed its pipes and lives on
            self.kill()
            return -signal.SIGTERM
        self._drained.wait(_LAST_WORDS_SECONDS)
        return code

    def dump(self) -> str:
        """The stacks that it wrote when it crashed or ran into its time limit; empty where it forked."""
        return self._dump.read_text(errors="replace") if self._dump else ""

    def quit(self) -> None:
        """Lets it end its traces and itself, and makes sure that it did."""
        self.ask({"quit": True})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_QUIT_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Ends the process and everything that came of it; can be called again."""
        with self._killing:
            if self._killed:  # its number may be another's by now
                return
            kill_group(self._popen)
            self._popen.wait()
            kill_marked(self._mark)
            self._killed = True
        with self._writing, contextlib.suppress(OSError):
            self._pipe(self._popen.stdin).close()
        self._ended.wait(_QUIT_SECONDS)

    def stop(self) -> None:
        """`kill`, after the process has written where it is."""
        if self._dump and self.writes_when_asked and not self.gone:
            os.kill(self.pid, signal.SIGUSR2)
            self._wait_for(self._dump)
        self.kill()

    def _wait_for(self, dump: Path) -> None:
        """Until nothing more is written to it, and not for long where nothing is."""
        written, ends = 0, time.monotonic() + _QUIT_SECONDS
        while time.monotonic() < ends and ((size := dump.stat().st_size) > written or not written):
            written = size
            time.sleep(_STILL)

    def discard(self) -> None:
        """`kill`, and nobody will ask for the dump."""
        self.kill()
        if self._dump:
            self._dump.unlink(missing_ok=True)

    def _launch(self, interpreter: Interpreter, cwd: str) -> subprocess.Popen[bytes]:
        mode = "serve" if self._forks else "once"
        words = [self._token, mode, *(["modest"] if interpreter.modest else [])]
        return subprocess.Popen(  # noqa: S603 (the interpreter that the user named)
            [executable(interpreter.python), str(Path(tracing.__file__).parent), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=cwd,
            env=environment(interpreter, self._mark),
            # A group of its own: what is typed at the terminal (Ctrl-C) is meant for us, and we end it.
            start_new_session=True,
            creationflags=creation_flags(interpreter),
        )

    def _greet(self) -> Runtime | StartFailure:
        version = ""
        while True:
            message = self._next_greeting()
            if message is None:
                return StartFailure("not-ready", self.name, version, seconds=_START_SECONDS)
            version = message.get("starting", version)
            if message is GONE:
                return self._never_greeted(version)
            if "failed" in message:
                return self._refused(version, message["failed"])
            if "hello" in message:
                return self._welcomed(message["hello"])

    def _next_greeting(self) -> Mapping[str, Any] | None:
        """None where it takes too long."""
        watch = Watch(self.pid)
        while watch.spent < _START_SECONDS:
            with contextlib.suppress(queue.Empty):
                return self._greetings.get(timeout=_LOOK)
            watch.look()
        return None

    def _welcomed(self, hello: Mapping[str, Any]) -> Runtime | StartFailure:
        if hello["protocol"] == wire.PROTOCOL:
            return Runtime(hello["python"], hello["torch"])
        told = f"protocol {hello['protocol']}, not {wire.PROTOCOL}"
        return StartFailure("updated", self.name, hello["python"], hello["torch"], told)

    def _refused(self, version: str, failed: Mapping[str, str]) -> StartFailure:
        reason: Any = failed["reason"]
        return StartFailure(reason, self.name, version, failed.get("torch", ""), failed.get("error", ""))

    def _never_greeted(self, version: str) -> StartFailure:
        _, ended = how_ended(self.status())
        reason: StartReason = "crashed" if version else "not-python"
        return StartFailure(reason, self.name, version, ended=ended, output=self.last_line)

    def _listen(self) -> None:
        lines, noise, heard = Lines(self._token.encode()), 0, False
        with contextlib.suppress(OSError, ValueError):
            while (heard or noise < _MOST_NOISE) and (data := self._pipe(self._popen.stdout).read(1 << 16)):
                noise += len(data)
                for line in lines.feed(data):
                    heard = True
                    self._deliver(_read(line))
        self._pipe(self._popen.stdout).close()
        self._ended.set()
        with self._inboxes_lock:
            for inbox in (self._greetings, *self._inboxes.values()):
                inbox.put(GONE)

    def _deliver(self, message: Mapping[str, Any]) -> None:
        with self._inboxes_lock:
            if "trace" not in message:
                self._greetings.put(message)
            elif inbox := self._inboxes.get(message["trace"]):
                inbox.put(message)

    def _drain(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := self._pipe(self._popen.stderr).read(1 << 16):
                self._tail.feed(data)
        self._pipe(self._popen.stderr).close()
        self._drained.set()

    @staticmethod
    def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def _read(line: bytes) -> Mapping[str, Any]:
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
