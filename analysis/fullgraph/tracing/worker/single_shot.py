"""The worker where there is no fork: one trace in this very process, and then its end.

The rule: the host enforces every limit from outside, by ending this process. What it cannot see from
there, the stacks, `faulthandler` writes to a file that it named: on a signal, on Windows by a timer.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from ...model import Limits, wire
from ..isolation import dumps, limits, processes
from ..isolation.channel import Channel, Lines, lifted
from ..isolation.steps_aside import InPlace
from .trace_process import Report, run_trace, status_of


def run(incoming: int, host: Channel) -> NoReturn:
    """Waits for one request, answers it and ends; ends without an answer where the host does."""
    incoming, host = lifted(incoming), Channel(lifted(host.fd), host.token)
    message = _first_message(incoming)
    if message is None:
        dumps.leave(0)
    number, request, dump = message["trace"], message["request"], message["dump"]

    def work() -> None:
        _settle(incoming, dump, request.limits)
        report = Report(host, number)
        run_trace(request, report, InPlace(report.begin, report.resume))
        host.send({"trace": number, "end": None})

    dumps.leave(status_of(work))


def _first_message(incoming: int) -> wire.Json | None:
    lines = Lines(b"")
    while data := os.read(incoming, 1 << 16):
        for line in filter(None, lines.feed(data)):
            message = wire.loads(line)
            return message if "request" in message else None
    return None


def _settle(incoming: int, dump: str, allowed: Limits) -> None:
    file = lifted(os.open(dump, os.O_WRONLY | os.O_APPEND))
    dumps.arm(file)
    if sys.platform == "win32":  # elsewhere the host asks for them by a signal
        faulthandler.dump_traceback_later(allowed.seconds, file=file)
    limits.no_core_dump()
    limits.limit_memory(allowed.memory)
    processes.adopt_orphans()
    threading.Thread(target=_end_with_the_host, args=(incoming, dump), daemon=True).start()


def _end_with_the_host(incoming: int, dump: str) -> None:
    with contextlib.suppress(OSError):
        while os.read(incoming, 1 << 10):
            pass
    with contextlib.suppress(OSError):
        Path(dump).unlink()
    processes.end_strays(())
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    dumps.leave(1)
