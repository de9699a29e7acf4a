"""What threads run: planning a module, tracing it, searching for fixes.

The rule: functions here map values to values, know nothing of the session, and can be abandoned at any time. They
read the snapshot that they are given, and the disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from fullgraph import rules, static
from fullgraph.check.options import Options
from fullgraph.check.plan import CannotRun, Plan, Task, plan_for
from fullgraph.check.report import reported
from fullgraph.check.run import Outcome, trace
from fullgraph.discovery import ASKED_FOR
from fullgraph.discovery.documents import is_document
from fullgraph.fix.verdict_cache import VerdictCache
from fullgraph.model import Checked, Facts, Finding, ProgramRequest, Runtime, Target, TraceRequest
from fullgraph.project import files
from fullgraph.project.exclusion import excluded_by
from fullgraph.text.source import LARGEST, SourceText
from fullgraph.workers import Cancellation
from fullgraph.workers.pool import Workers

from ..session.models import FolderModels
from ..session.results import Outline, Texts, Traced
from ..session.snapshot import Snapshot
from .cache import Cache, FoundFixes

if TYPE_CHECKING:
    from fullgraph.fix.verify import Verification


def outline(snapshot: Snapshot) -> Outline:
    """What the text alone says; nothing of the user's runs."""
    open_text = snapshot.open.get(snapshot.file)
    if open_text is not None and len(open_text.text) > LARGEST:
        return Outline(snapshot.file)
    options = _options(snapshot)
    plan = snapshot.models.without_guesses(_plan(snapshot, options))
    findings = reported(plan.findings, plan, options)
    looked = () if _is_excluded(snapshot, plan) else _static_findings(snapshot)
    static_findings = reported(looked, plan, options)
    texts = _texts(snapshot, (*findings, *static_findings), plan)
    return Outline(snapshot.file, plan, findings, static_findings, texts)


def _static_findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What static analysis reports. Another module counts as it is in the editor, else as it is on disk."""
    source = snapshot.source(snapshot.file)
    if source is None or not snapshot.file.endswith(".py"):
        return ()
    here = files.project_of(snapshot.file)

    def other(name: str) -> SourceText | None:
        found = files.find_module(name, here)
        return None if isinstance(found, files.NoModule) else snapshot.source(found.file)

    return static.find(source, files.module_name(snapshot.file, here), other)


def _is_excluded(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether `exclude` names the file, in the editor's settings or its project's: even if it is open."""
    projects = ((root, config.exclude) for root, config in plan.configs.items())
    said = ((snapshot.folder, snapshot.settings.exclude), *projects)
    return any(excluded_by(patterns, Path(root))(Path(snapshot.file)) for root, patterns in said)


def _plan(snapshot: Snapshot, options: Options) -> Plan:
    if excluded_by(snapshot.settings.exclude, Path(snapshot.folder))(Path(snapshot.file)):
        return Plan()
    try:
        plan = plan_for(options)
    except CannotRun:  # the file is gone, which its watcher will tell
        return Plan()
    return replace(plan, tasks=tuple(_observed(task) for task in plan.tasks))


def _observed(task: Task) -> Task:
    """With the value of every expression: hover and hints show them."""
    return replace(task, request=replace(task.request, values=True))


def _options(snapshot: Snapshot) -> Options:
    settings = snapshot.settings
    return Options(
        paths=(snapshot.file,),
        python=settings.interpreter,
        strict=settings.strict,
        graph_breaks=settings.graph_breaks,
        select=settings.select,
        ignore=settings.ignore,
        timeout=settings.timeout,
        texts=snapshot.texts,
        editing=True,
        repositories=snapshot.repositories,
    )


# -- tracing -----------------------------------------------------------------------------------------


Tell = Callable[[Traced, int], None]


@dataclass(frozen=True)
class Tracing:
    """What a trace needs beside its task."""

    workers: Workers
    cache: Cache
    cancellation: Cancellation
    verdicts: VerdictCache[Verification] = field(default_factory=VerdictCache)


def traced(snapshot: Snapshot, plan: Plan, tracing: Tracing, tell: Tell) -> Traced:
    """Traces the targets of a module, one after the other.

    `tell` hears of each step, on this thread, with the number of targets that are done.

    Raises:
        CannotRun: the interpreter cannot be used.
        TraceCancelledError: it was cancelled.
    """
    options, plan = _options(snapshot), _to_trace(plan, snapshot.unsaved())
    whole = Traced(snapshot.file, done=False, begun=time.time())
    for number, task in enumerate(plan.tasks):
        tell(whole, number)
        so_far = partial(_with, whole, task.request.target, snapshot=snapshot, plan=plan, options=options)
        outcome = _outcome(task, tracing, _telling(tell, so_far, number))
        whole = _with_known_fixes(so_far(outcome), task, snapshot, plan, tracing.cache)
    return replace(whole, done=True)


def _to_trace(plan: Plan, unsaved: Mapping[str, str]) -> Plan:
    """With those texts alone that a worker does not find on disk: unsaved ones, and the code of documents."""

    def asking(request: TraceRequest) -> TraceRequest:
        code = {file: text for file, text in request.overlays.items() if is_document(file)}
        return replace(request, overlays={**code, **unsaved})

    return replace(plan, tasks=tuple(task.asking(asking) for task in plan.tasks))


def _telling(tell: Tell, so_far: Callable[[Outcome], Traced], number: int) -> Callable[[Facts], None]:
    return lambda facts: tell(so_far(Outcome(facts, Runtime())), number)


def _outcome(task: Task, tracing: Tracing, tell: Callable[[Facts], None]) -> Outcome:
    """What came of one target; `tell` hears of the facts so far, once export has been reached."""
    seen = Facts()

    def on_part(part: Facts) -> None:
        nonlocal seen
        seen = seen.merged(part)
        if seen.exported is not None:
            tell(seen)

    return tracing.cache.outcome(task, lambda: trace(task, tracing.workers, on_part, tracing.cancellation))


def _with(
    before: Traced, target: Target, outcome: Outcome, snapshot: Snapshot, plan: Plan, options: Options
) -> Traced:
    target = outcome.target or target
    checked = Checked(target, rules.status(outcome.facts), outcome.facts, outcome.runtime)
    kept = () if rules.is_skipped(target, checked.facts) else (checked,)
    found = (*before.findings, *rules.find(checked.target, checked.facts))
    findings = reported(found, plan, options)
    values = (value.place.file for value in checked.facts.values)
    texts = {**before.texts, **_texts(snapshot, findings, plan, *values)}
    return replace(before, checked=(*before.checked, *kept), findings=findings, texts=texts)


def _texts(snapshot: Snapshot, findings: tuple[Finding, ...], plan: Plan, *more: str) -> Texts:
    targets = [task.request.target for task in plan.tasks]
    files = {snapshot.file, *(each.place.file for each in targets), *more}
    files |= {each.model_place.file for each in targets if each.model_place}
    for finding in findings:
        files |= {finding.place.file, *(related.place.file for related in finding.related)}
        files |= {edit.place.file for fix in finding.fixes for edit in fix.edits}
    return {file: source for file in files if (source := snapshot.source(file)) is not None}


# -- verifying -----------------------------------------------------------------------------------------


def unverified(whole: Traced) -> bool:
    """Whether there is a finding whose fixes were not searched for yet."""
    names = {checked.target.name for checked in whole.checked} - whole.verified
    return any(finding.target in names for finding in whole.findings)


def verified(
    snapshot: Snapshot, plan: Plan, whole: Traced, tracing: Tracing, tell: Callable[[Traced], None]
) -> None:
    """Searches for fixes of each finding of a module; `tell` hears, on this thread, of each finding that has some.

    Raises:
        CannotRun: the interpreter cannot be used.
        TraceCancelledError: it was cancelled.
    """
    from fullgraph.fix.search import (  # the rewrites would be a fifth of the server's start
        Fixable,
        Verifier,
        fixes,
    )

    unsaved = snapshot.unsaved()
    options = replace(_options(snapshot), texts=unsaved)
    for task in _to_trace(plan, unsaved).tasks:
        checked = whole.of(task.request.target.name)
        if checked is None or checked.target.name in whole.verified:
            continue
        verifier = Verifier(options, tracing.workers, tracing.verdicts, tracing.cancellation)
        wanted = frozenset(finding for finding in whole.findings if finding.target == checked.target.name)
        found_fixes: FoundFixes = ()
        for finding, found in fixes(verifier, Fixable(task, checked, wanted.__contains__)):
            found_fixes = (*found_fixes, (finding, found))
            whole = _with_fixes(whole, ((finding, found),), snapshot, plan)
            if found:
                tell(whole)
        if not verifier.stopped.is_set():
            tracing.cache.keep_fixes(task, checked.facts, found_fixes, whole.begun)
        whole = replace(whole, verified=whole.verified | {checked.target.name})
    tell(whole)


def _with_fixes(whole: Traced, found_fixes: FoundFixes, snapshot: Snapshot, plan: Plan) -> Traced:
    from fullgraph.fix.by_hand import by_hand  # as the rewrites

    fixes, unsaved = dict(found_fixes), snapshot.unsaved()
    findings = tuple(
        replace(each, fixes=fixes[each], by_hand=by_hand(each, fixes[each], unsaved))
        if each in fixes
        else each
        for each in whole.findings
    )
    texts = {**_texts(snapshot, findings, plan), **whole.texts}
    return replace(whole, findings=findings, texts=texts)


def _with_known_fixes(whole: Traced, task: Task, snapshot: Snapshot, plan: Plan, cache: Cache) -> Traced:
    """With what an earlier session verified of a target."""
    name = task.request.target.name
    if not snapshot.settings.verify or not any(finding.target == name for finding in whole.findings):
        return whole
    found_fixes = cache.known_fixes(task)
    if found_fixes is None:
        return whole
    known = {finding for finding, _ in found_fixes}
    if not all(finding in known for finding in whole.findings if finding.target == name):
        return whole  # another rule is selected, or a comment that suppressed one is gone
    return replace(_with_fixes(whole, found_fixes, snapshot, plan), verified=whole.verified | {name})


# -- what is asked for by itself ---------------------------------------------------------------------


def program(snapshot: Snapshot, name: str, asked: ProgramRequest, tracing: Tracing) -> Traced:
    """One target, with its program.

    Raises:
        CannotRun: there is no such target, or the interpreter cannot be used.
        TraceCancelledError: it was cancelled.
    """
    options = _options(snapshot)
    plan = _to_trace(_plan(snapshot, options), snapshot.unsaved())
    task = next((task for task in plan.tasks if task.request.target.name == name), None)
    if task is None:
        raise CannotRun(f"no target {name} in {snapshot.file}")
    task = task.asking(lambda request: replace(request, program=asked, values=False, breaks=False))
    outcome = trace(task, tracing.workers, cancellation=tracing.cancellation)
    return _with(Traced(snapshot.file), task.request.target, outcome, snapshot, plan, options)


@dataclass(frozen=True)
class Scanned:
    """A module of the workspace that has targets; `traced` has those that the cache knows."""

    outline: Outline
    traced: Traced | None


@dataclass(frozen=True)
class Scan:
    """What was found below a folder: modules with targets, by file, and the models."""

    modules: Mapping[str, Scanned]
    models: FolderModels


def scanned(snapshot: Snapshot, cache: Cache) -> Scan:
    """What is found below a folder, which the snapshot names as its file, or in one file.

    Which models there are, a folder alone tells.
    """
    options = _options(snapshot)
    whole = _included(_plan(snapshot, options), snapshot)
    models = _models(whole, snapshot) if Path(snapshot.file).is_dir() else snapshot.models
    plan = models.without_guesses(whole)
    tasks: dict[str, list[Task]] = {}
    for task in plan.tasks:
        tasks.setdefault(task.request.target.found_in, []).append(task)
    found: dict[str, Scanned] = {}
    for file, own in tasks.items():
        here = replace(snapshot, file=file)
        findings = tuple(f for f in plan.findings if f.place.file == file)
        its = replace(plan, tasks=tuple(own), findings=findings)
        kept = reported(findings, its, options)
        outlined = Outline(file, its, kept, (), _texts(here, kept, its))
        found[file] = Scanned(outlined, _remembered(here, its, cache, options))
    return Scan(found, models)


def _included(plan: Plan, snapshot: Snapshot) -> Plan:
    """A plan for a folder without the files that the editor's settings exclude."""
    if not snapshot.settings.exclude:
        return plan
    excluded = lru_cache(excluded_by(snapshot.settings.exclude, Path(snapshot.folder)))
    tasks = tuple(task for task in plan.tasks if not excluded(Path(task.request.target.file)))
    models = tuple(each for each in plan.models if not excluded(Path(each.place.file)))
    findings = tuple(each for each in plan.findings if not excluded(Path(each.place.file)))
    return replace(plan, tasks=tasks, models=models, findings=findings)


def _models(plan: Plan, snapshot: Snapshot) -> FolderModels:
    targets = tuple(task.request.target for task in plan.tasks)
    files = {each.place.file for each in plan.models}
    texts = {file: source for file in files if (source := snapshot.source(file)) is not None}
    return FolderModels(plan.models, targets, texts)


def of_models(plan: Plan, models: FolderModels) -> Plan:
    """A plan without what is only a part of other models, and was not asked for."""
    parts = {each.key for each in models.models if each.role == "part"}
    targets = ((task, task.request.target) for task in plan.tasks)
    kept = tuple(task for task, each in targets if each.origin in ASKED_FOR or each.subject not in parts)
    return replace(plan, tasks=kept)


def _remembered(snapshot: Snapshot, plan: Plan, cache: Cache, options: Options) -> Traced | None:
    whole = Traced(snapshot.file)
    for task in plan.tasks:
        outcome = cache.known(task)
        if outcome is not None:
            whole = _with(whole, task.request.target, outcome, snapshot, plan, options)
            whole = _with_known_fixes(whole, task, snapshot, plan, cache)
    return whole if whole.checked or whole.findings else None
