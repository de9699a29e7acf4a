"""A fork of this process, as its parent sees it: the one place that reads, reaps and kills forks.

The rule: nothing here waits for the fork to do something. What it wrote before its end is read before its
end is told, and its number, which may be another's by then, is not used once it was reaped.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping

Reader = Callable[[bytes], None]

_CHUNK = 1 << 16
_REST_CHUNKS = 32
"""No more than a pipe can hold: somebody may still be writing."""


class ForkedChild:
    """`readers` take what arrives on the reading ends of its pipes."""

    def __init__(self, pid: int, readers: Mapping[int, Reader]) -> None:
        self.pid = pid
        self._readers = dict(readers)
        self.open = set(readers)
        """The pipes that are not at their end. They keep their numbers until `close`."""
        self._status: int | None = None
        for fd in readers:
            os.set_blocking(fd, False)

    @property
    def fds(self) -> list[int]:
        """The pipes that this process still has."""
        return list(self._readers)

    def read(self, fd: int) -> bool:
        """Takes what has come, and says whether something had."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:  # user code closed it
            data = b""
        if not data:
            self.open.discard(fd)
        self._readers[fd](data)
        return bool(data)

    def status(self) -> int | None:
        """The exit code, minus the signal where one ended it; None while it runs."""
        if self._status is None and (status := _reaped(self.pid)) is not None:
            self._status = status
            self.read_rest()
        return self._status

    def kill(self) -> None:
        """Ends it with whatever threads it has, and reaps it."""
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self._status = -signal.SIGKILL

    def read_rest(self) -> None:
        """Takes what lies in its pipes."""
        for fd in tuple(self.open):
            for _ in range(_REST_CHUNKS):
                if fd not in self.open or not self.read(fd):
                    break

    def close(self) -> None:
        for fd in self._readers:
            with contextlib.suppress(OSError):
                os.close(fd)
        self._readers.clear()
        self.open.clear()


def _reaped(pid: int) -> int | None:
    """What user code reaped first counts as 0."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None
