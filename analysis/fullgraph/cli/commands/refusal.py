"""Why a command cannot be run, in the command line's own terms."""

from __future__ import annotations

from ...check.plan import CannotRun
from ...check.start import CannotStart
from ...model import StartFailure


def words(reason: CannotRun) -> str:
    """The reason, and what to do about it where there is something."""
    return _start_failure(reason) if isinstance(reason, CannotStart) else str(reason)


def _start_failure(reason: CannotStart) -> str:
    remedy = _remedy(reason.failure)
    return f"{reason} {remedy}" if remedy else str(reason)


def _remedy(failure: StartFailure) -> str:
    if failure.suggestion:
        return f"Use the interpreter in it: `--python {failure.suggestion}`."
    if failure.remedy == "choose-interpreter":
        return "Choose the interpreter that your project uses with `--python PATH`."
    return "Run the command again." if failure.remedy == "restart" else ""
