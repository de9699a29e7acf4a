"""The end of a whole run: its budget is used up, or somebody pressed Ctrl-C. What is known by then is told."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from typing import TypeVar

from ..model import EndReason

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a run is to end, on the clock; None for as late as it takes. A run that has one can be interrupted."""

    at: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        return cls(None if seconds is None else time.monotonic() + seconds)

    def left(self) -> float | None:
        """Seconds, none of them below 0."""
        return None if self.at is None else max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left() == 0.0


class Terminated(KeyboardInterrupt):
    """SIGTERM: a run that keeps what is known ends by it as by Ctrl-C."""


def reason_of(error: KeyboardInterrupt) -> EndReason:
    """Why a run ended."""
    return "terminated" if isinstance(error, Terminated) else "interrupted"


def completed(
    futures: Collection[Future[_T]], until: Deadline | None, on_done: Callable[[Future[_T]], None]
) -> EndReason | None:
    """Hears of each future that is done; says why not all were waited for. Their exceptions are raised.

    Without a deadline Ctrl-C is raised as well.
    """
    try:
        for future in as_completed(futures, timeout=until.left() if until else None):
            future.result()
            on_done(future)
    except concurrent.futures.TimeoutError:
        return "budget"
    except KeyboardInterrupt as error:
        if until is None:
            raise
        return reason_of(error)
    return None


def results(futures: Collection[Future[_T]], patience: float) -> dict[Future[_T], _T]:
    """What those give that came to an end; of the others, which were told to end, nobody waits for long."""
    for future in futures:
        future.cancel()
    concurrent.futures.wait(futures, timeout=patience)
    done = (each for each in futures if each.done() and not each.cancelled() and not each.exception())
    return {each: each.result() for each in done}
