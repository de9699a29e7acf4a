"""Judgements that were found once, by a digest of all that they were found for.

The rule: one holds for as long as no text that it was found with changes. This stands apart from `judging`,
because who holds verdicts need not load the rewrites.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

_MOST = 1000

_Judged = TypeVar("_Judged")


class VerdictCache(Generic[_Judged]):
    """Can be used from any thread. The oldest judgements are let go of first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[str, _Judged] = {}
        self._lock = threading.Lock()

    def known(self, key: str) -> _Judged | None:
        with self._lock:
            return self._known.get(key)

    def keep(self, key: str, judged: _Judged) -> None:
        with self._lock:
            self._known[key] = judged
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
