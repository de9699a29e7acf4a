"""Delayed calls by key: asking again restarts the delay, so that a burst of requests is one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Debouncer:
    """Used on the event loop alone."""

    def __init__(self) -> None:
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._timers

    def call_later(self, key: str, seconds: float, do: Callable[[], object]) -> None:
        def due() -> None:
            self._timers.pop(key, None)
            do()

        self.cancel(key)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, due)

    def cancel(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
