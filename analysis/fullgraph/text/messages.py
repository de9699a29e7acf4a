"""Messages about what the user wrote: a target that is wrong, a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..model import Finding, Place

TARGET_ERROR = "target-error"


def target_error(message: str, place: Place, hint: str = "") -> Finding:
    """A mistake in what says a target, at its place."""
    return Finding(TARGET_ERROR, "error", message, place, hint=hint)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that is not one of `known`: `unknown key `arg`: did you mean `args`?`."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f"unknown {kind} `{name}`: did you mean `{close[0]}`?"
    return f"unknown {kind} `{name}`: expected {listed(names)}"


def listed(names: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} or {last}" if most else last
