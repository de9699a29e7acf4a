"""The first words of a worker, as the host hears them: that it is warm, or why it cannot be."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Mapping
from typing import Any

from ..model import Runtime, StartFailure, StartReason, wire
from ..tracing.isolation.processes import how_ended
from ..tracing.isolation.watch import Watch
from .child_process import ChildProcess
from .inboxes import GONE, Inbox

_START_SECONDS = 120.0
"""Those of a Watch: a machine that is busy gives a worker the time that it needs to get warm."""

_LOOK = 0.25


def greeting_of(name: str, child: ChildProcess, greetings: Inbox) -> Runtime | StartFailure:
    """Waits until the interpreter `name` is warm, or cannot be."""
    version = ""
    while True:
        message = next_message(child, greetings)
        if message is None:
            return StartFailure("not-ready", name, version, seconds=_START_SECONDS)
        version = message.get("starting", version)
        if message is GONE:
            return _ended(name, version, child)
        if "failed" in message:
            return _failed(name, version, message["failed"])
        if "hello" in message:
            return _welcomed(name, message["hello"])


def next_message(child: ChildProcess, greetings: Inbox) -> Mapping[str, Any] | None:
    """None where it takes too long."""
    watch = Watch(child.pid)
    while watch.spent < _START_SECONDS:
        with contextlib.suppress(queue.Empty):
            return greetings.get(timeout=_LOOK)
        watch.look()
    return None


def _welcomed(name: str, hello: Mapping[str, Any]) -> Runtime | StartFailure:
    if hello["protocol"] == wire.PROTOCOL:
        return Runtime(hello["python"], hello["torch"])
    told = f"protocol {hello['protocol']}, not {wire.PROTOCOL}"
    return StartFailure("updated", name, hello["python"], hello["torch"], told)


def _failed(name: str, version: str, failed: Mapping[str, str]) -> StartFailure:
    reason: Any = failed["reason"]
    return StartFailure(reason, name, version, failed.get("torch", ""), failed.get("error", ""))


def _ended(name: str, version: str, child: ChildProcess) -> StartFailure:
    _, ended = how_ended(child.status())
    reason: StartReason = "crashed" if version else "not-python"
    return StartFailure(reason, name, version, ended=ended, output=last_line(child.output))


def last_line(output: str) -> str:
    """The last line of an output, or all of it where there is one line."""
    return output.strip().rpartition("\n")[2]
