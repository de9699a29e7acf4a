"""One run of a model on inputs that were made up, and where and why it failed.

On fake tensors it computes nothing; where a program asks for data it is run for real. Whatever a run
assigned to the model is taken back, so that each begins alike.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch

from ..locations.source_locations import OURS
from ..torch_compat import fake_tensors, modules
from ..torch_compat.hooks import quiet
from .spec import Candidate, args_text, kwargs_text


@dataclass(frozen=True)
class Call:
    """The torch function that raised; of its arguments that are tensors, the shapes."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def shape(self, index: int, name: str = "") -> tuple[int, ...] | None:
        value = self.args[index] if index < len(self.args) else self.kwargs.get(name)
        return tuple(value.shape) if isinstance(value, torch.Tensor) else None


@dataclass(frozen=True)
class Failed:
    """`reached` counts the torch functions that were called before: how far the run came."""

    error: BaseException
    reached: int
    call: Call | None
    frames: tuple[tuple[FrameType, int], ...] = ()  # of what is not torch's, innermost first


class OutOfTime(BaseException):
    """The time for all tries is used up. Not an Exception, so that no code of the model's catches it."""


def spent() -> float:
    """Seconds of processor time, of which other traces on a busy machine take none away."""
    return time.thread_time()


@dataclass
class Bench:
    """Where one model is tried out, until `deadline`, in the time of `spent`."""

    model: torch.nn.Module
    mode: Any = field(default_factory=fake_tensors.with_numbers)
    deadline: float = math.inf

    def try_out(self, candidate: Candidate, *, fake: bool = True) -> Failed | None:
        """None where the model runs.

        Raises:
            OutOfTime: it ran too long.
        """
        log = _CallLog(self.deadline)
        with _as_it_was(self.model), quiet(), torch.no_grad():
            try:
                with fake_tensors.within(self.mode if fake else None):
                    args, kwargs = values(candidate)
                    with log:
                        self.model(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 (whatever user code raises is what we want to know)
                return Failed(error, log.reached, log.failed, tuple(_frames(error)))
        return None


def values(candidate: Candidate) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that a candidate's text makes."""
    scope = {"torch": torch}
    args = eval(args_text(candidate), scope)  # noqa: S307 (text of ours)
    return args, eval(kwargs_text(candidate) or "{}", scope)  # noqa: S307


class _CallLog(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self.deadline = deadline
        self.reached = 0
        self.failed: Call | None = None

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if spent() > self.deadline:
            raise OutOfTime
        self.reached += 1
        self.failed = None
        try:
            return function(*args, **(kwargs or {}))
        except Exception:
            self.failed = Call(getattr(function, "__name__", ""), tuple(args), dict(kwargs or {}))
            raise


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not modules.is_torch(file) and not file.startswith(("<", OURS)):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    yield from reversed(frames)


@contextlib.contextmanager
def _as_it_was(model: torch.nn.Module) -> Iterator[None]:
    """Attributes and buffers that forward assigns are those of before; so is the state of random numbers."""
    restore = [modules.kept(each) for each in model.modules()]
    state = torch.random.get_rng_state()
    try:
        yield
    finally:
        torch.random.set_rng_state(state)
        for each in restore:
            each()
