"""What user code put in the place of functions that Python, and this program, live by: `builtins.open = None`.

The rule: what stood there before any user code ran is kept here. A failure of ours after one of them was replaced is
the replacement's, and is told as such; to tell it, they are put back.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import io
import json
import os
import pathlib
import pickle
import select
import signal
import time
import traceback
from types import ModuleType
from typing import Any

_MODULES: tuple[ModuleType, ...] = (
    *(builtins, os, os.path, io, json, time, ast, inspect, pathlib, pickle, select, signal, traceback),
)
_NOT_THEIRS = frozenset(
    [
        "_",
        "_exit",
        "mknod",
        "mkfifo",
        "__loader__",
        "__spec__",
        "print",
        "input",
        "breakpoint",
        "help",
        "exit",
        "quit",
        "copyright",
        "credits",
    ]
)
"""What this program does not need, or replaces itself (`os._exit`, and `os.mknod` in `load/unheard.py`)."""

_BEFORE: list[tuple[ModuleType, str, Any]] = [
    (module, name, value)
    for module in _MODULES
    for name, value in vars(module).items()
    if callable(value) and name not in _NOT_THEIRS
]
_POSIX_PATH = os.path.__name__


class ReplacedError(Exception):
    """User code replaced a function without which nothing can be said of it."""


def replaced() -> list[str]:
    """The functions that are not what they were, as `builtins.open`. Asks nothing of any of them."""
    found = []
    for module, name, value in _BEFORE:
        if module.__dict__.get(name) is not value:
            found.append(f"{_name(module)}.{name}")
    return found


def put_back() -> None:
    """Makes them what they were."""
    for module, name, value in _BEFORE:
        if module.__dict__.get(name) is not value:
            module.__dict__[name] = value


def said(names: list[str]) -> str:
    """What is so, as a sentence that goes on "not checked: …"."""
    first = ", ".join(f"`{name}`" for name in names[:3])
    return f"it replaces {first}, which cannot be done without"


def _name(module: ModuleType) -> str:
    return "os.path" if module.__name__ == _POSIX_PATH else module.__name__
