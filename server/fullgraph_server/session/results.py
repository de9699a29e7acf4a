"""The results for a module, in two layers. Frozen values.

Outline   from the text alone: its targets, findings about their declarations, and those of static analysis
Traced    from the last trace of its targets; it stays while the next one runs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from fullgraph.check.plan import Plan
from fullgraph.model import Checked, Finding, Target, Value
from fullgraph.text.source import SourceText

Texts = Mapping[str, SourceText]
"""The texts, by file, in which places are to be understood."""


@dataclass(frozen=True)
class Outline:
    """`findings` are about the declarations of targets, `static_findings` those of static analysis."""

    file: str
    plan: Plan = field(default_factory=Plan)
    findings: tuple[Finding, ...] = ()
    static_findings: tuple[Finding, ...] = ()
    texts: Texts = field(default_factory=dict)

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(task.request.target for task in self.plan.tasks)


@dataclass(frozen=True)
class Traced:
    """What a trace of a module gave so far.

    `done` is False while steps of the trace are still to come; `verified` are the names of the targets whose
    findings have all the fixes that there are. It was begun at `begun`, by the clock of files.
    """

    file: str
    checked: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()
    texts: Texts = field(default_factory=dict)
    done: bool = True
    verified: frozenset[str] = frozenset()
    begun: float = 0.0

    @cached_property
    def loaded(self) -> frozenset[str]:
        """The files that it depends on."""
        return frozenset(file for each in self.checked for file in each.facts.loaded) | {self.file}

    @cached_property
    def values(self) -> Mapping[str, tuple[tuple[Value, Checked], ...]]:
        """The values by file, in the order of the text, each with the target in whose trace it was."""
        found: dict[str, list[tuple[Value, Checked]]] = {}
        for checked in self.checked:
            for value in checked.facts.values:
                found.setdefault(value.place.file, []).append((value, checked))
        return {file: tuple(sorted(pairs, key=lambda p: p[0].place)) for file, pairs in found.items()}

    @cached_property
    def lines(self) -> Mapping[str, frozenset[int]]:
        """The lines of each file that the trace went over."""
        found: dict[str, set[int]] = {}
        for file, pairs in self.values.items():
            found[file] = {pair[0].place.range.start.line for pair in pairs}
        return {file: frozenset(lines) for file, lines in found.items()}

    def of(self, name: str) -> Checked | None:
        return next((checked for checked in self.checked if checked.target.name == name), None)
