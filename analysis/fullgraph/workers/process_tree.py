"""Ends processes with all that came of them, from outside.

The rule: a process is looked for by what it cannot take off: its group, and the mark in the environment
that it was born with.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "FULLGRAPH_WORKER"
"""The variable that tells, in every descendant of a worker, whose it is."""

_ROUNDS = 5


def kill_group(popen: subprocess.Popen[bytes]) -> None:
    """The process, and its group (on Windows its descendants)."""
    if sys.platform == "win32":
        command = ["taskkill", "/T", "/F", "/PID", str(popen.pid)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 (a number is all that varies)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)


def kill_marked(mark: str) -> None:
    """What left the group and lost its parent, where the system shows environments (Linux)."""
    wanted = f"{MARK}={mark}".encode()
    for _ in range(_ROUNDS):
        found = [pid for pid in _pids() if wanted in _variables(pid)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.005)


def _pids() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 (a Path for each is dear)
    return []


def _variables(pid: int) -> list[bytes]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return []
