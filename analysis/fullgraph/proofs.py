"""Verdicts that were found once, by a digest of all that they were found for.

The rule: a verdict holds for as long as no text that it was found with changes. It stands apart from
`fixing`, because who holds proofs need not load the rewrites.
"""

from __future__ import annotations

import threading

from .model import Verdict

_MOST = 5000


class Proofs:
    """Can be used from any thread. The oldest verdicts are let go of first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[str, Verdict] = {}
        self._lock = threading.Lock()

    def known(self, key: str) -> Verdict | None:
        with self._lock:
            return self._known.get(key)

    def keep(self, key: str, verdict: Verdict) -> None:
        with self._lock:
            self._known[key] = verdict
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
