"""What code may not do that runs though nobody asked for it: write files, start programs, go to the network.

What is needed of a program by then is a model and its inputs. The rule: temporary folders and caches are nobody's
work, and may be written to; all else raises as it would where the user has no right to it.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from . import programs


class RefusedError(PermissionError):
    """The statements would have changed something outside of the process."""


class RefusedProgramError(RefusedError, FileNotFoundError):
    """They would have started a program: who does without where it is not installed, goes on."""

    def __str__(self) -> str:
        return f"it runs `{self.filename}`, which is not allowed during a check"


@contextmanager
def nothing_changes(root: str) -> Iterator[None]:
    """Within, nothing is written below `root` or elsewhere, no program changes anything, and nobody is asked over the network."""
    guard = _Guard(root)
    sys.addaudithook(guard)
    before = {name: os.environ.get(name) for name in _OFFLINE}
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        with _saving_refused(guard):
            yield
    finally:
        guard.on = False  # a hook cannot be taken away again
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _saving_refused(guard: _Guard) -> Iterator[None]:
    """`torch.save` opens its file in C++, of which no hook hears."""
    save = torch.save

    def asked(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
        guard.keep(f)
        return save(obj, f, *args, **kwargs)

    torch.save = asked
    try:
        yield
    finally:
        torch.save = save


_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"})
_CHANGING = frozenset(
    {"os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "os.truncate", "os.chmod", "os.chown"}
)
_MOVING = frozenset({"os.rename", "os.link", "os.symlink", "shutil.move", "shutil.copyfile"})
_STARTING = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}
"""By event, which of its arguments is the command."""

_NOBODYS = frozenset({".cache", "__pycache__", ".config", ".triton", ".nv"})
"""Folders of what programs keep for themselves."""


def _folder(path: str) -> str:
    return os.path.join(os.path.realpath(path), "")  # noqa: PTH118 (with the separator at its end)


class _Guard:
    def __init__(self, root: str) -> None:
        self.on = True
        self._root = _folder(root)
        self._free = tuple({*map(_folder, (tempfile.gettempdir(), "/tmp", "/var/tmp")), "/dev/", "/proc/"})  # noqa: S108 (asked after, and not written to)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in _NETWORK:
            raise RefusedError("it accesses the network, which is not allowed during a check")
        if (event == "open" and _writes(arguments)) or event in _CHANGING:
            self.keep(arguments[0])
        elif event in _MOVING:
            self.keep(arguments[1])
        elif event in _STARTING:
            self._start(arguments[_STARTING[event]])
        elif event in ("os.kill", "os.killpg") and _ends_others(*arguments):
            raise RefusedError("it ends other processes, which is not allowed during a check")

    def keep(self, path: object) -> None:
        """Refuses what would write to a path."""
        if not self.on or not isinstance(path, (str, bytes, os.PathLike)):
            return
        if not self._may_write(os.fsdecode(path)):
            raise RefusedError(f"it writes `{os.fsdecode(path)}`, which is not allowed during a check")

    def _start(self, command: Any) -> None:
        if not programs.is_harmless(command):
            words = command if isinstance(command, (str, bytes)) else next(iter(command), "")
            raise RefusedProgramError(errno.ENOENT, "not run during a check", os.fsdecode(words))

    def _may_write(self, path: str) -> bool:
        whole = os.path.realpath(path)
        if whole.startswith(self._root):
            return "__pycache__" in whole
        return whole.startswith(self._free) or not _NOBODYS.isdisjoint(Path(whole).parts)


def _ends_others(process: int, number: int) -> bool:
    return number != 0 and process in (os.getppid(), os.getpgid(os.getppid()), 1, 0, -1)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = (*arguments, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
