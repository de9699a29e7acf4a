"""Calls whose effect happens once, while torch traces: print, logging, the clock, Python's random numbers."""

from __future__ import annotations

import builtins
import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..model import SideEffect
from . import compat
from .places import Territory

_CALLS: tuple[tuple[Any, str, str], ...] = (
    (builtins, "print", "print"),
    *(
        (logging.Logger, name, f"logging.{name}")
        for name in ("debug", "info", "warning", "error", "exception")
    ),
    *((logging, name, f"logging.{name}") for name in ("debug", "info", "warning", "error", "exception")),
    *(
        (time, name, f"time.{name}")
        for name in ("time", "perf_counter", "monotonic", "process_time", "sleep")
    ),
    *(
        (random, name, f"random.{name}")
        for name in ("random", "randint", "uniform", "choice", "gauss", "shuffle")
    ),
)


class Effects:
    """Notes such calls of the user's own code, while it watches."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self.noted: dict[SideEffect, None] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for owner, name, what in _CALLS:
                stack.enter_context(compat.patched(owner, name, compat.before(self._noting(what))))
            yield

    def _noting(self, what: str) -> Callable[..., None]:
        def note(*_: Any, **__: Any) -> None:
            frame = self._territory.direct()
            # `self.logger.info` is read better than `logging.info`.
            if frame is not None:
                self.noted.setdefault(SideEffect(frame.callee or what, frame))

        return note
