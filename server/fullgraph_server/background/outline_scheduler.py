"""Static analysis of open texts at each keystroke.

The rule: one outline of a text is computed at a time, and keystrokes that arrive meanwhile share the next one. A
result is dropped where a newer one was begun, or the file was closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..session.results import Outline
from ..session.session import Session
from . import jobs


@dataclass
class _State:
    """Of one file."""

    newest: int = 0
    """The number of the newest outline that was begun."""
    running: int = 0
    edited: bool = False
    """Its text changed while an outline was made."""


class OutlineScheduler:
    """Everything but the analysis of a text happens on the event loop."""

    def __init__(
        self,
        session: Session,
        start: Callable[[Coroutine[None, None, None]], None],
        tell: Callable[[Outline], None],
    ) -> None:
        self._session = session
        self._start = start
        self._tell = tell
        self._states: dict[str, _State] = {}
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="outline")
        self._closed = False

    def edited(self, file: str) -> None:
        """Its text is another now: it is outlined at once, or as soon as the present outline is there."""
        state = self._states.get(file)
        if state and state.running:
            state.edited = True
        else:
            self.begin(file)

    def begin(self, file: str) -> None:
        """Outlines its text as it is now, whatever else is under way."""
        state = self._states.setdefault(file, _State())
        state.running += 1
        self._start(self._outline(file, state))

    def drop(self, file: str) -> None:
        """Drops the results of what is under way."""
        state = self._states.get(file)
        if state:
            state.newest += 1
            state.edited = False

    def close(self) -> None:
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _outline(self, file: str, state: _State) -> None:
        state.newest += 1
        number, snapshot = state.newest, self._session.snapshot(file)
        try:
            loop = asyncio.get_running_loop()
            outline = await loop.run_in_executor(self._threads, jobs.outline, snapshot)
            if number == state.newest and not self._closed:
                self._session.outlines[file] = outline
                self._tell(outline)
        finally:
            self._session.done_with(snapshot)
            state.running -= 1
            self._go_on(file, state)

    def _go_on(self, file: str, state: _State) -> None:
        if state.running or self._closed:
            return
        if state.edited:
            state.edited = False
            self.begin(file)
        else:
            del self._states[file]
