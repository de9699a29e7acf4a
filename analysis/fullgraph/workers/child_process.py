"""A launched program with its pipes: drained for as long as it lives, and ended with all its kin.

The rule: a thread reads whatever it writes on standard error, so that it can never stand still because of us;
its number, which may be another's by then, is not used once it was ended.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from .. import tracing
from ..tracing.isolation.channel import Channel, Tail
from .interpreter import Interpreter, creation_flags, environment, executable
from .process_tree import kill_group, kill_marked

_QUIT_SECONDS = 5.0
_LAST_WORDS_SECONDS = 5.0
"""For what lies in the pipe of a process that ended; what it left running may hold the pipe open."""

_TAIL_BYTES = 2048
_CHUNK = 1 << 16


class ChildProcess:
    """The worker's program in the user's interpreter. `words` are its arguments."""

    def __init__(self, interpreter: Interpreter, cwd: str, words: list[str]) -> None:
        """Raises OSError where it cannot be launched."""
        self._mark = secrets.token_hex(8)
        self._popen = subprocess.Popen(  # noqa: S603 (the interpreter that the user named)
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
        self._tail = Tail(_TAIL_BYTES)
        self._drained = threading.Event()
        self._writing = threading.Lock()
        self._killing = threading.Lock()
        self._killed = False
        _start_thread(self._drain)

    def listen(self, heard: Callable[[bytes], bool], ended: Callable[[], None]) -> None:
        """Has a thread read its standard output until it ends, or `heard` wants no more of it."""
        _start_thread(lambda: self._listen(heard, ended))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def gone(self) -> bool:
        return self._popen.poll() is not None

    @property
    def output(self) -> str:
        """The end of what it wrote on its standard error."""
        return self._tail.text

    def send(self, message: Mapping[str, object]) -> None:
        """Nobody may be there to read it."""
        with self._writing, contextlib.suppress(OSError, ValueError):
            Channel(_pipe(self._popen.stdin).fileno(), b"").send(message)

    def status(self) -> int:
        """The exit code of a process that has ended, or closed its pipes: minus the signal, where one ended it."""
        try:
            code = self._popen.wait(_QUIT_SECONDS)
        except subprocess.TimeoutExpired:  # it lives on
            self.kill()
            return -signal.SIGTERM
        self._drained.wait(_LAST_WORDS_SECONDS)
        return code

    def wait(self) -> None:
        """For its end, and not for long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_QUIT_SECONDS)

    def kill(self) -> bool:
        """Ends the process and everything that came of it; False: that was done before."""
        with self._killing:
            if self._killed:
                return False
            kill_group(self._popen)
            self._popen.wait()
            kill_marked(self._mark)
            self._killed = True
        with self._writing, contextlib.suppress(OSError):
            _pipe(self._popen.stdin).close()
        return True

    def _listen(self, heard: Callable[[bytes], bool], ended: Callable[[], None]) -> None:
        stdout = _pipe(self._popen.stdout)
        with contextlib.suppress(OSError, ValueError):
            while (data := stdout.read(_CHUNK)) and heard(data):
                pass
        stdout.close()
        ended()

    def _drain(self) -> None:
        stderr = _pipe(self._popen.stderr)
        with contextlib.suppress(OSError, ValueError):
            while data := stderr.read(_CHUNK):
                self._tail.feed(data)
        stderr.close()
        self._drained.set()


def _start_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="fullgraph-worker", daemon=True).start()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
