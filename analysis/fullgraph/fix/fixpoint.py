"""Fix after fix, until the targets export or nothing verified is left.

Each fix is verified on the text that the fixes before it left, so that the chain of them is. The rule: no file
is touched here, and a target that was fine stays fine, also where two share a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial

from ..check.options import Options
from ..check.plan import Plan, plan_for
from ..check.run import Progress, check_plan
from ..model import Finding, Fix, Report, VerdictKind
from ..project.files import Texts
from .search import Verifier, edited, with_fixes

_MOST_ROUNDS = 60
SAFE: frozenset[VerdictKind] = frozenset({"verified"})
UNSAFE: frozenset[VerdictKind] = frozenset({"verified", "verified-one-branch", "unverified-exports"})


@dataclass(frozen=True)
class Applied:
    """A fix that was taken, with the finding that it mended."""

    finding: Finding
    fix: Fix


@dataclass(frozen=True)
class Mended:
    """What came of it. `texts` are the files' new ones, `report` what a check of them says."""

    texts: Mapping[str, str]
    report: Report
    applied: tuple[Applied, ...] = ()


@dataclass
class _State:
    texts: dict[str, str] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)  # (title, message): broke another target


def mend(
    plan: Plan,
    options: Options,
    verifier: Verifier,
    executor: Executor,
    targets: frozenset[str] = frozenset(),
    accepted: frozenset[VerdictKind] = SAFE,
    on_applied: Callable[[Applied], None] = lambda _: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Mended:
    """Mends the named targets (none: all of them) of what is planned for the options.

    Raises:
        CannotRun: a path is not there, or an interpreter cannot be used.
    """
    state = _State()
    checked = partial(_checked, verifier=verifier, executor=executor, on_progress=on_progress)
    report = checked(_of(targets, plan), options)
    for _ in range(_MOST_ROUNDS):
        taken = list(_taken(report, accepted, state))
        if not taken:
            break
        texts = _with_all(taken, {**options.texts, **state.texts})
        now = replace(options, texts={**options.texts, **state.texts, **texts})
        after = checked(_of(targets, plan_for(now)), now)
        if _worse(report, after):
            # Verified one by one, and yet another target that shares the code is worse off with one of them.
            state.refused.update((each.fix.title, each.finding.message) for each in taken)
            continue
        state.texts.update(texts)
        state.applied += taken
        for each in taken:
            on_applied(each)
        report = after
    return Mended(state.texts, report, tuple(state.applied))


def _of(targets: frozenset[str], plan: Plan) -> Plan:
    if not targets:
        return plan
    return replace(plan, tasks=tuple(t for t in plan.tasks if t.request.target.name in targets), findings=())


def _checked(
    plan: Plan,
    options: Options,
    verifier: Verifier,
    executor: Executor,
    on_progress: Callable[[Progress], None],
) -> Report:
    report = check_plan(plan, options, executor, on_progress)
    return with_fixes(plan, report, replace(verifier, options=options), executor)


def _taken(report: Report, accepted: frozenset[VerdictKind], state: _State) -> Iterator[Applied]:
    """One fix for each file, as a second one's verification does not know of the first."""
    touched: set[str] = set()
    for finding in report.findings:
        if finding.severity == "information":
            continue
        for fix in finding.fixes:
            files = {edit.place.file for edit in fix.edits}
            known = (fix.title, finding.message) in state.refused
            if fix.verdict.kind in accepted and not known and touched.isdisjoint(files):
                touched |= files
                yield Applied(finding, fix)
                break


def _with_all(taken: list[Applied], texts: Texts) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in taken:
        found.update(edited(each.fix.edits, texts) or {})
    return found


def _worse(before: Report, after: Report) -> bool:
    fine = {checked.target.name for checked in before.targets if checked.status == "exports"}
    now = {checked.target.name: checked.status for checked in after.targets}
    return any(now.get(name) != "exports" for name in fine)
