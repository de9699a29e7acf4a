"""Which dimension of which variable of the user's a symbol is the size of, where the trace stands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType, TracebackType
from typing import Any

import torch

from ...model import Symbol
from ..locations.source_locations import UserCode
from ..torch_compat import symbols

_MOST_FRAMES = 200


def with_holder(symbol: Symbol, error: BaseException, user_code: UserCode) -> Symbol:
    """The symbol with the variable that has its size, in the function that made it or one that called it."""
    made = symbol.made_at
    if made is None:
        return symbol
    for frame in _frames(error):
        if user_code.is_user(frame.f_code.co_filename):
            found = next((each for each in _sizes_of(frame) if str(each[1]) == symbol.torch_name), None)
            if found is not None:
                return replace(symbol, held=found[0])
    return symbol


def _sizes_of(frame: FrameType) -> Iterator[tuple[str, Any]]:
    for name, value in list(frame.f_locals.items()):
        if isinstance(value, torch.Tensor) and name.isidentifier():
            for dim, size in enumerate(value.shape):
                if isinstance(size, torch.SymInt):
                    yield f"{name}.shape[{dim}]", symbols.expression(size)


def _frames(error: BaseException) -> Iterator[FrameType]:
    """Of the traceback, then of the stack: innermost first, each once."""
    raised: list[FrameType] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        raised.append(step.tb_frame)
        step = step.tb_next
    seen: set[int] = set()
    running: FrameType | None = sys._getframe(1)
    stack: list[FrameType] = []
    while running is not None and len(stack) < _MOST_FRAMES:
        stack.append(running)
        running = running.f_back
    for frame in (*reversed(raised), *stack):
        if id(frame) not in seen:
            seen.add(id(frame))
            yield frame
