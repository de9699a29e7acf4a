"""What Python's audit events say: which paths are about to change, and which program starts.

The rule: an event is read here and judged elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Arguments = tuple[Any, ...]

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

_OF_C = re.compile(
    r"system|popen|exec[lv]\w*|posix_spawnp?|v?fork|(?:f|fre)?open(?:at|64)?|creat|unlink(?:at)?|remove|"
    r"rename(?:at)?|(?:sym)?link(?:at)?|(?:mk|rm)dir(?:at)?|mknod|mkfifo|truncate|chmod|chown|kill"
)
"""Functions of the C library that change something, or may."""

_LIBRARY_OF_C = re.compile(r"'(?:None|(?:.*/)?libc[.-][^/']*|msvcrt[^/']*)'")
"""As the object of a library says it; `None` is what the process has loaded."""


@dataclass(frozen=True)
class Change:
    """A path that changes: the file that it leads to, or its `entry` in a folder."""

    path: str
    entry: bool = False


def changes(event: str, arguments: Arguments) -> Iterator[Change]:
    if event == "open" and _writes(arguments):
        yield from _change(arguments[0])
    elif event == "sqlite3.connect":
        yield from _database(arguments[0])
    elif event in _CHANGING and not (event == "os.mkdir" and Path(os.fsdecode(arguments[0])).is_dir()):
        for path, folder in _CHANGING[event].items():
            below = _below(arguments[path], folder and arguments[folder])
            yield from _change(below, entry=event not in _OF_CONTENT)


def starts(event: str) -> bool:
    return event in _STARTING


def command(event: str, arguments: Arguments) -> Any:
    program, at = _STARTING[event]
    words = arguments[at]
    if program is None or arguments[program] is None or isinstance(words, (str, bytes, os.PathLike)):
        return words
    return [arguments[program], *words[1:]]  # the first word may say anything


def folder(event: str, arguments: Arguments) -> str:
    """Where a program is started."""
    said = arguments[2] if event == "subprocess.Popen" else None
    return os.path.join(os.getcwd(), os.fsdecode(said or ""))  # noqa: PTH109, PTH118 (of a text)


def function_of_c(event: str, arguments: Arguments) -> str | None:
    """The function of the C library that is asked for, if it may change something."""
    if event != "ctypes.dlsym" or not isinstance(arguments[1], str) or not _OF_C.fullmatch(arguments[1]):
        return None
    return arguments[1] if _LIBRARY_OF_C.search(repr(arguments[0])) else None


def starts_python(event: str, arguments: Arguments) -> bool:
    """Whether multiprocessing starts an interpreter on Windows, which no event of its own tells."""
    return event == "_winapi.CreateProcess" and "--multiprocessing-fork" in str(arguments[1])


def ends_others(event: str, arguments: Arguments) -> bool:
    if event not in ("os.kill", "os.killpg"):
        return False
    process, number = arguments
    return number != 0 and process in (os.getppid(), os.getpgid(os.getppid()), 1, 0, -1)


def _writes(arguments: Arguments) -> bool:
    _, mode, flags = (*arguments, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _change(path: object, *, entry: bool = False) -> Iterator[Change]:
    if isinstance(path, (str, bytes, os.PathLike)):
        yield Change(os.fsdecode(path), entry)


def _database(name: object) -> Iterator[Change]:
    """What SQLite opens, unless it lives in memory or is only read."""
    for said in _change(name):
        path, _, options = said.path.removeprefix("file:").partition("?")
        is_asked = said.path.startswith("file:") and any(each in options for each in _UNWRITTEN)
        if path not in ("", ":memory:") and not is_asked:
            yield Change(path)


_UNWRITTEN = ("mode=ro", "mode=memory", "immutable=1")


def _below(path: object, start: int | None) -> object:
    """A path that an open folder, by its descriptor, is the start of."""
    is_open = start is not None and start >= 0 and Path("/proc/self/fd").is_dir()
    if not is_open or not isinstance(path, (str, bytes, os.PathLike)):
        return path
    return os.path.join(f"/proc/self/fd/{start}", os.fsdecode(path))  # noqa: PTH118 (of a text)
