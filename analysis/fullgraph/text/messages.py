"""Messages about what the user wrote: a target that is wrong, a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from ..model import Finding, Place

TARGET_ERROR = "target-error"

CHECK = (
    "use `torch._assert_async(condition, message)` for a tensor, or `torch._check(condition)` for a number"
)
"""The hint for what decides only whether something is raised."""

RAISING = "raising if"
"""An `if` that does nothing but raise: its key beside the constructs."""

BRANCHES: Mapping[str, tuple[str, str]] = {
    "if": (
        "`if` condition {}",
        "use `torch.cond` to capture both branches, or `torch.where` if both are cheap",
    ),
    RAISING: ("`if` condition {}", CHECK),
    "ternary": ("`if` condition {}", "use `torch.where(condition, a, b)`, or `torch.cond`"),
    "while": ("`while` condition {}", "use `torch.while_loop(cond_fn, body_fn, (x,))`"),
    "comprehension": ("comprehension filter {}", "index with a boolean mask: `x[mask]`"),
    "boolop": ("operand {} of `and`/`or`", "use `torch.logical_and` or `torch.logical_or`, or `&` or `|`"),
    "not": ("operand {} of `not`", "use `torch.logical_not`, or `~`"),
    "match": ("`match` subject {}", "use `torch.cond` to capture both branches"),
}
"""What asks a value for its truth, and a hint, by `Construct`: a trace and the static analysis say the same."""


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
