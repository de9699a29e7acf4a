"""Why an interpreter of the user's cannot be a worker, as data: each face says it in its own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

StartReason = Literal[
    "cannot-launch",
    "is-folder",
    "not-python",
    "too-old",
    "no-torch",
    "unusable-torch",
    "not-ready",
    "crashed",
    "keeps-crashing",
    "updated",
]
"""cannot-launch: the system does not run it. is-folder: a folder was given. not-python: it runs, and does
not answer. too-old: its Python is. no-torch: `import torch` raises. unusable-torch: its torch does not export
a small model. not-ready: it takes too long. crashed: it ended before it was ready. keeps-crashing: it
ended in several traces in a row. updated: it runs another version of Fullgraph than we do."""

Remedy = Literal["choose-interpreter", "try-again", "restart"]
"""What helps: another interpreter, another attempt, or to start Fullgraph itself anew."""


@dataclass(frozen=True, slots=True)
class StartFailure:
    """Why there is no worker. What is empty is not known, or says nothing for this reason."""

    reason: StartReason
    interpreter: str
    """As it was given."""
    python: str = ""
    torch: str = ""
    error: str = ""
    """What the system or torch said: `ModuleNotFoundError: No module named 'torch'`."""
    ended: str = ""
    """How the process ended: `SIGSEGV`, or its exit status."""
    output: str = ""
    """The last line that it wrote on standard error."""
    seconds: float = 0.0
    """How long it was waited for."""
    suggestion: str = ""
    """An interpreter that is there, close to what was given."""

    @property
    def remedy(self) -> Remedy:
        return _REMEDIES[self.reason]


_REMEDIES: Mapping[StartReason, Remedy] = {
    "cannot-launch": "choose-interpreter",
    "is-folder": "choose-interpreter",
    "not-python": "choose-interpreter",
    "too-old": "choose-interpreter",
    "no-torch": "choose-interpreter",
    "unusable-torch": "choose-interpreter",
    "not-ready": "try-again",
    "crashed": "try-again",
    "keeps-crashing": "try-again",
    "updated": "restart",
}
