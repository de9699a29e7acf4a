"""Fixes for targets that share files, round after round, until none is left.

    search (each target) ──▶ a fix of its own files: taken at once
                         ──▶ one of shared files: all of a round together, checked with each target that loads them
                                                   └─ one is worse off: one by one, and the guilty one is refused

The rule: a target that was fine stays fine, and what a fix touches is traced once for it: what verified a fix is
what is known of the target from then on. The order in which jobs end decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from operator import add
from typing import final

from .. import rules
from ..check.grouping import grouped, kind
from ..check.options import Options
from ..check.plan import Plan
from ..check.report import reported
from ..model import Edit, Facts, Finding, Fix, Verdict
from ..text.source import SourceText
from .accepting import Accepted
from .conditions import source_in
from .jobs import Batch
from .search import Step, searched
from .standing import Attempt, Standing, connected, kind_of
from .verdicts import Settled
from .verify import Baseline, Fixable, Verification, Verifier, edited

_MOST_ROUNDS = 60


@dataclass(frozen=True)
class Applied:
    """A fix that was taken, with the finding that it mended."""

    finding: Finding
    fix: Fix

    @property
    def files(self) -> frozenset[str]:
        return frozenset(edit.place.file for edit in self.fix.edits)


@dataclass(frozen=True)
class Rewritten:
    """A file with its new text, and the one that this was made of."""

    before: SourceText
    after: str


@dataclass(frozen=True)
class Told:
    """Who hears of what a run of fixes does, each on the thread that `mend` was called on.

    `written` hears of files whose targets nothing more is tried for: together those that share a fix. `settled`
    hears of a target that nothing more is tried for.
    """

    applied: Callable[[Applied], None] = lambda _: None
    written: Callable[[Sequence[Rewritten]], None] = lambda _: None
    settled: Callable[[Standing], None] = lambda _: None


@dataclass(frozen=True)
class Asked:
    """What holds for all families of a run."""

    plan: Plan
    options: Options
    verifier: Verifier
    accepted: Accepted
    told: Told = Told()


@dataclass(frozen=True)
class _Candidate:
    """A fix that was found with one target (by its number)."""

    number: int
    finding: Finding
    step: Step

    @property
    def files(self) -> frozenset[str]:
        return frozenset(edit.place.file for edit in self.step.fix.edits)


@final
@dataclass
class Family:
    """The targets that files connect. `foreign` are the files of other families, which no fix here may change."""

    asked: Asked
    standings: list[Standing]
    foreign: frozenset[str] = frozenset()
    texts: dict[str, str] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    pending: set[int] = field(default_factory=set)
    _told: dict[str, SourceText] = field(default_factory=dict)  # the files as somebody else has them

    def __post_init__(self) -> None:
        self.pending = set(self._to_search())
        if self.pending:
            self._know(file for each in self.standings for file in each.files)

    def rounds(self) -> Iterator[Batch]:
        """Until nothing is left to try."""
        for _ in range(_MOST_ROUNDS):
            wanted = self._to_search()
            if not wanted:
                return
            shared: list[_Candidate] = []
            jobs = {number: self._search(number, findings) for number, findings in wanted.items()}
            yield Batch(jobs, partial(self._heard, shared))
            yield from self._together(sorted(shared, key=lambda each: each.number))
            self._settle()

    # -- searching -------------------------------------------------------------------------------------

    def _to_search(self) -> dict[int, list[Finding]]:
        """What is to be tried, by the numbers of those targets that it is tried with."""
        every = [f for each in self.standings for f in rules.find(each.fixable.checked.target, _facts(each))]
        options = self._options()
        found = grouped(reported(every, self.asked.plan, options))
        grave = [finding for finding in found if finding.severity != "information"]
        wanted: dict[int, list[Finding]] = {}
        for number, each in enumerate(self.standings):
            own = [finding for finding in grave if finding.target == each.name]
            if left := each.to_search(own, options.texts):
                wanted[number] = left
        return wanted

    def _search(self, number: int, findings: Sequence[Finding]) -> Callable[[], tuple[Attempt, ...]]:
        standing = self.standings[number]

        def accepts(finding: Finding, fix: Fix) -> bool:
            known = (kind_of(finding), fix.title) in standing.refused
            return self.asked.accepted.takes(fix) and not known

        return partial(_attempts, self._verifier(), standing.fixable, findings, accepts)

    def _heard(self, shared: list[_Candidate], number: int, attempts: Sequence[Attempt]) -> None:
        self.standings[number] = self.standings[number].with_attempts(attempts, self._options().texts)
        for each in attempts:
            if each.taken is None:
                continue
            candidate = _Candidate(number, each.finding, each.taken)
            if candidate.files & self.foreign:
                self._refuse(candidate, "it changes a file of other targets")
            elif self._loading(candidate.files) <= {number} and each.taken.judged.left:
                self._take([candidate], {number: each.taken.judged})
            else:
                shared.append(candidate)

    # -- shared files ----------------------------------------------------------------------------------

    def _together(self, candidates: list[_Candidate]) -> Iterator[Batch]:
        """All of them if each target bears that, else those that each target bears, one after the other."""
        fitting = self._fitting(candidates)
        if not fitting:
            return
        judged: dict[int, Verification] = {}
        yield self._trial(fitting, judged)
        if self._worse(fitting, judged) is None:
            self._take(fitting, judged)
        elif len(fitting) == 1:
            self._refuse(fitting[0], self._worse(fitting, judged) or "")
        else:
            yield from self._one_by_one(fitting)

    def _one_by_one(self, candidates: Sequence[_Candidate]) -> Iterator[Batch]:
        kept: list[_Candidate] = []
        known: dict[int, Verification] = {}
        for each in candidates:
            judged: dict[int, Verification] = {}
            yield self._trial([*kept, each], judged, each.files)
            if (worse := self._worse([*kept, each], judged)) is None:
                kept.append(each)
                known.update(judged)
            else:
                self._refuse(each, worse)
        if kept:
            self._take(kept, known)

    def _fitting(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """Those whose edits do not stand in each other's way; the others come again in the next round."""
        fitting: list[_Candidate] = []
        for each in candidates:
            if self._edited([*fitting, each]) is not None:
                fitting.append(each)
            else:
                self.standings[each.number] = self.standings[each.number].untried(each.finding)
        return fitting

    def _edited(self, candidates: Sequence[_Candidate]) -> Mapping[str, str] | None:
        edits: dict[Edit, None] = {edit: None for each in candidates for edit in each.step.fix.edits}
        return edited(tuple(edits), self._options().texts)

    def _trial(
        self,
        candidates: Sequence[_Candidate],
        judged: dict[int, Verification],
        files: frozenset[str] = frozenset(),
    ) -> Batch:
        """Each target that loads an edited file (or one of `files`, where they are said), in the edited texts."""
        texts = self._edited(candidates) or {}
        jobs = {
            number: self._judge(number, candidates, texts) for number in self._loading(files or set(texts))
        }
        return Batch(jobs, judged.__setitem__)

    def _judge(
        self, number: int, candidates: Sequence[_Candidate], texts: Mapping[str, str]
    ) -> Callable[[], Verification]:
        fixable = self.standings[number].fixable
        own = self._mended(number, candidates)
        settled = reduce(add, (each.step.settled for each, _ in own), Settled())
        return partial(_held, self._verifier(), fixable, texts, tuple(f for _, f in own), settled)

    def _mended(self, number: int, candidates: Sequence[_Candidate]) -> list[tuple[_Candidate, Finding]]:
        """The target's own findings that these are for."""
        standing = self.standings[number]
        found = rules.find(standing.fixable.checked.target, _facts(standing))
        by_kind = {kind(finding): finding for finding in found}
        return [(each, by_kind[kind(each.finding)]) for each in candidates if kind(each.finding) in by_kind]

    def _worse(self, candidates: Sequence[_Candidate], judged: Mapping[int, Verification]) -> str | None:
        """Which target is worse off with them, and how; None: none is."""
        for number, each in sorted(judged.items()):
            mends = bool(self._mended(number, candidates))
            good = each.verdict.kind in self.asked.accepted.kinds if mends else True
            if each.left is None or not good:
                return f"{self.standings[number].name}: {each.verdict.reason or each.verdict.kind}"
        return None

    # -- what came of it -------------------------------------------------------------------------------

    def _take(self, candidates: Sequence[_Candidate], judged: Mapping[int, Verification]) -> None:
        texts = self._edited(candidates) or {}
        self._know(texts)
        self.texts.update(texts)
        for number, each in judged.items():
            if each.left is not None:
                self.standings[number] = self.standings[number].left_by(each.left)
        for candidate in candidates:
            self.applied.append(Applied(candidate.finding, candidate.step.fix))
            self.asked.told.applied(self.applied[-1])

    def _refuse(self, candidate: _Candidate, why: str) -> None:
        standing, verdict = self.standings[candidate.number], Verdict("not-verified", why)
        refused = standing.without(candidate.finding, candidate.step.fix, verdict)
        self.standings[candidate.number] = refused

    def _settle(self) -> None:
        """Tells of the targets that nothing more is tried for, and of the files that all of theirs are done."""
        left = set(self._to_search())
        settled, self.pending = self.pending - left, left
        self.tell_written(frozenset(file for number in left for file in self.standings[number].files))
        for number in sorted(settled):
            self.asked.told.settled(self.standings[number])

    def tell_written(self, except_for: frozenset[str] = frozenset()) -> None:
        """Tells of texts that nobody was told of, but for those of a fix that lies in these files too."""
        for unit in connected([each.files for each in self.applied]):
            new = [f for f in sorted(unit) if self._told[f].text != self.texts[f]]
            if new and unit.isdisjoint(except_for):
                self.asked.told.written([Rewritten(self._told[file], self.texts[file]) for file in new])
                self._told.update((file, SourceText(file, self.texts[file])) for file in new)

    def _know(self, files: Iterable[str]) -> None:
        """Reads what was not read: an edit counts as long as the file says what it was made of."""
        for file in files:
            if file not in self._told and (source := source_in(self.asked.options.texts, file)):
                self._told[file] = source

    def _loading(self, files: frozenset[str] | set[str]) -> set[int]:
        return {number for number, each in enumerate(self.standings) if not each.files.isdisjoint(files)}

    def _options(self) -> Options:
        return replace(self.asked.options, texts={**self.asked.options.texts, **self.texts})

    def _verifier(self) -> Verifier:
        return replace(self.asked.verifier, options=self._options())


def _facts(standing: Standing) -> Facts:
    return standing.fixable.checked.facts


def _attempts(
    verifier: Verifier,
    fixable: Fixable,
    findings: Sequence[Finding],
    accepts: Callable[[Finding, Fix], bool],
) -> tuple[Attempt, ...]:
    return tuple(Attempt(*each) for each in searched(verifier, fixable, findings, accepts))


def _held(
    verifier: Verifier,
    fixable: Fixable,
    texts: Mapping[str, str],
    findings: tuple[Finding, ...],
    settled: Settled,
) -> Verification:
    with Baseline(verifier, fixable) as original:
        return original.judged(texts, findings, settled)
