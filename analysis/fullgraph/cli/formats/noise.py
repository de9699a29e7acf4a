"""What a person sees of the findings who does not ask for all: reasons stand in a table, and notes are folded.

The rule: nothing that counts for the exit status is left out, and what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...model import Finding, Place, Report
from .view import View

_MOST_LINES = 8

_IN_THE_TABLE = "target-skipped"
_BRIEF = "legacy-export"
_FOLDED = frozenset({_BRIEF, "traced-side-effect"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding, and the further ones that it stands for."""

    finding: Finding
    others: tuple[Place, ...] = ()

    @property
    def is_brief(self) -> bool:
        """Whether a line says all of it: there is nothing to look at, and no fix."""
        finding = self.finding
        return finding.rule == _BRIEF and finding.severity == "information" and not finding.fixes

    @property
    def note(self) -> str:
        """`3 more in this file: lines 69, 73, 82`, `5 more `legacy-export` in 2 other files: use --verbose`; empty where there are none."""
        here = [each for each in self.others if each.file == self.finding.place.file]
        return "; ".join(filter(None, (_here(here), self._elsewhere())))

    def _elsewhere(self) -> str:
        files = [each.file for each in self.others if each.file != self.finding.place.file]
        count = len(set(files))
        where = f"{count} other files" if count > 1 else "another file"
        return f"{len(files)} more `{self.finding.rule}` in {where}: use --verbose" if files else ""


def _here(places: Sequence[Place]) -> str:
    lines = sorted({place.range.start.line + 1 for place in places})
    named = ", ".join(map(str, lines[:_MOST_LINES])) + (", …" if len(lines) > _MOST_LINES else "")
    return f"{len(places)} more in this file: line{'s' * (len(lines) > 1)} {named}" if places else ""


def shown_of(report: Report, view: View) -> tuple[Shown, ...]:
    """The findings to show, each once."""
    if view.verbose:
        return tuple(map(Shown, report.findings))
    kept = counted_of(report, view)
    folds = {id(group[0]): group[1:] for group in _notes_by_rule(kept).values()}
    rest = {id(each) for group in folds.values() for each in group}
    return tuple(_shown(kept, folds, rest))


def counted_of(report: Report, view: View) -> list[Finding]:
    """The findings that are counted: why a target was skipped is told with the models."""
    if view.verbose:
        return list(report.findings)
    return [each for each in report.findings if each.rule != _IN_THE_TABLE or each.severity != "information"]


def _shown(
    kept: Iterable[Finding], folds: Mapping[int, Sequence[Finding]], rest: set[int]
) -> Iterator[Shown]:
    for finding in kept:
        if id(finding) not in rest:
            yield Shown(finding, tuple(each.place for each in folds.get(id(finding), ())))


def _notes_by_rule(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule in _FOLDED and finding.severity == "information":
            found.setdefault(finding.rule, []).append(finding)
    return found
