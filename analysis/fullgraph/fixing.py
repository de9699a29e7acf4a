"""From findings to fixes that were proved: each proposal is put into the text, traced, and compared.

    finding ──rewrites──▶ proposals ──applied──▶ texts ──traced beside the original──▶ verdicts

The rule: `verified` is said of the very text that the fix leaves, after torch exported it and its program
gave what the original gives, on inputs that take both sides of the branch that was rewritten.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

from . import project as files
from . import rewrites, rules
from .checker import CannotRun, Options, Plan, Task, plan_for, trace
from .editing import applied, by_file
from .model import (
    Checked,
    DataDependent,
    Edit,
    Facts,
    Failure,
    Finding,
    Fix,
    ObservedRuns,
    ObserveModel,
    Place,
    Proof,
    ProveRewrite,
    Report,
    Stopped,
    Verdict,
)
from .proofs import Proofs
from .rewrites import Parsed, Problem, Proposal
from .source import SourceText, SyntaxProblem, parse_module
from .warm import Workers
from .workers import Cancellation

log = logging.getLogger(__name__)

_MOST_PROPOSALS = 6
"""Of one finding; each costs a trace."""

_RANKS = ("verified", "verified-side-taken", "exports-not-compared", "not-verified", "silences")


@dataclass(frozen=True)
class Prover:
    """What proving needs besides a target: `options` with the texts that it was traced with.

    `stopped` is set when a proof came to the limits of time or memory: its verdict may be another one
    where the machine is less busy.
    """

    options: Options
    workers: Workers
    proofs: Proofs = field(default_factory=Proofs)
    cancellation: Cancellation | None = None
    stopped: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Fixable:
    """A target that was traced, with its findings: those that `wanted` are to be mended."""

    task: Task
    checked: Checked
    torch: str
    wanted: Callable[[Finding], bool] = lambda _: True


def fixes(prover: Prover, fixable: Fixable) -> Iterator[tuple[Finding, tuple[Fix, ...]]]:
    """Each wanted finding with its fixes, the best first, as soon as they are proved.

    Raises:
        CannotRun: the interpreter cannot be used.
        TraceCancelledError: as the prover's cancellation says.
    """
    explained = rules.explained(fixable.checked.target, fixable.checked.facts)
    with _Original(prover, fixable) as original:
        for failure, finding in explained:
            if fixable.wanted(finding):
                problem = _problem(failure, finding, fixable, prover.options.texts)
                yield finding, _best(original.fix(each, finding) for each in _proposed(problem))


def _proposed(problem: Problem) -> Iterator[Proposal]:
    """What the rewrites propose. One that raises is a fault of ours, and no reason to lose the others."""
    for rewrite in rewrites.REWRITES:
        try:
            yield from rewrites.propose_by(rewrite, problem)
        except Exception:  # noqa: PERF203 (one at a time is the point)
            log.exception("the rewrite %s failed on %s", rewrite.name, problem.finding.place)


def _best(found: Iterator[Fix]) -> tuple[Fix, ...]:
    """In order of their worth; once one is verified, the further proposals that need a trace are not tried."""
    kept: list[Fix] = []
    for tried, fix in enumerate(found):
        kept.append(fix)
        if fix.verdict.kind == "verified" or tried + 1 >= _MOST_PROPOSALS:
            break
    kept.sort(key=lambda fix: _RANKS.index(fix.verdict.kind))
    if kept and kept[0].verdict.kind == "verified":
        kept[0] = replace(kept[0], preferred=True)
    return tuple(kept)


def _problem(failure: Failure, finding: Finding, fixable: Fixable, texts: files.Texts) -> Problem:
    def parsed(file: str) -> Parsed | None:
        source = _read(file, texts)
        tree = parse_module(source.normal) if source and file.endswith(".py") else None
        return (
            None
            if source is None or tree is None or isinstance(tree, SyntaxProblem)
            else Parsed(source, tree)
        )

    version = tuple(int(part) for part in fixable.torch.split(".")[:2])
    checked = fixable.checked
    return Problem(finding, failure, checked.target, checked.facts, parsed, (version[0], version[1]))


def _read(file: str, texts: files.Texts) -> SourceText | None:
    if file.endswith(".py"):
        source = files.read_source(file, texts)
    else:
        source = files.read_pyproject(files.project_of(file), texts)
    return source if isinstance(source, SourceText) else None


def edited(edits: Sequence[Edit], texts: files.Texts) -> Mapping[str, str] | None:
    """The texts that edits leave, by file; None where they cannot be put in, or leave what does not parse."""
    found: dict[str, str] = {}
    for file, own in by_file(edits).items():
        source = _read(file, texts)
        text = applied(source, own) if source else None
        if text is None or (file.endswith(".py") and isinstance(parse_module(text), SyntaxProblem)):
            return None
        found[file] = text
    return found


@final
class _Original:
    """One target as it stands, run once for all proposals, when the first one asks."""

    def __init__(self, prover: Prover, fixable: Fixable) -> None:
        self._prover = prover
        self._fixable = fixable
        self._runs: ObservedRuns | None = None
        self._findings = rules.find(fixable.checked.target, fixable.checked.facts)
        self._read = _texts_of(fixable, prover.options.texts)
        self._folder = contextlib.ExitStack()
        self._path = ""

    def __enter__(self) -> _Original:
        folder = tempfile.TemporaryDirectory(prefix="fullgraph-", ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.enter_context(folder), "runs.pt"))
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.close()

    def fix(self, proposal: Proposal, finding: Finding) -> Fix:
        if not proposal.proved:
            return Fix(proposal.title, proposal.edits, Verdict("silences"))
        texts = edited(proposal.edits, self._prover.options.texts)
        if texts is None:
            return Fix(
                proposal.title, proposal.edits, Verdict("not-verified", "the edits do not fit the text")
            )
        return Fix(proposal.title, proposal.edits, self._verdict(texts, finding))

    def _verdict(self, texts: Mapping[str, str], finding: Finding) -> Verdict:
        task, proofs = self._fixable.task, self._prover.proofs
        own = (task.interpreter, task.request.target, finding.rule, finding.place)
        key = _digest((*own, self._read, *sorted(texts.items())))
        known = proofs.known(key)
        if known is None:
            known = self._proved(texts, finding)
            if not self._prover.stopped.is_set():
                proofs.keep(key, known)
        return known

    def _proved(self, texts: Mapping[str, str], finding: Finding) -> Verdict:
        rewritten = self._rewritten(texts)
        if rewritten is None:
            return Verdict("not-verified", "the target is not found in the rewritten text")
        runs = self._observed()
        request = replace(rewritten.request, program=ProveRewrite(self._path) if not runs.trouble else None)
        facts = self._traced(replace(rewritten, request=request))
        after = rules.find(request.target, facts)
        if reason := _not_gone(finding, self._findings, after):
            return Verdict("not-verified", reason)
        if self._fixable.checked.facts.exported and not facts.exported:
            return Verdict("not-verified", "the rewritten model does not export")
        if runs.trouble:
            return Verdict("exports-not-compared" if facts.exported else "not-verified", runs.trouble)
        return _compared(finding, facts, runs)

    def _observed(self) -> ObservedRuns:
        """What the model gives as it stands."""
        if self._runs is None:
            task = self._fixable.task
            asked = replace(
                task.request, program=ObserveModel(self._path, _branches(self._fixable.checked.facts))
            )
            told = self._traced(replace(task, request=asked)).program
            lost = ObservedRuns(0, (), "the model was stopped before it was done")
            self._runs = told if isinstance(told, ObservedRuns) else lost
        return self._runs

    def _rewritten(self, texts: Mapping[str, str]) -> Task | None:
        """The same target in the new texts: by its place among those of its file, for names may change."""
        own = self._fixable.task.request.target
        options = self._prover.options
        before = _targets(options, own.file)
        after = _targets(replace(options, texts={**options.texts, **texts}), own.file)
        position = next((n for n, task in enumerate(before) if task.request.target == own), None)
        if position is None or len(before) != len(after):
            return None
        return after[position]

    def _traced(self, task: Task) -> Facts:
        prover = self._prover
        facts = trace(replace(task, lasting=False), prover.workers, cancellation=prover.cancellation).facts
        if any(isinstance(failure, Stopped) for failure in facts.failures):
            prover.stopped.set()
        return facts


def _texts_of(fixable: Fixable, texts: files.Texts) -> str:
    """One digest of all files that the target's trace loaded."""
    loaded = sorted({fixable.task.request.target.file, *fixable.checked.facts.loaded})
    sources = (files.read_source(file, texts) for file in loaded)
    return _digest([each.normal if isinstance(each, SourceText) else "" for each in sources])


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()


def _targets(options: Options, file: str) -> list[Task]:
    try:
        tasks = plan_for(replace(options, paths=(file,))).tasks
    except CannotRun:
        return []
    return [task for task in tasks if task.request.target.file == file]


def _branches(facts: Facts) -> tuple[Place, ...]:
    """The conditions that depend on data, whose both sides the inputs are to take."""
    asked = (each for each in facts.failures if isinstance(each, DataDependent) and each.asks == "bool")
    frames = (failure.frame for failure in asked)
    # What a call of torch's needs to know (`callee`) has no sides that the user's text shows.
    return tuple(dict.fromkeys(frame.place for frame in frames if frame and not frame.callee))


def _not_gone(finding: Finding, before: Sequence[Finding], after: Sequence[Finding]) -> str:
    """Why the finding is not mended, or what came in its place; empty where all is well."""

    def counted(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
        return Counter((each.rule, each.message) for each in findings if each.severity != "information")

    own = (finding.rule, finding.message)
    if counted(after)[own] >= max(counted(before)[own], 1):
        return "the finding stays"
    new = counted(after) - counted(before)
    if new:
        rule, message = next(iter(new))
        return f"it brings another finding: {rule}: {message}"
    return ""


def _compared(finding: Finding, facts: Facts, runs: ObservedRuns) -> Verdict:
    proof = facts.program
    if not isinstance(proof, Proof):
        return Verdict("not-verified", "the rewritten model was not run to its end")
    if proof.differences:
        return Verdict("not-verified", proof.differences[0])
    notes = [f"equal on {proof.compared} inputs"]
    if not proof.exported:
        notes.append("the target has other findings, so it was run as Python does")
    if proof.gradients:
        notes.append(f"gradients were not compared: {proof.gradients}")
    taken = next((side.taken for side in runs.sides if side.branch == finding.place), None)
    if taken is not None and len(taken) < 2:
        notes.append("no inputs were found that take the other side")
        return Verdict("verified-side-taken", "; ".join(notes))
    return Verdict("verified", "; ".join(notes))


# -- a whole report ----------------------------------------------------------------------------------


def with_fixes(plan: Plan, report: Report, prover: Prover, executor: Executor) -> Report:
    """The report with the proved fixes of its findings. Each target is one task of the executor.

    Raises:
        CannotRun: an interpreter cannot be used.
    """
    tasks = {task.request.target: task for task in plan.tasks}
    reported = {_identity(finding) for finding in report.findings}

    def proved(checked: Checked) -> list[tuple[Finding, tuple[Fix, ...]]]:
        task, torch = tasks[checked.target], report.torch.partition(",")[0]
        return list(fixes(prover, Fixable(task, checked, torch, lambda f: _identity(f) in reported)))

    guilty = {finding.target for finding in report.findings}
    futures = [executor.submit(proved, each) for each in report.targets if each.target.name in guilty]
    found = {_identity(finding): own for future in futures for finding, own in future.result()}
    return replace(
        report,
        findings=tuple(replace(each, fixes=found.get(_identity(each), ())) for each in report.findings),
    )


def _identity(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.place, finding.target, finding.message
