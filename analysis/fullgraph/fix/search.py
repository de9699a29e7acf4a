"""From findings to fixes that were verified: each proposal is put into the text, traced, and compared.

    finding ──rewrites──▶ proposals ──applied──▶ texts ──traced beside the original──▶ verdicts

The rule: a finding gets the first fix that is verified. Where no proposal is by itself, because it brings up
what was hidden behind the finding, proposals for that follow it, and all of them are one fix.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from .. import rewrites, rules
from ..check.deadline import Deadline, completed, results
from ..check.grouping import kind
from ..check.plan import Plan, Task
from ..check.run import close_workers
from ..model import (
    Checked,
    DimContradicted,
    Ended,
    Finding,
    Fix,
    Place,
    Report,
    Runtime,
    TraceRequest,
    Verdict,
)
from ..project.files import project_of
from ..rewrites import Problem, Proposal
from .by_hand import by_hand
from .editing import edited
from .legacy import replacements
from .verdicts import Settled
from .verify import Baseline, Fixable, Verification, Verifier, problem_of

__all__ = ["Fixable", "Step", "Verifier", "edited", "fixes", "searched", "with_fixes"]

log = logging.getLogger(__name__)

_MOST_PROPOSALS = 6
"""Of one finding; each costs a trace."""

_PATIENCE = 10.0
"""Seconds for what was told to end."""

_MOST_FOLLOWED = 8
_DEEPEST = 4
"""Traces, and proposals in a row, where none is verified by itself and another finding comes of it."""

_GOOD = ("verified", "verified-one-branch", "unverified-exports")
_RANKS = ("verified", "verified-one-branch", "unverified-exports", "not-verified", "suppresses")


def fixes(verifier: Verifier, fixable: Fixable) -> Iterator[tuple[Finding, tuple[Fix, ...]]]:
    """Each wanted finding with its fixes, the best first, as soon as they are verified.

    Raises:
        CannotRun: the interpreter cannot be used.
        TraceCancelledError: as the verifier's cancellation says.
    """
    for finding, steps in _searched(verifier, fixable):
        yield finding, _ordered([step.fix for step in steps])


def searched(
    verifier: Verifier,
    fixable: Fixable,
    wanted: Sequence[Finding],
    accepts: Callable[[Finding, Fix], bool],
) -> Iterator[tuple[Finding, tuple[Fix, ...], Step | None]]:
    """Wanted findings with what was tried, in their order, up to the first that has an accepted fix.

    Raises:
        CannotRun: the interpreter cannot be used.
        TraceCancelledError: as the verifier's cancellation says.
    """
    checked, texts = fixable.checked, verifier.options.texts
    known = {_identity(each[1]): each for each in rules.explained(checked.target, checked.facts)}
    with Baseline(verifier, fixable) as original:
        for finding in wanted:
            found = known.get(_identity(finding))
            steps = _best(original, problem_of(*found, fixable, texts)) if found else []
            steps.sort(key=lambda step: _likeliest(step.fix))
            taken = next((step for step in steps if accepts(finding, step.fix)), None)
            yield finding, _ordered([step.fix for step in steps]), taken
            if taken:
                return


def _searched(verifier: Verifier, fixable: Fixable) -> Iterator[tuple[Finding, list[Step]]]:
    """The same with what is known of each fix beside its verdict."""
    explained = rules.explained(fixable.checked.target, fixable.checked.facts)
    with Baseline(verifier, fixable) as original:
        for failure, finding in explained:
            if fixable.wanted(finding):
                problem = problem_of(failure, finding, fixable, verifier.options.texts)
                yield finding, _best(original, problem)


def _proposed(problem: Problem) -> Iterator[Proposal]:
    """What the rewrites propose. One that raises is a bug, and no reason to lose the others."""
    for rewrite in rewrites.REWRITES:
        try:
            yield from rewrites.propose_by(rewrite, problem)
        except Exception:  # noqa: PERF203 (one at a time is the point)
            log.exception("the rewrite %s failed on %s", rewrite.name, problem.finding.place)


def _best(original: Baseline, problem: Problem) -> list[Step]:
    """What was tried; once one is as good as any could be, the further proposals are not."""
    tried: list[Step] = []
    for proposal in _proposed(problem):
        own = (problem.finding.place,)
        checks = own if proposal.checks else ()
        loops = own if _is_idle(proposal, problem.finding) else ()
        settled = Settled(checks=checks, loops=loops, unchecked=proposal.unchecked)
        tried.append(Step(proposal, *original.tried(proposal, problem.finding, settled), settled))
        if (tried[-1].judged.is_best and not tried[-1].narrows and not tried[-1].fix.verdict.spoils) or len(
            tried
        ) >= _MOST_PROPOSALS:
            break
    if not any(step.is_good and not step.narrows for step in tried):
        tried += _Following(original, problem.finding).found(tried)
    return tried


def _is_idle(proposal: Proposal, finding: Finding) -> bool:
    """Whether no inputs need to show a loop without any round, as those that it has more of do nothing."""
    return proposal.idle and finding.rule == "data-dependent-loop"


def _likeliest(fix: Fix) -> tuple[bool, bool, int, bool]:
    """What keeps the sizes of the spec goes before what gives some up, and what keeps gradients before the rest."""
    kind = fix.verdict.kind
    return kind not in _GOOD, bool(fix.gives_up), _RANKS.index(kind), fix.verdict.spoils


def _ordered(kept: list[Fix]) -> tuple[Fix, ...]:
    kept.sort(key=_likeliest)
    if kept and kept[0].verdict.kind == "verified" and not kept[0].gives_up:
        kept[0] = replace(kept[0], preferred=True)
    return tuple(kept)


@dataclass(frozen=True)
class Step:
    """A fix as it was judged; `settled` are its checks, and the branches that came up on the way to it."""

    proposal: Proposal
    fix: Fix
    judged: Verification
    settled: Settled = field(default_factory=Settled)

    @property
    def narrows(self) -> bool:
        return bool(self.fix.gives_up)

    @property
    def is_good(self) -> bool:
        return self.fix.verdict.kind in _GOOD


class _Following:
    """Proposals in a row: one mends the finding, another what came up once it was mended.

    A number that becomes a tensor brings up each place that asks for a number. All of it is one fix, judged
    as one: its text against the original's.
    """

    def __init__(self, original: Baseline, finding: Finding) -> None:
        self._original = original
        self._finding = finding
        self._left = _MOST_FOLLOWED

    def found(self, begun: Sequence[Step], depth: int = 1) -> Iterator[Step]:
        """The first good one, if there is one."""
        for step in begun:
            tried: list[Step] = []
            for then in self._next(step) if depth < _DEEPEST else ():
                if then.is_good:
                    yield then
                    return
                tried.append(then)
            if good := next(self.found(tried, depth + 1), None):
                yield good
                return

    def _next(self, step: Step) -> Iterator[Step]:
        if step.judged.revealed is None:
            return
        for problem in self._original.problems(step.fix, step.judged.revealed):
            if step.proposal.guesses and isinstance(problem.failure, DimContradicted):
                continue
            branch = self._branch(step.fix, problem.finding)
            for proposal in _proposed(problem):
                if self._left <= 0 or not proposal.verify:
                    break
                self._left -= 1
                asked = () if _is_idle(proposal, problem.finding) else branch
                checks = asked if proposal.checks else ()
                settled = step.settled + Settled(asked, checks, unchecked=proposal.unchecked)
                joined = self._original.joined(step.proposal, proposal)
                alone = _alone(joined, step.proposal, proposal) if joined and step.narrows else None
                for each in filter(None, (alone, joined)):
                    yield Step(each, *self._original.tried(each, self._finding, settled), settled)

    def _branch(self, fix: Fix, finding: Finding) -> tuple[Place | None, ...]:
        if finding.rule not in ("data-dependent-branch", "data-dependent-loop"):
            return ()
        return (self._original.branch_before(fix, finding.place),)


def _alone(joined: Proposal, first: Proposal, then: Proposal) -> Proposal | None:
    """The second of two without the first: a rewrite that showed with a spec that asks for less may need none."""
    edits = tuple(
        each for each in joined.edits if not any(_overlap(each.place, own.place) for own in first.edits)
    )
    return Proposal(then.title, edits) if 0 < len(edits) < len(joined.edits) else None


def _overlap(one: Place, other: Place) -> bool:
    return one.file == other.file and one.range.start < other.range.end and other.range.start < one.range.end


# -- a whole report ----------------------------------------------------------------------------------


def with_fixes(
    plan: Plan, report: Report, verifier: Verifier, executor: Executor, until: Deadline | None = None
) -> Report:
    """The report with the verified fixes of its findings. Each target is one task of the executor.

    With a deadline, those that are known when it or Ctrl-C comes.

    Of a finding that several targets reach, fixes are searched for with the first of them, and hold only
    where they hold for each of the others.

    Raises:
        CannotRun: an interpreter cannot be used.
    """
    tasks = {request.target: replace(t, request=request) for t in plan.tasks for request in _requests(t)}
    reported = {_identity(finding): finding for finding in report.findings}
    fixables = {each.target.name: Fixable(tasks[each.target], each) for each in report.targets}
    sharing = _Sharing(verifier, fixables)

    def verified(checked: Checked) -> list[tuple[Finding, tuple[Fix, ...]]]:
        fixable = replace(fixables[checked.target.name], wanted=lambda f: _identity(f) in reported)
        found = ((reported[_identity(finding)], steps) for finding, steps in _searched(verifier, fixable))
        return [(finding, sharing.held(finding, steps)) for finding, steps in found]

    def replaced(finding: Finding, runtime: Runtime) -> list[tuple[Finding, tuple[Fix, ...]]]:
        return [(finding, _ordered(list(replacements(verifier, finding, runtime))))]

    traced = (*report.targets, *report.skipped)
    runtimes = {tasks[each.target].request.root: each.runtime for each in traced}
    old = (finding for finding in report.findings if finding.rule == "legacy-export")
    replaceable = ((finding, runtimes.get(project_of(finding.place.file).root)) for finding in old)
    guilty = {finding.target for finding in report.findings}
    futures = [executor.submit(verified, each) for each in report.targets if each.target.name in guilty]
    futures += [executor.submit(replaced, each, runtime) for each, runtime in replaceable if runtime]
    known: dict[tuple[object, ...], tuple[Fix, ...]] = {}
    reason = completed(
        futures, until, lambda done: known.update((_identity(finding), own) for finding, own in done.result())
    )
    if reason:
        close_workers()
        results(futures, _PATIENCE)
    return replace(
        report,
        findings=tuple(_with(each, known.get(_identity(each)), verifier) for each in report.findings),
        ended=Ended(reason, fixes=False) if reason else report.ended,
    )


def _with(finding: Finding, fixes: tuple[Fix, ...] | None, verifier: Verifier) -> Finding:
    """A finding with its fixes; with what is left to do by hand, where they were searched for in vain."""
    if fixes is None:
        return finding
    return replace(finding, fixes=fixes, by_hand=by_hand(finding, fixes, verifier.options.texts))


def _requests(task: Task) -> tuple[TraceRequest, ...]:
    return task.request, *task.fallbacks


@dataclass(frozen=True)
class _Sharing:
    """Whether a fix that was found with one target holds for the others that reach the finding."""

    verifier: Verifier
    fixables: Mapping[str, Fixable]  # by the target's name

    def held(self, finding: Finding, steps: Sequence[Step]) -> tuple[Fix, ...]:
        for fixable in filter(None, map(self.fixables.get, finding.also)):
            steps = self._held_by(fixable, finding, steps)
        return _ordered([replace(step.fix, preferred=False) for step in steps])

    def _held_by(self, fixable: Fixable, finding: Finding, steps: Sequence[Step]) -> list[Step]:
        found = rules.find(fixable.checked.target, fixable.checked.facts)
        own = next((each for each in found if kind(each) == kind(finding)), None)
        if own is None or not any(step.is_good for step in steps):
            return list(steps)
        with Baseline(self.verifier, fixable) as original:
            return [_worse_of(step, original, own) if step.is_good else step for step in steps]


def _worse_of(step: Step, original: Baseline, finding: Finding) -> Step:
    """The same fix with the verdict of the target that it does less for, and the target's name."""
    fix, _ = original.tried(Proposal(step.fix.title, step.fix.edits), finding, step.settled)
    if _RANKS.index(fix.verdict.kind) <= _RANKS.index(step.fix.verdict.kind):
        return step
    said = f"{finding.target}: {fix.verdict.reason}" if fix.verdict.reason else f"for {finding.target}"
    return replace(step, fix=replace(step.fix, verdict=Verdict(fix.verdict.kind, said)))


def _identity(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.place, finding.target, finding.message
