"""Devices that a target asks for and that are not there: when the CPU stands in for them, and where they were asked for.

The rule: first the target runs as it is. Only where that fails, and for want of a device as far as one can
tell, it is traced once more, in a process of its own, with the CPU in the device's place.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from ...model import Assumed, Facts, GraphBreak, NoInputs, ObservedRuns, Raised, Target
from ..locations.source_locations import UserCode
from ..torch_compat import devices
from .build import loaded_files

_NAMES = "|".join(devices.ACCELERATORS)
_ASKS = re.compile(rf"""["'](?:{_NAMES})(?::\d+)?["']|\.(?:{_NAMES})\(|torch\.(?:{_NAMES})\.""")
"""What a text says that wants an accelerator, or asks after one."""

BY = "the CPU"


def lacks(facts: Facts, target: Target, user_code: UserCode) -> bool:
    """Whether the target may have failed because a device is not there."""
    ends = (*facts.failures, facts.program)
    said = [reason for each in ends if (reason := _ended_by(each)) is not None]
    if any(map(devices.is_absence, said)) or any(map(_differs, facts.failures)):
        return True
    return bool(said) and mentions(target, user_code)


def _ended_by(failure: object) -> str | None:
    """In what words it did not run at all; None for what failed otherwise, or did not."""
    if isinstance(failure, ObservedRuns):
        return failure.trouble or None
    if isinstance(failure, NoInputs):  # a search takes long, and what it met says whether it was a device
        met = devices.is_absence(failure.reason) or devices.is_mismatch(failure.reason)
        return failure.reason if met else None
    if (
        isinstance(failure, Raised)
        and failure.step in ("load", "eager")
        and failure.exception != "WrongTarget"
    ):
        return failure.message
    return None


def _differs(failure: object) -> bool:
    """Whether export says that something is on an accelerator: its fake tensors can be on any."""
    if isinstance(failure, GraphBreak):
        return devices.is_mismatch(f"{failure.reason}\n{failure.explanation}")
    return isinstance(failure, Raised) and devices.is_mismatch(failure.message)


def mentions(target: Target, user_code: UserCode) -> bool:
    """Whether any text of the user's that was loaded names an accelerator."""
    parts = (target.model, target.args, target.kwargs)
    if any(_ASKS.search(part.text) for part in parts if part):
        return True
    files = dict.fromkeys((target.file, *loaded_files(user_code)))
    return any(_ASKS.search(_text(file, user_code)) for file in files)


def _text(file: str, user_code: UserCode) -> str:
    if file in user_code.overlays:
        return user_code.overlays[file]
    try:
        return Path(file).read_text("utf-8", "replace")
    except OSError:
        return ""


@contextlib.contextmanager
def standing_in(asked: bool, user_code: UserCode) -> Iterator[None]:
    """Within, where that is asked for, absent devices are the CPU, and `assumed` tells which were wanted."""

    def note(name: str) -> None:
        if name not in _NOTED:
            frame = user_code.here()
            _NOTED[name] = Assumed("device", name, BY, frame.place if frame else None)

    _NOTED.clear()
    with devices.cpu_stands_in(note) if asked else contextlib.nullcontext():
        yield


def assumed() -> tuple[Assumed, ...]:
    """The devices that this process has asked for so far, and that the CPU stood in for."""
    return tuple(_NOTED.values())


_NOTED: dict[str, Assumed] = {}
