"""Where a process was when it crashed or was stopped, from what `faulthandler` wrote.

The rule: the dump is made by C code, for a crash in the signal's handler, so it works where Python cannot run any more
(a segfault, an endless loop in C), and goes to a file that the process which survives holds open.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias, get_args

from ...model import Frame, Step, TraceRequest
from ..locations.source_locations import frame_of_dump
from .channel import lifted

Stack: TypeAlias = list[tuple[str, int]]
"""(file, line) of each frame, innermost first."""

Who: TypeAlias = Literal["trace"] | Step
"""A process of a trace: its own, or that of a step which runs aside."""

_FRAME = re.compile(r'  File "(.*)", line (\d+) in ')
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_MOST = 1 << 20


def stacks(dump: str) -> list[Stack]:
    """The stacks of all threads in a dump: the one that crashed or got the signal, then the oldest first."""
    found: list[tuple[bool, Stack]] = []
    for line in dump.splitlines():
        if "(most recent call first)" in line:
            found.append((line.startswith("Current thread"), []))
        elif found and (match := _FRAME.match(line)):
            found[-1][1].append((_file_name(match[1]), int(match[2])))
    # They are written newest first, and where a timer wrote them none is the current one.
    oldest_first = found[::-1]
    oldest_first.sort(key=lambda entry: not entry[0])
    return [stack for _, stack in oldest_first if stack]


def first_frame(request: TraceRequest, candidates: Iterable[Stack]) -> Frame | None:
    """The user's place in the first stack that has one."""
    frames = (frame_of_dump(request, stack) for stack in candidates)
    return next((frame for frame in frames if frame), None)


leave: Callable[[int], NoReturn] = os._exit
"""`os._exit` as it was, for our own ends."""


def arm(fd: int) -> None:
    """Has this process write its stacks to `fd`: in a crash, at `os._exit`, on SIGUSR2 where there is one."""
    faulthandler.enable(file=fd, all_threads=True)
    if sys.platform != "win32":
        faulthandler.register(signal.SIGUSR2, file=fd, all_threads=True, chain=False)
    armed = os.getpid()

    def exit_with_stacks(status: int) -> NoReturn:
        # Not in forks of the user's, which end like this by right: `multiprocessing` does it.
        if os.getpid() == armed:
            with contextlib.suppress(OSError, ValueError):  # the file was closed
                faulthandler.dump_traceback(file=fd, all_threads=True)
        leave(status)

    os._exit = exit_with_stacks


class DumpFiles:
    """One file without a name for each process of a trace.

    They are made before the trace is forked, so that the warm parent can read them when it stops it.
    """

    def __init__(self) -> None:
        self._files: dict[Who, int] = {who: _nameless_file() for who in ("trace", *get_args(Step))}

    @property
    def fds(self) -> list[int]:
        return list(self._files.values())

    def arm(self, who: Who) -> None:
        self.clear(who)
        arm(self._files[who])

    def stacks(self, who: Who) -> list[Stack]:
        return stacks(os.pread(self._files[who], _MOST, 0).decode(errors="replace"))

    def sizes(self) -> tuple[int, ...]:
        return tuple(os.fstat(fd).st_size for fd in self._files.values())

    def clear(self, who: Who) -> None:
        os.ftruncate(self._files[who], 0)
        os.lseek(self._files[who], 0, os.SEEK_SET)

    def close(self) -> None:
        for fd in self._files.values():
            os.close(fd)


def _nameless_file() -> int:
    if sys.platform == "linux":
        return lifted(os.memfd_create("fullgraph"))
    with tempfile.TemporaryFile() as file:
        return lifted(os.dup(file.fileno()))


def _file_name(written: str) -> str:
    # faulthandler writes `modèle.py` as `mod\xe8le.py`, and a backslash as it is: `C:\x64\model.py`.
    return written if Path(written).exists() else _ESCAPE.sub(_character, written)


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2] or match[3], 16))
