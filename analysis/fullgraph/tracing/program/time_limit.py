"""An end to what takes too long, in the midst of it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_ASLEEP = 15
"""How many times as long it may take by the clock: for what waits and does not compute."""


class TooLongError(BaseException):
    """No Exception, which the user's code might catch."""


@contextlib.contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Raises TooLongError in the midst of the body, where the system can do that.

    The seconds are of processor time, so that a busy machine compares as much as a quiet one.
    """

    def stop(*_: object) -> None:
        raise TooLongError

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, _ASLEEP * seconds),
    )
    before = [signal.signal(number, stop) for _, number, _ in timers]
    for timer, _, most in timers:
        signal.setitimer(timer, most)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
