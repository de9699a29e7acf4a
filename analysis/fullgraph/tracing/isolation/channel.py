"""Messages over a pipe that user code can write to as well.

The rule: a message is one whole line behind a token that both ends know and user code does not. Whatever
else arrives (a program that writes to every descriptor it finds) is noise, and is dropped; it cannot
cut a message either, because each begins with a line end of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ...model import wire


class Channel:
    """The writing end. `fd` is a blocking descriptor."""

    def __init__(self, fd: int, token: bytes) -> None:
        self.fd = fd
        self.token = token

    def send(self, message: Mapping[str, object]) -> None:
        """Raises OSError where the pipe is closed at either end."""
        self.send_line(wire.dumps(message).encode())

    def send_line(self, line: bytes) -> None:
        rest = memoryview(b"\n" + self.token + line + b"\n")
        while rest:
            rest = rest[os.write(self.fd, rest) :]


class Lines:
    """The reading end: cuts what arrives into messages, without their tokens."""

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        if b"\n" not in data:
            self._forget_noise()
            return []
        *lines, self._rest = self._rest.split(b"\n")
        self._forget_noise()
        return [bytes(line[len(self._token) :]) for line in lines if line.startswith(self._token)]

    def _forget_noise(self) -> None:
        # A gigabyte without a line end must not be kept: one byte is enough to know it for noise.
        start = bytes(self._rest[: len(self._token)])
        if not self._token.startswith(start):
            self._rest = bytearray(b"\0")


class Tail:
    """The last bytes of a stream."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._data = b""

    def feed(self, data: bytes) -> None:
        self._data = (self._data + data)[-self._size :]

    @property
    def text(self) -> str:
        return self._data.decode(errors="replace")


def lifted(fd: int) -> int:
    """The same file under a number that user code does not come across.

    `os.closerange(3, 256)`, the start of many a daemon, would otherwise close our pipes.
    """
    if sys.platform == "win32":
        return fd
    import fcntl
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    floor = 512 if soft == resource.RLIM_INFINITY else min(512, soft // 2)
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, floor)
    except OSError:  # every number above is taken
        return fd
    os.close(fd)
    return high


def lifted_pipe() -> tuple[int, int]:
    """A pipe as `os.pipe` gives it: the reading end, the writing end."""
    reading, writing = os.pipe()
    return lifted(reading), lifted(writing)
