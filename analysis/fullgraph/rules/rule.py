"""What a rule is: a name, a page, and a function from one observed failure to a finding, or None.

A rule has no state and reads no file; what it says follows from the facts alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model import NOUNS, Facts, Failure, Finding, Frame, Place, Related, Severity, Symbol, Target

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One failure, with what it belongs to."""

    failure: Failure
    target: Target
    facts: Facts

    def place(self, frame: Frame | None) -> Place:
        """The user's expression; where all of the code is somebody else's, the target itself."""
        return frame.place if frame else self.target.place


@dataclass(frozen=True, slots=True)
class Rule:
    """`page` is Markdown, for `fullgraph explain` and the documentation; its first line is the summary."""

    name: str
    severity: Severity
    page: str
    explain: Callable[[Case], Finding | None]

    @property
    def summary(self) -> str:
        return self.page.splitlines()[0]

    @property
    def document(self) -> str:
        """The page with its heading: what `fullgraph explain` prints and a finding's link leads to."""
        return f"# {self.name}\n\n*{NOUNS[self.severity]}*\n\n{self.page.strip()}\n"


def page(module_doc: str | None) -> str:
    """A module's docstring as a page."""
    return inspect.cleandoc(module_doc or "")


def quoted(text: str) -> str:
    """Source in a sentence: on one line, in backquotes, and short."""
    flat = " ".join(text.split())
    return f"`{flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + '…'}`"


def origins(symbols: tuple[Symbol, ...], place: Place, message: str = "") -> tuple[Related, ...]:
    """Where the unbacked symbols come from, but for the finding's own place; by what, unless the message says it."""
    return tuple(
        Related(f"`{symbol.name}` is created {_by_what(symbol, message)}", symbol.made_at)
        for symbol in symbols
        if symbol.made_at is not None and symbol.made_at != place
    )


def _by_what(symbol: Symbol, message: str) -> str:
    by = f"by {quoted(symbol.made_by)}"
    return "here" if by in message else by


def library(frame: Frame | None) -> tuple[Related, ...]:
    """The line of a library in which it happened."""
    return (Related("in this line of library code", frame.library),) if frame and frame.library else ()


def first_sentence(message: str) -> str:
    """A message up to its first blank line, on one line."""
    return _ADDRESS.sub("", " ".join(message.split("\n\n")[0].split()))


_ADDRESS = re.compile(r" at 0x[0-9a-f]+(?=>)")
"""Where an object lies in memory: another place in each run."""
