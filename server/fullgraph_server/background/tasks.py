"""Coroutines that run by themselves, and the thread pool for blocking work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class Tasks:
    """What runs in the background; used on the event loop alone."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="trace")
        self.closed = False

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def submit(self, work: Callable[[], object]) -> None:
        """Runs something in a thread, without waiting for it."""
        self._threads.submit(work)

    def close(self) -> None:
        """Starts nothing more. What runs is cancelled by its owner."""
        self.closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self.closed:
            log.error("internal error: a check failed", exc_info=error)
