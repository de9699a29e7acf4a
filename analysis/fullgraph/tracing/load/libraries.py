"""Other people's modules: which of them a target imports, and importing them once for many traces.

What a person edits is their own code. A library that takes seconds to import costs them in each trace,
unless the process that is forked has it already. The rule: nothing of the user's is imported here, and a
process that is no longer fit to fork says so.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ..locations.source_locations import UserCode, is_installed
from ..torch_compat.hooks import quiet
from ..torch_compat.modules import is_torch

_BASE: set[str] = set()
"""What a warm process has imported before anybody asked it for anything."""


def remember_base() -> None:
    _BASE.update(sys.modules)
    for module in list(sys.modules.values()):
        if isinstance(file := getattr(module, "__file__", None), str):
            is_installed(file)  # remembered for all traces


def imported(user_code: UserCode) -> tuple[str, ...]:
    """The modules, in the order of their import, that are neither the user's nor Python's own."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in _BASE or not isinstance(file, str) or not Path(file).is_absolute():
            continue
        if user_code.is_library(file) or is_torch(file):
            found.append(name)
    return tuple(found)


def preload(modules: Sequence[str]) -> bool:
    """Imports what can be imported; whether this process still has one thread, and so may fork."""
    with quiet():
        for name in modules:
            with contextlib.suppress(BaseException):  # whatever it raises, it raises again in the trace
                importlib.import_module(name)
    gc.collect()
    gc.freeze()
    return _threads() == 1


def _threads() -> int:
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:  # not Linux: those that Python knows of
        return threading.active_count()
