"""What code may not do that runs though nobody asked for it: write files, start programs, go to the network.

What is needed of a program by then is a model and its inputs. The rule: temporary folders and caches are nobody's
work, and may be written to; all else raises as it would where the user has no right to it.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import audited, programs, unheard


class RefusedError(PermissionError):
    """The statements would have changed something outside of the process."""


class RefusedProgramError(RefusedError, FileNotFoundError):
    """They would have started a program: who does without where it is not installed, goes on."""

    def __str__(self) -> str:
        return f"it runs `{self.filename}`, which is not allowed during a check"


@contextmanager
def nothing_changes(root: str) -> Iterator[None]:
    """Within, nothing is written below `root` or elsewhere, no program changes anything, and nobody is asked over the network.

    A thread that was started within may outlive it, and is held to the same.
    """
    guard = _Guard(root)
    sys.addaudithook(guard)
    before = {name: os.environ.get(name) for name in _OFFLINE}
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        with unheard.asked(guard.keep, guard.start_python, guard.follow) as asking:
            try:
                yield
            finally:
                guard.on = False  # a hook cannot be taken away again
                if guard.outlived:
                    asking.pop_all()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"})
_NOBODYS = frozenset({".cache", "__pycache__", ".config", ".triton", ".nv"})
"""Folders of what programs keep for themselves."""


def _folder(path: str) -> str:
    return os.path.join(os.path.realpath(path), "")  # noqa: PTH118 (with the separator at its end)


class _Guard:
    def __init__(self, root: str) -> None:
        self.on = True
        self._threads: set[threading.Thread] = set()
        self._root = _folder(root)
        self._free = tuple({*map(_folder, (tempfile.gettempdir(), "/tmp", "/var/tmp")), "/dev/", "/proc/"})  # noqa: S108 (asked after, and not written to)

    @property
    def outlived(self) -> bool:
        """Whether a thread that it guards goes on."""
        return any(thread.is_alive() for thread in self._threads)

    def __call__(self, event: str, arguments: audited.Arguments) -> None:
        if not self._is_guarded():
            return
        if event in _NETWORK:
            raise RefusedError("it accesses the network, which is not allowed during a check")
        for change in audited.changes(event, arguments):
            self._keep(change)
        if audited.starts(event):
            self._start(audited.command(event, arguments), audited.folder(event, arguments))
        elif audited.starts_python(event, arguments):
            self.start_python("")
        elif (function := audited.function_of_c(event, arguments)) is not None:
            raise RefusedError(f"it calls `{function}` of the C library, which is not allowed during a check")
        elif audited.ends_others(event, arguments):
            raise RefusedError("it ends other processes, which is not allowed during a check")

    def keep(self, path: object) -> None:
        """Refuses what would write to a path."""
        if self._is_guarded() and isinstance(path, (str, bytes, os.PathLike)):
            self._keep(audited.Change(os.fsdecode(path)))

    def start_python(self, command: Any) -> None:
        """Refuses a process of multiprocessing's in which this guard is not."""
        if self._is_guarded() and not any("resource_tracker" in _text(word) for word in command):
            raise RefusedError("it starts another Python process, which is not allowed during a check")

    def follow(self, thread: object) -> None:
        """Guards a thread as long as it goes on."""
        if self._is_guarded() and isinstance(thread, threading.Thread):
            self._threads.add(thread)

    def _is_guarded(self) -> bool:
        return self.on or (bool(self._threads) and self._is_own(threading.get_ident()))

    def _is_own(self, ident: int) -> bool:
        # What has ended gives its number to the next thread.
        return any(thread.ident == ident and thread.is_alive() for thread in list(self._threads))

    def _keep(self, change: audited.Change) -> None:
        whole = _entry(change.path) if change.entry else os.path.realpath(change.path)
        if not self._is_free(whole):
            raise RefusedError(f"it writes `{change.path}`, which is not allowed during a check")

    def _start(self, command: programs.Command, folder: str) -> None:
        if not programs.is_harmless(command, programs.Place(folder, self._may_write)):
            first = command if isinstance(command, (str, bytes, os.PathLike)) else next(iter(command), "")
            raise RefusedProgramError(errno.ENOENT, "not run during a check", _text(first))

    def _may_write(self, path: str) -> bool:
        return self._is_free(os.path.realpath(path))

    def _is_free(self, whole: str) -> bool:
        if os.path.join(whole, "").startswith(self._root):  # noqa: PTH118 (of a text)
            return "__pycache__" in whole
        return whole.startswith(self._free) or not _NOBODYS.isdisjoint(Path(whole).parts)


def _text(word: object) -> str:
    return os.fsdecode(word) if isinstance(word, (str, bytes, os.PathLike)) else str(word)


def _entry(path: str) -> str:
    """The name in its folder, of a link as of a file."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 (links stay)
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 (of a text)
