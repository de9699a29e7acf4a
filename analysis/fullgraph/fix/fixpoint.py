"""Fix after fix, until the targets export or nothing verified is left.

    check ──▶ families of targets that share files ──▶ each mended by itself (`family`), all on one executor (`jobs`)

Each fix is verified on the text that the fixes before it left, so that the chain of them is. The rule: no file
is touched here; what an interrupt leaves are the fixes that were verified by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import final

from .. import rules
from ..check.deadline import Deadline
from ..check.grouping import grouped
from ..check.options import Options
from ..check.plan import Plan, plan_for
from ..check.report import reported
from ..check.run import Progress, check_plan, close_workers
from ..model import Checked, Ended, EndReason, Finding, Report
from ..workers import Cancellation
from .accepting import Accepted
from .family import Applied, Asked, Family, Rewritten, Told
from .jobs import Jobs
from .search import Fixable, Verifier
from .standing import Kind, Standing, families, kind_of
from .unbroken import unbroken

__all__ = ["Accepted", "Applied", "Listener", "Mended", "Rewritten", "mend"]

_PATIENCE = 10.0
"""Seconds for what was told to end."""


@dataclass(frozen=True)
class Listener:
    """Who hears of a run, on the thread that it is called on.

    `checking` and `mending` hear how far it is, `applied` of each fix that is taken, and `written` of files
    once nothing more is tried for their targets: together of those that share a fix.
    """

    checking: Callable[[Progress], None] = lambda _: None
    mending: Callable[[Progress], None] = lambda _: None
    applied: Callable[[Applied], None] = lambda _: None
    written: Callable[[Sequence[Rewritten]], None] = lambda _: None


@dataclass(frozen=True)
class Mended:
    """What came of it. `texts` are the files' new ones, `report` what is known of the targets then.

    The findings that are left have the fixes that were tried. `unfinished` are targets that a run which was
    ended would have tried more for, and `unsearched` findings, each of a target, that it did not look for fixes of.
    """

    texts: Mapping[str, str]
    report: Report
    applied: tuple[Applied, ...] = ()
    unfinished: tuple[str, ...] = ()
    unsearched: frozenset[tuple[str, Kind]] = frozenset()


def mend(
    plan: Plan,
    options: Options,
    verifier: Verifier,
    executor: Executor,
    targets: frozenset[str] = frozenset(),
    accepted: Accepted = Accepted(),  # noqa: B008
    listener: Listener = Listener(),
    until: Deadline = Deadline(),  # noqa: B008
) -> Mended:
    """Mends the named targets (none: all of them) of what is planned for the options.

    As much as is verified when the deadline or Ctrl-C comes.

    Raises:
        CannotRun: a path is not there, or an interpreter cannot be used.
    """
    plan = _of(targets, plan)
    report = check_plan(plan, options, executor, listener.checking, until)
    if report.ended:
        known = [each for each in report.findings if each.severity != "information" and each.target]
        names = [*(each.target or "" for each in known), *(each.name for each in report.ended.unreached)]
        unsearched = frozenset((each.target or "", kind_of(each)) for each in known)
        return Mended({}, report, unfinished=tuple(dict.fromkeys(names)), unsearched=unsearched)
    run = _Run(plan, options, report, listener, verifier)
    return run.result(run.mended(accepted, executor, until))


def _of(targets: frozenset[str], plan: Plan) -> Plan:
    if not targets:
        return plan
    return replace(plan, tasks=tuple(t for t in plan.tasks if t.request.target.name in targets), findings=())


@final
class _Run:
    """The families of one run, and how far it is."""

    def __init__(
        self, plan: Plan, options: Options, report: Report, listener: Listener, verifier: Verifier
    ) -> None:
        self._plan, self._options, self._report, self._listener = plan, options, report, listener
        self._verifier = verifier
        self._tried: dict[str, str] = {}  # what is tried now, by the target's name
        self._families: list[Family] = []
        self._order: list[int] = []  # the targets of the report, as the families have them
        self._total = 0

    def mended(self, accepted: Accepted, executor: Executor, until: Deadline) -> EndReason | None:
        """Tries all that there is to try; says why it ended before."""
        jobs, ended = Jobs(executor, self._trying), self._verifier.cancellation or Cancellation()
        verifier = replace(self._verifier, trying=lambda *tried: jobs.post(tried), cancellation=ended)
        told = Told(self._listener.applied, self._listener.written, self._settled)
        self._divide(Asked(self._plan, self._options, verifier, accepted, told))
        self._tell()
        try:
            reason = jobs.run([family.rounds() for family in self._families], until)
        except BaseException:
            ended.cancel()
            close_workers()
            raise
        if reason:
            ended.cancel()  # what is between two traces asks for no further one
            close_workers()
            jobs.cancel(_PATIENCE)
        with unbroken():
            for family in self._families:
                family.tell_written()
        return reason

    def _divide(self, asked: Asked) -> None:
        every = [Standing(fixable) for fixable in _fixables(self._plan, self._report)]
        groups = families(every)
        files = frozenset(file for standing in every for file in standing.files)
        for group in groups:
            own = [every[number] for number in group]
            foreign = files.difference(*(standing.files for standing in own))
            self._families.append(Family(asked, own, foreign))
        self._order = [number for group in groups for number in group]
        self._total = sum(len(family.pending) for family in self._families)

    def result(self, reason: EndReason | None) -> Mended:
        texts = {file: text for family in self._families for file, text in family.texts.items()}
        numbered = zip(self._order, (s for f in self._families for s in f.standings), strict=True)
        standings = [standing for _, standing in sorted(numbered, key=lambda pair: pair[0])]
        left = [f.standings[number].name for f in self._families for number in sorted(f.pending)]
        report = self._reported(standings, texts, reason)
        searched = {(each.name, kind) for each in standings for kind in each.tried}
        asked = ((each.target or "", kind_of(each)) for each in report.findings) if reason else ()
        return Mended(
            texts,
            report,
            tuple(each for family in self._families for each in family.applied),
            tuple(left),
            frozenset(asked) - searched,
        )

    def _reported(
        self, standings: Sequence[Standing], texts: Mapping[str, str], reason: EndReason | None
    ) -> Report:
        """What is known of the targets now; the findings have the fixes that were tried for them."""
        now = replace(self._options, texts={**self._options.texts, **texts})
        plan = self._plan
        if plan.findings and texts and not reason:  # those of files that were edited stand elsewhere by now
            plan = replace(plan, findings=plan_for(now).findings)
        checked = [each.fixable.checked for each in standings]
        skipped = self._report.skipped
        found = [f for each in (*checked, *skipped) for f in rules.find(each.target, each.facts)]
        tried = {(each.name, kind): known.fixes for each in standings for kind, known in each.tried.items()}
        findings = grouped(reported((*plan.findings, *found), plan, now))
        return replace(
            self._report,
            targets=tuple(checked),
            findings=tuple(
                replace(each, fixes=tried.get((each.target or "", kind_of(each)), ())) for each in findings
            ),
            ended=Ended(reason, fixes=False) if reason else None,
        )

    # -- how far it is ---------------------------------------------------------------------------------

    def _trying(self, tried: tuple[str, str]) -> None:
        name, title = tried
        self._tried[name] = title
        self._tell()

    def _settled(self, standing: Standing) -> None:
        self._tried.pop(standing.name, None)
        checked = standing.fixable.checked
        self._tell((checked, rules.find(checked.target, checked.facts)))

    def _tell(self, last: tuple[Checked, tuple[Finding, ...]] | None = None) -> None:
        if not self._total:
            return
        left = sum(len(family.pending) for family in self._families)
        running = tuple(f"{name} ({title})" for name, title in self._tried.items())
        self._listener.mending(Progress(max(0, self._total - left), self._total, running[::-1], last))


def _fixables(plan: Plan, report: Report) -> Iterator[Fixable]:
    tasks = {
        request.target: replace(task, request=request, fallbacks=())
        for task in plan.tasks
        for request in (task.request, *task.fallbacks)
    }
    return (Fixable(tasks[checked.target], checked) for checked in report.targets)
