"""Calls whose effect happens once, while torch traces: print, logging, the clock, Python's random numbers."""

from __future__ import annotations

import ast
import builtins
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ...model import Frame, SideEffect
from ..locations.source_locations import UserCode
from ..torch_compat.hooks import before, patched

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
    """Notes such calls of the user's own code, while it watches, on the thread that traces.

    What a thread of the program's does meanwhile is no part of the model.
    """

    def __init__(self, user_code: UserCode) -> None:
        self._user_code = user_code
        self.noted: dict[SideEffect, None] = {}
        self._tracing = threading.get_ident()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for owner, name, what in _CALLS:
                stack.enter_context(patched(owner, name, before(self._noting(what))))
            yield

    def _noting(self, what: str) -> Callable[..., None]:
        def note(*_: Any, **__: Any) -> None:
            if threading.get_ident() != self._tracing:
                return
            frame = self._user_code.direct()
            # `self.logger.info` is read better than `logging.info`.
            if frame is not None and not _left_out(frame, self._user_code):
                self.noted.setdefault(SideEffect(frame.callee or what, frame))

        return note


_ASKING = ("is_exporting", "is_compiling", "is_dynamo_compiling")


def _left_out(frame: Frame, user_code: UserCode) -> bool:
    """Whether a call stands where torch does not come by while it exports.

    The eager trace does: `if not torch.compiler.is_exporting():` is what the user wrote to be rid of it.
    """
    syntax = user_code.syntax(frame.place.file)
    node: ast.AST | None = syntax.statement_at(frame.place.range.start.line + 1) if syntax else None
    while syntax is not None and node is not None:
        parent = syntax.parents.get(node)
        if isinstance(parent, ast.If):
            exporting, eager = _asks(parent.test), _asks_not(parent.test)
            if (eager and node in parent.body) or (exporting and node in parent.orelse):
                return True
        node = parent
    return False


def _asks(test: ast.expr) -> bool:
    function = test.func if isinstance(test, ast.Call) else None
    return isinstance(function, (ast.Name, ast.Attribute)) and _name(function) in _ASKING


def _asks_not(test: ast.expr) -> bool:
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _asks(test.operand)


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr
