"""The pipeline: paths → targets → facts → findings. It wires the parts and holds no opinion.

    project ──▶ discovery ──▶ workers (one trace for each target) ──▶ rules ──▶ Report

Each target is one task of a `concurrent.futures.Executor`: a module-level function of plain values, so
that another executor than threads can run it. The warm worker that a task needs is started once in each
process that runs tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial, reduce

from .. import rules
from ..model import Checked, Ended, EndReason, Facts, Finding, Report, Runtime, StartFailure, Target
from ..workers import Cancellation, TraceCancelledError, WorkerLostError
from ..workers.pool import Workers
from .deadline import Deadline, completed, results
from .grouping import grouped
from .options import Options
from .plan import Plan, Task, plan_for
from .report import reported
from .start import CannotStart

_PATIENCE = 10.0
"""Seconds for what was told to end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: targets done, targets in all, and the names of those that are traced now.

    `last` is the target that was done last, with its findings.
    """

    done: int
    total: int
    running: tuple[str, ...]
    last: tuple[Checked, tuple[Finding, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task, and on which versions. `target`: the one that it is about, where that is another.

    `unfollowed` are the facts of the export call that it stands in for, which could not be run.
    """

    facts: Facts
    runtime: Runtime
    target: Target | None = None
    unfollowed: Facts | None = None


def check(
    options: Options, executor: Executor, on_progress: Callable[[Progress], None] = lambda _: None
) -> Report:
    """Checks every target in some files and folders.

    Raises:
        CannotRun: a path is not there, or an interpreter cannot be used.
    """
    return check_plan(plan_for(options), options, executor, on_progress)


def check_plan(
    plan: Plan,
    options: Options,
    executor: Executor,
    on_progress: Callable[[Progress], None] = lambda _: None,
    until: Deadline | None = None,
) -> Report:
    """Checks what is planned, and that alone; with a deadline, what is known when it or Ctrl-C comes.

    Raises:
        CannotStart: an interpreter cannot be used.
    """
    outcomes, reason = _traced(plan.tasks, executor, on_progress, until)
    reason = reason or (None if plan.complete else "budget")
    known = [(task, outcome) for task, outcome in zip(plan.tasks, outcomes, strict=True) if outcome]
    checked = tuple(each for task, outcome in known for each in _all_checked(task, outcome))
    found = [finding for each in checked for finding in rules.find(each.target, each.facts)]
    unreached = (t.request.target for t, outcome in zip(plan.tasks, outcomes, strict=True) if not outcome)
    return Report(
        targets=tuple(each for each in checked if not _is_skipped(each)),
        findings=grouped(reported((*plan.findings, *found), plan, options)),
        skipped=tuple(filter(_is_skipped, checked)),
        models=plan.models,
        ended=Ended(reason, tuple(unreached), fixes=False, planned=plan.complete) if reason else None,
    )


def _all_checked(task: Task, outcome: Outcome) -> Iterator[Checked]:
    """What a task was about in the end, and the export call that could not be run."""
    yield _checked(outcome.target or task.request.target, outcome)
    if outcome.unfollowed:
        yield _checked(task.request.target, replace(outcome, facts=outcome.unfollowed))


def _checked(target: Target, outcome: Outcome) -> Checked:
    return Checked(target, rules.status(outcome.facts), outcome.facts, outcome.runtime)


def _is_skipped(checked: Checked) -> bool:
    return rules.is_skipped(checked.target, checked.facts)


# -- tracing -----------------------------------------------------------------------------------------


def _traced(
    tasks: tuple[Task, ...],
    executor: Executor,
    on_progress: Callable[[Progress], None],
    until: Deadline | None,
) -> tuple[tuple[Outcome | None, ...], EndReason | None]:
    """The outcomes in the order of the tasks. Whatever ends it early, nothing is left running."""
    futures = {executor.submit(run, task): task for task in tasks}
    on_progress(_progress(futures))
    try:
        reason = completed(futures, until, lambda done: on_progress(_progress(futures, done)))
    except BaseException:
        for future in futures:
            future.cancel()
        close_workers()
        raise
    if reason is None:
        return tuple(future.result() for future in futures), None
    close_workers()
    known = results(futures, _PATIENCE)
    return tuple(known.get(future) for future in futures), reason


def _progress(futures: Mapping[Future[Outcome], Task], done: Future[Outcome] | None = None) -> Progress:
    running = tuple(task.request.target.name for future, task in futures.items() if future.running())
    last = _told(futures[done], done.result()) if done else None
    return Progress(sum(future.done() for future in futures), len(futures), running, last)


def _told(task: Task, outcome: Outcome) -> tuple[Checked, tuple[Finding, ...]]:
    checked = _checked(outcome.target or task.request.target, outcome)
    return checked, rules.find(checked.target, checked.facts)


def run(task: Task) -> Outcome:
    """Traces one target in the warm worker of this process; of one that is ended, what is known by then.

    Raises:
        CannotStart: the interpreter cannot be used.
        TraceCancelledError: the workers closed before torch had said anything.
    """
    so_far: list[Facts] = []
    try:
        return trace(task, _WORKERS, so_far.append)
    except TraceCancelledError:
        known = reduce(Facts.merged, so_far, Facts())
        if known.exported is None:
            raise
        return Outcome(known, Runtime())


def trace(
    task: Task,
    workers: Workers,
    on_part: Callable[[Facts], None] = lambda _: None,
    cancellation: Cancellation | None = None,
) -> Outcome:
    """Traces one target in one of these workers; `on_part` hears of each step that ended.

    Where a target cannot be loaded, its fallbacks are tried; where none can, it is the first that counts.

    Raises:
        CannotStart: the interpreter cannot be used.
        TraceCancelledError: `cancellation` was cancelled, or the workers closed.
    """
    if not task.fallbacks:
        return _trace_one(task, workers, on_part, cancellation)
    first: Outcome | None = None
    for request in (task.request, *task.fallbacks):
        hear = partial(_heard, on_part, request.target)
        outcome = _trace_one(replace(task, request=request), workers, hear, cancellation)
        if not rules.is_skipped(request.target, outcome.facts):
            gave_way = first is not None and request.target.name != task.request.target.name
            unfollowed = first.facts if first and gave_way else None
            return replace(outcome, target=request.target, unfollowed=unfollowed)
        first = first or outcome
    assert first is not None
    on_part(first.facts)
    return first


def _heard(on_part: Callable[[Facts], None], target: Target, part: Facts) -> None:
    """Of a target that may have to give way, only what it is not skipped for."""
    if not rules.is_skipped(target, part):
        on_part(part)


def _trace_one(
    task: Task, workers: Workers, on_part: Callable[[Facts], None], cancellation: Cancellation | None
) -> Outcome:
    if cancellation and cancellation.cancelled:  # before a worker is started for nobody
        raise TraceCancelledError
    worker = workers.get(task.interpreter, task.request)
    if cancellation and cancellation.cancelled:
        raise TraceCancelledError
    if isinstance(worker, StartFailure):
        raise CannotStart(worker)
    try:
        facts = worker.trace(task.request, on_part, cancellation)
    except WorkerLostError as error:
        raise CannotStart(error.failure) from error
    if task.lasting:
        workers.learn(task.interpreter, task.request, facts)
    return Outcome(facts, worker.runtime)


def shared_workers() -> Workers:
    """The warm workers of this process, for further traces of what was checked."""
    return _WORKERS


def close_workers() -> None:
    """Ends the workers of this process and all that they started; the next task starts new ones."""
    _WORKERS.close()


_WORKERS = Workers()
