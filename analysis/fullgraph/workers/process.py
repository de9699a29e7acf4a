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
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from .. import tracing
from ..model import Runtime, TraceRequest, wire
from ..tracing.isolation.channel import Channel, Lines, Tail
from ..tracing.isolation.processes import how_ended
from .interpreter import (
    CHOOSE,
    Interpreter,
    StartFailure,
    creation_flags,
    environment,
    executable,
    why_not,
)
from .process_tree import kill_group, kill_marked

Inbox = queue.Queue[Mapping[str, Any]]

GONE: Mapping[str, Any] = {"gone": True}
"""What every inbox gets when the process has ended."""

_START_SECONDS = 120.0
_QUIT_SECONDS = 5.0
_LAST_WORDS_SECONDS = 1.0
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
        with contextlib.suppress(queue.Empty):
            message = self._greetings.get(timeout=_START_SECONDS)
            return bool(message.get("preloaded"))
        return False

    @property
    def gone(self) -> bool:
        return self._ended.is_set() or self._popen.poll() is not None

    @property
    def output(self) -> str:
        """The end of what it wrote on its standard error."""
        return self._tail.text

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
        deadline = time.monotonic() + _START_SECONDS
        version = ""
        while True:
            try:
                message = self._greetings.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return StartFailure("died", f"{self.name} was not ready after {_START_SECONDS:.0f} seconds.")
            version = message.get("starting", version)
            if message is GONE:
                return self._never_greeted(version)
            if "failed" in message:
                return self._refused(version, **message["failed"])
            if "hello" in message:
                return self._welcomed(message["hello"])

    def _welcomed(self, hello: Mapping[str, Any]) -> Runtime | StartFailure:
        if hello["protocol"] == wire.PROTOCOL:
            return Runtime(hello["python"], hello["torch"])
        words = f"{hello['protocol']} and not {wire.PROTOCOL}: Fullgraph was updated while it ran. Start it again."
        return StartFailure("protocol", f"The worker in {self.name} speaks protocol {words}")

    def _refused(self, version: str, reason: Any, message: str) -> StartFailure:
        if reason == "no-torch":
            return StartFailure(
                reason, f"{self.name} (Python {version}) cannot import torch: {message}. {CHOOSE}"
            )
        return StartFailure(reason, f"{self.name}: {message}. {CHOOSE}")

    def _never_greeted(self, version: str) -> StartFailure:
        _, detail = how_ended(self.status())
        last = self.output.strip().rpartition("\n")[2]
        said = f' Its last words: "{last}".' if last else ""
        if version:
            message = f"{self.name} (Python {version}) ended ({detail}) before it was ready.{said}"
            return StartFailure("died", message)
        return StartFailure(
            "not-python", f"{self.name} is no Python that can run the worker: 3.10 or newer.{said} {CHOOSE}"
        )

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
        reason = os.strerror(error.errno) if error.errno else str(error)
        name = error.filename or interpreter.python
        return StartFailure("not-python", f"Cannot run {name}: {reason}. {CHOOSE}")


def _named_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="fullgraph-", suffix=".dump")
    os.close(handle)
    return Path(name)
