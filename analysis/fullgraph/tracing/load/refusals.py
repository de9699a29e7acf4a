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
_CHANGING: dict[str, dict[int, int | None]] = {
    "os.remove": {0: 1},
    "os.rmdir": {0: 1},
    "os.mkdir": {0: 2},
    "os.truncate": {0: None},
    "os.chmod": {0: 2},
    "os.chown": {0: 3},
    "os.rename": {0: 2, 1: 3},
    "os.link": {0: 2, 1: 3},
    "os.symlink": {1: 2},
    "shutil.rmtree": {0: 1},
    "shutil.move": {0: None, 1: None},
    "shutil.copyfile": {1: None},
}
"""By event, which of its arguments are paths that change, and which the folder that a relative one starts from.

What is moved away is gone, and what has a second name can be written to by it.
"""

_OF_CONTENT = frozenset({"os.truncate", "os.chmod", "os.chown", "shutil.copyfile"})
"""Of a link, what these change is the file that it leads to; the others change the link."""

_STARTING: dict[str, tuple[int | None, int]] = {
    "subprocess.Popen": (0, 1),
    "os.system": (None, 0),
    "os.exec": (0, 1),
    "os.posix_spawn": (0, 1),
    "os.spawn": (1, 2),
}
"""By event, which of its arguments are the program, where it is told apart, and the command."""

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
        if event == "open" and _writes(arguments):
            self.keep(arguments[0])
        elif event == "os.mkdir" and Path(os.fsdecode(arguments[0])).is_dir():
            pass  # says itself that it is there
        elif event in _CHANGING:
            for path, folder in _CHANGING[event].items():
                below = _below(arguments[path], folder and arguments[folder])
                self.keep(below, entry=event not in _OF_CONTENT)
        elif event in _STARTING:
            self._start(_command(event, arguments), _folder_of(event, arguments))
        elif event in ("os.kill", "os.killpg") and _ends_others(*arguments):
            raise RefusedError("it ends other processes, which is not allowed during a check")

    def keep(self, path: object, *, entry: bool = False) -> None:
        """Refuses what would write to a path, or, of a link, to its `entry` in a folder."""
        if not self.on or not isinstance(path, (str, bytes, os.PathLike)):
            return
        said = os.fsdecode(path)
        if not self._is_free(_entry(said) if entry else os.path.realpath(said)):
            raise RefusedError(f"it writes `{os.fsdecode(path)}`, which is not allowed during a check")

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


def _command(event: str, arguments: tuple[Any, ...]) -> Any:
    program, command = _STARTING[event]
    words = arguments[command]
    if program is None or arguments[program] is None or isinstance(words, (str, bytes, os.PathLike)):
        return words
    return [arguments[program], *words[1:]]  # the first word may say anything


def _folder_of(event: str, arguments: tuple[Any, ...]) -> str:
    said = arguments[2] if event == "subprocess.Popen" else None
    return os.path.join(os.getcwd(), os.fsdecode(said or ""))  # noqa: PTH109, PTH118 (of a text)


def _below(path: object, folder: int | None) -> object:
    """A path that an open folder, by its descriptor, is the start of."""
    is_open = folder is not None and folder >= 0 and Path("/proc/self/fd").is_dir()
    if not is_open or not isinstance(path, (str, bytes, os.PathLike)):
        return path
    return os.path.join(f"/proc/self/fd/{folder}", os.fsdecode(path))  # noqa: PTH118 (of a text)


def _entry(path: str) -> str:
    """The name in its folder, of a link as of a file."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 (links stay)
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 (of a text)


def _ends_others(process: int, number: int) -> bool:
    return number != 0 and process in (os.getppid(), os.getpgid(os.getppid()), 1, 0, -1)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = (*arguments, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
