"""The targets of a run as they stand in the texts so far: what each depends on, and what was tried for it.

The rule: a target depends on the files that its trace loaded, and on those that it is written down in. An edit of
any other file changes nothing of what is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..model import Finding, Fix, Target, Verdict
from ..project.files import Texts
from .search import Step
from .verify import Fixable, texts_of

_MOST_ATTEMPTS = 3
"""Of one finding, each on another text: what a first one was refused for may be gone."""

Kind = tuple[str, str]
"""What a finding says, wherever it stands: its rule and its message."""


def kind_of(finding: Finding) -> Kind:
    """Of one target; texts change, and with them where it stands."""
    return finding.rule, finding.message


@dataclass(frozen=True)
class Attempt:
    """What was tried for one finding; `taken` is the first of it that is accepted."""

    finding: Finding
    fixes: tuple[Fix, ...]
    taken: Step | None = None


@dataclass(frozen=True)
class Tried:
    """What was tried for one kind of finding the last time, in which texts (a digest), and how often."""

    fixes: tuple[Fix, ...]
    texts: str
    times: int


@dataclass(frozen=True)
class Standing:
    """One target as it stands, with what was tried for it by kind of finding.

    `refused` are fixes, by their titles, that are right for this target and not for another one.
    """

    fixable: Fixable
    tried: Mapping[Kind, Tried] = field(default_factory=dict)
    refused: Mapping[tuple[Kind, str], Verdict] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.fixable.checked.target.name

    @property
    def files(self) -> frozenset[str]:
        return frozenset((*_written_in(self.fixable.checked.target), *self.fixable.checked.facts.loaded))

    def with_attempts(self, attempts: Sequence[Attempt], texts: Texts) -> Standing:
        """After a search in these texts."""
        now, known = texts_of(self.fixable, texts), dict(self.tried)
        for each in attempts:
            kind = kind_of(each.finding)
            before = known[kind].times if kind in known else 0
            known[kind] = Tried(_judged(self.refused, kind, each.fixes), now, before + 1)
        return replace(self, tried=known)

    def untried(self, finding: Finding) -> Standing:
        """It is tried once more, in whatever texts."""
        kind = kind_of(finding)
        return replace(self, tried={each: tried for each, tried in self.tried.items() if each != kind})

    def without(self, finding: Finding, fix: Fix, why: Verdict) -> Standing:
        """After a fix was refused that had been accepted of this target."""
        kind = kind_of(finding)
        refused = {**self.refused, (kind, fix.title): why}
        tried = self.tried[kind]
        known = {**self.tried, kind: replace(tried, fixes=_judged(refused, kind, tried.fixes))}
        return replace(self, tried=known, refused=refused)

    def left_by(self, fixable: Fixable) -> Standing:
        """The same target after an edit, under its name."""
        target = replace(fixable.checked.target, name=self.name)
        return replace(self, fixable=replace(fixable, checked=replace(fixable.checked, target=target)))

    def to_search(self, findings: Iterable[Finding], texts: Texts) -> list[Finding]:
        """What to try, first what was not tried yet, then what was tried in other texts."""
        now, wanted = texts_of(self.fixable, texts), list(findings)
        new = [each for each in wanted if kind_of(each) not in self.tried]
        known = ((each, self.tried[kind_of(each)]) for each in wanted if each not in new)
        return new + [each for each, tried in known if tried.texts != now and tried.times < _MOST_ATTEMPTS]


def _judged(refused: Mapping[tuple[Kind, str], Verdict], kind: Kind, fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """The fixes with the verdict of whoever refused them."""
    return tuple(
        replace(each, verdict=why, preferred=False) if (why := refused.get((kind, each.title))) else each
        for each in fixes
    )


def _written_in(target: Target) -> Iterator[str]:
    yield target.file
    yield target.place.file
    yield target.spec_place.file


def families(standings: Sequence[Standing]) -> tuple[tuple[int, ...], ...]:
    """The targets (by number) that files connect: an edit made for one of a family changes no other family."""
    groups = connected([standing.files for standing in standings])
    of_file = {file: number for number, group in enumerate(groups) for file in group}
    found: dict[int, list[int]] = {}
    for number, standing in enumerate(standings):
        found.setdefault(of_file[next(iter(standing.files))], []).append(number)
    return tuple(map(tuple, found.values()))


def connected(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Files in groups, such that each of the sets lies in one of them."""
    groups: list[frozenset[str]] = []
    for files in sets:
        touched = [group for group in groups if not group.isdisjoint(files)]
        groups = [group for group in groups if group not in touched]
        groups.append(files.union(*touched))
    return groups
