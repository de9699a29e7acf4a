"""Work-done progress, with cancellation.

The rule: work that is over at once shows no progress, and progress that was begun is always ended.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .protocol import Server

_WAIT = 0.5
"""Seconds before progress is shown, so that short work does not flash."""

_numbers = itertools.count(1)


class Bar:
    """The progress of one folder, from its first run until it is idle."""

    def __init__(self, server: Server, title: str, cancel: Callable[[], None]) -> None:
        self._server = server
        self._title = title
        self._cancel = cancel
        self._token = f"fullgraph-{next(_numbers)}"
        self._shown = False
        self._said: types.WorkDoneProgressReport | None = None
        self._task = asyncio.ensure_future(self._show())

    def say(self, message: str, done: int, total: int) -> None:
        self._said = types.WorkDoneProgressReport(
            message=message, percentage=100 * done // max(total, 1), cancellable=True
        )
        if self._shown:
            self._server.work_done_progress.report(self._token, self._said)

    def close(self) -> None:
        self._task.cancel()
        if self._shown:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(self._token, None)
        self._shown = False

    async def _show(self) -> None:
        await asyncio.sleep(_WAIT)
        try:
            await self._server.work_done_progress.create_async(self._token)
        except JsonRpcException:  # the client wants none
            return
        self._shown = True
        begin = types.WorkDoneProgressBegin(self._title, cancellable=True, percentage=0)
        self._server.work_done_progress.begin(self._token, begin)
        self._server.work_done_progress.tokens[self._token].add_done_callback(lambda _: self._cancelled())
        if self._said:
            self._server.work_done_progress.report(self._token, self._said)

    def _cancelled(self) -> None:
        if self._shown:
            self._cancel()
