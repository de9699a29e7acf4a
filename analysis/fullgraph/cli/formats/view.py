"""What a format may know beyond the report: the screen it writes for, and where paths start.

A format is a pure function of a report and a view to one text. It neither writes nor asks the
environment, so that the same report gives the same text on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Protocol

from ...model import Report, Severity
from ..screen.sources import Sources

Json = dict[str, Any]


class Rule(Protocol):
    """What the command line shows of a rule. `page` is its documentation in Markdown, `summary` one line."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def summary(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def document(self) -> str: ...


@dataclass(frozen=True, slots=True)
class View:
    """`base`: paths below it are shown relative to it. `seconds`: how long the whole check took.

    `width` is that of the terminal in columns, None where the text does not go to one. `static`: nothing of
    the user's ran. `parts`: parts were to be checked too. `verbose`: nothing is folded.
    """

    base: Path
    seconds: float = 0.0
    color: bool = False
    width: int | None = None
    encoding: str = "utf-8"
    quiet: bool = False
    verbose: bool = False
    static: bool = False
    parts: bool = False
    rules: Sequence[Rule] = ()
    sources: Sources = field(default_factory=Sources)


Format = Callable[[Report, View], str]


def relative(file: str, base: Path) -> PurePath:
    """`file` from `base` where it lies below it, else as it is."""
    path = PurePath(file)
    return path.relative_to(base) if path.is_relative_to(base) else path


def lost_words(report: Report) -> list[str]:
    """What was not observed, once for each torch."""
    known = {(checked.runtime.torch, lost) for checked in report.targets for lost in checked.facts.lost}
    return [
        f"torch {torch} has no `{lost.name}`; not observed: {lost.observation}"
        for torch, lost in sorted(known, key=str)
    ]
