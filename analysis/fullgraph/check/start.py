"""Why there is no worker: the exception that carries it, and its cause in a sentence.

The rule: the sentence says what is so, which is the same everywhere. What to do about it is said by each face,
by the failure's `remedy`, in its own terms: a flag, a setting, a button.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..model import StartFailure, StartReason
from .plan import CannotRun


class CannotStart(CannotRun):
    """The interpreter cannot be used, as `failure` says."""

    def __init__(self, failure: StartFailure) -> None:
        super().__init__(cause(failure))
        self.failure = failure


def cause(failure: StartFailure) -> str:
    """Says why, as in: `PATH (Python 3.11.7) cannot import torch: ModuleNotFoundError: …`."""
    said = _CAUSES[failure.reason](failure)
    return f'{said} Its last output was "{failure.output}".' if failure.output else said


def _named(failure: StartFailure) -> str:
    return f"{failure.interpreter} (Python {failure.python})" if failure.python else failure.interpreter


_CAUSES: Mapping[StartReason, Callable[[StartFailure], str]] = {
    "cannot-launch": lambda f: f"Cannot run {f.interpreter}: {f.error}.",
    "is-folder": lambda f: f"{f.interpreter} is a folder, not an interpreter.",
    "not-python": lambda f: f"{f.interpreter} is not a Python interpreter that Fullgraph can use.",
    "too-old": lambda f: f"{_named(f)} is too old: Fullgraph requires Python 3.10 or newer.",
    "no-torch": lambda f: f"{_named(f)} cannot import torch: {f.error}.",
    "unusable-torch": lambda f: f"{_named(f)}: torch {f.torch} cannot export a small model: {f.error}.",
    "not-ready": lambda f: f"{_named(f)} was not ready after {f.seconds:g} seconds.",
    "crashed": lambda f: f"{_named(f)} crashed at startup ({f.ended}).",
    "keeps-crashing": lambda f: f"The worker in {_named(f)} crashed repeatedly.",
    "updated": lambda f: (
        f"Fullgraph was updated while it was running, and {f.interpreter} runs the new version."
    ),
}
