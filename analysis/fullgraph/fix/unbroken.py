"""What a signal may not cut in two: it is raised once the body has come to its end.

The rule: Ctrl-C and SIGTERM end a run between two steps, so that what a step leaves is whole.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Of a signal that came meanwhile, the handler that was there is called at the end.

    Only Python's own handlers wait: where a signal ends the process at once, it still does. Threads other than
    the main one hear of no signals, and nothing is done there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []

    def later(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    own = {number: handler for number, handler in before.items() if callable(handler)}
    for each in own:
        signal.signal(each, later)
    try:
        yield
    finally:
        for each, handler in own.items():
            signal.signal(each, handler)
    for number, at in came[:1]:
        own[signal.Signals(number)](number, at)
