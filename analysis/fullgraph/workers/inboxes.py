"""Where the messages of a worker arrive, each trace's in an inbox of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from typing import Any

Inbox = queue.Queue[Mapping[str, Any]]

GONE: Mapping[str, Any] = {"gone": True}
"""What every inbox gets when the process has ended."""


class Inboxes:
    """Those of one process; can be used from any thread. `greetings` gets what belongs to no trace."""

    def __init__(self) -> None:
        self.greetings = Inbox()
        self._by_trace: dict[int, Inbox] = {}
        self._lock = threading.Lock()
        self._closed = False

    def open(self, number: int) -> Inbox:
        """That of one trace, `GONE` the last message in it if the process ends."""
        inbox = Inbox()
        with self._lock:
            self._by_trace[number] = inbox
            if self._closed:
                inbox.put(GONE)
        return inbox

    def forget(self, number: int) -> None:
        with self._lock:
            self._by_trace.pop(number, None)

    def deliver(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            if "trace" not in message:
                self.greetings.put(message)
            elif inbox := self._by_trace.get(message["trace"]):
                inbox.put(message)

    def close(self) -> None:
        """Nothing more will arrive."""
        with self._lock:
            self._closed = True
            for inbox in (self.greetings, *self._by_trace.values()):
                inbox.put(GONE)
