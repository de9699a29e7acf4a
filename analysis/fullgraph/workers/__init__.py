"""Starts the user's interpreter, asks it, and ends it: the only package that knows processes.

The rule: whatever user code does over there, here it is a value. A trace that dies gives Facts with a
Stopped in them; an interpreter that cannot work gives a StartFailure; and nothing
that was started is left running.

    start(Interpreter, cwd) ──▶ Worker | StartFailure
    Worker.trace(TraceRequest) ──▶ Facts

Where the system forks, one warm process answers all traces, each in a fork of its own (`Shared`). Where
it does not, a process answers one trace, and the next already stands by, warm (`Spares`).
"""

from .interpreter import Interpreter, executable
from .memory import default_memory
from .provisioning import WorkerLostError
from .worker import Cancellation, TraceCancelledError, Worker, start

__all__ = [
    "Cancellation",
    "Interpreter",
    "TraceCancelledError",
    "Worker",
    "WorkerLostError",
    "default_memory",
    "executable",
    "start",
]
