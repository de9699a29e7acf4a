"""One target as it stands, and what is said of texts that are to mend it.

The rule: `verified` is said of the very text that a fix leaves, after torch exported it and its program gave
what the original gives, on inputs that take both sides of each branch that the fix settles.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import final

from .. import rules
from ..check.options import Options
from ..check.plan import CannotRun, Task, plan_for
from ..check.run import trace
from ..model import (
    Checked,
    CompareRewrite,
    Edit,
    Facts,
    Failure,
    Finding,
    Fix,
    ObservedRuns,
    ObserveModel,
    Place,
    Stopped,
    Target,
    TriedSizes,
    TrySizes,
    Verdict,
    VerdictKind,
)
from ..project import files
from ..rewrites import GivenUp, Problem, Proposal
from ..text.edits import line_before, place_before, turning
from ..text.source import SourceText
from ..workers import Cancellation
from ..workers.pool import Workers
from .conditions import branches_of, conditions_in, source_in
from .early_end import EarlyEnd, RefusedEarlyError
from .editing import edited, parsed_in
from .verdict_cache import VerdictCache
from .verdicts import (
    NOTHING_SETTLED,
    Settled,
    are_alike,
    compared,
    is_one_sided,
    made_static,
    new_in,
    said_of,
    stays,
)


@dataclass(frozen=True)
class Uncovered:
    """A text in which one finding is mended and others have come up: what they are, to be mended in turn."""

    task: Task
    facts: Facts
    new: tuple[Finding, ...]


@dataclass(frozen=True)
class Verification:
    """What came of trying one proposal, and what it uncovered where that is another finding.

    `left` is the target as the proposal leaves it, where it is not refused: nobody needs to trace that again.
    `is_best`: no other proposal for the same finding can be better, as it is the inputs that lack a branch.
    """

    verdict: Verdict
    revealed: Uncovered | None = None
    left: Fixable | None = None
    is_best: bool = False


@dataclass(frozen=True)
class Verifier:
    """What verifying needs besides a target: `options` with the texts that it was traced with.

    `stopped` is set when a comparison came to the limits of time or memory: its verdict may be another one
    where the machine is less busy. `trying` hears, on the thread that verifies, of a target's name and of what
    is tried for it.
    """

    options: Options
    workers: Workers
    verdicts: VerdictCache[Verification] = field(default_factory=VerdictCache)
    cancellation: Cancellation | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    trying: Callable[[str, str], None] = lambda *_: None


@dataclass(frozen=True)
class Fixable:
    """A target that was traced, with its findings: those that `wanted` are to be mended."""

    task: Task
    checked: Checked
    wanted: Callable[[Finding], bool] = lambda _: True


def problem_of(failure: Failure, finding: Finding, fixable: Fixable, texts: files.Texts) -> Problem:
    """A finding as a rewrite is asked about it."""
    checked, release = fixable.checked, fixable.checked.runtime.torch_release
    return Problem(finding, failure, checked.target, checked.facts, parsed_in(texts), release)


@final
class Baseline:
    """One target as it stands, run once for all proposals, when the first one asks."""

    def __init__(self, verifier: Verifier, fixable: Fixable) -> None:
        self._verifier = verifier
        self._fixable = fixable
        self._runs: ObservedRuns | None = None
        self._findings = rules.find(fixable.checked.target, fixable.checked.facts)
        self._read = texts_of(fixable, verifier.options.texts)
        self._targets: tuple[Target, ...] | None = None
        self._sizes: dict[tuple[str, int], bool] = {}  # whether the model raises at them
        self._folder = contextlib.ExitStack()
        self._path = ""

    def __enter__(self) -> Baseline:
        folder = tempfile.TemporaryDirectory(prefix="fullgraph-", ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.enter_context(folder), "runs.pt"))
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.close()

    def tried(
        self, proposal: Proposal, finding: Finding, settled: Settled = NOTHING_SETTLED
    ) -> tuple[Fix, Verification]:
        """`settled` has branches beside the finding's own, and checks."""
        if not proposal.verify:
            judged = Verification(Verdict("suppresses"))
        elif (texts := edited(proposal.edits, self._verifier.options.texts)) is None:
            judged = Verification(Verdict("not-verified", "the edits do not apply"))
        else:
            self._verifier.trying(self._fixable.checked.target.name, proposal.title)
            judged = self.judged(texts, (finding,), settled)
        lost = said_of(self._given_up(proposal, judged))
        title = f"{proposal.title}: gives up {lost}" if lost else proposal.title
        return Fix(title, proposal.edits, judged.verdict, gives_up=lost), judged

    def _given_up(self, proposal: Proposal, judged: Verification) -> tuple[GivenUp, ...]:
        """The declared sizes that nobody can have after it, and that the model itself takes."""
        if judged.left is None:
            return proposal.gives_up
        known = {each.source for each in proposal.gives_up}
        static = (each for each in made_static(_facts(self._fixable), _facts(judged.left)))
        whole = (*proposal.gives_up, *(each for each in static if each.source not in known))
        edges = tuple((each.source, span.edge) for each in whole for span in each.spans)
        refused = self._refused(edges)
        kept = (
            replace(each, spans=tuple(s for s in each.spans if (each.source, s.edge) not in refused))
            for each in whole
        )
        return tuple(each for each, before in zip(kept, whole, strict=True) if each.spans or not before.spans)

    def _refused(self, sizes: tuple[tuple[str, int], ...]) -> frozenset[tuple[str, int]]:
        """The sizes that the model itself raises at."""
        if new := tuple(each for each in sizes if each not in self._sizes):
            task = self._fixable.task
            told = self._traced(replace(task, request=replace(task.request, program=TrySizes(new)))).program
            refused = told.refused if isinstance(told, TriedSizes) else ()
            self._sizes.update((each, each in refused) for each in new)
        return frozenset(each for each in sizes if self._sizes[each])

    def problems(self, fix: Fix, revealed: Uncovered) -> Iterator[Problem]:
        """What came up once a fix was in."""
        texts = self._after(fix.edits)
        status, runtime = rules.status(revealed.facts), self._fixable.checked.runtime
        checked = Checked(revealed.task.request.target, status, revealed.facts, runtime)
        fixable = Fixable(revealed.task, checked)
        for failure, finding in rules.explained(checked.target, checked.facts):
            if finding in revealed.new:
                yield problem_of(failure, finding, fixable, texts)

    def joined(self, first: Proposal, then: Proposal) -> Proposal | None:
        """Both in a row, as edits of the original."""
        now = self._after(first.edits)
        after = edited(then.edits, now)
        edits: list[Edit] = []
        for file, text in (after or {}).items():
            source = source_in(self._verifier.options.texts, file)
            edits += turning(source, text) if source else ()
        others = [edit for edit in first.edits if edit.place.file not in (after or {})]
        further = f"; {then.title[0].lower()}{then.title[1:]}"  # once, where it is done in several places
        title = first.title if f"; {first.title}".lower().endswith(further.lower()) else first.title + further
        lost, guesses = (*first.gives_up, *then.gives_up), first.guesses or then.guesses
        return Proposal(title, (*others, *edits), gives_up=lost, guesses=guesses) if after else None

    def branch_before(self, fix: Fix, place: Place) -> Place | None:
        """Which condition of the original stands at a place of the text that a fix leaves; None: not known."""
        source = source_in(self._verifier.options.texts, place.file)
        text = self._after(fix.edits).get(place.file)
        if source is None or text is None:
            return None
        if (same := place_before(source, text, place)) is not None:
            return same
        line = line_before(source, text, place.range.start.line)
        there = [b for b in self._branches() if b.file == place.file and b.range.start.line == line]
        return there[0] if len(there) == 1 else None

    def _after(self, edits: Sequence[Edit]) -> files.Texts:
        texts = self._verifier.options.texts
        return {**texts, **(edited(edits, texts) or {})}

    def judged(
        self, texts: Mapping[str, str], findings: tuple[Finding, ...], settled: Settled = NOTHING_SETTLED
    ) -> Verification:
        """What is said of texts that are to be without some findings of the target, and of none where it has none."""
        dependent = branches_of(self._fixable.checked.facts)
        own = (each.place for each in findings if each.place in dependent)
        settled = Settled(tuple(each for each in own if each not in settled.loops)) + settled
        task, verdicts = self._fixable.task, self._verifier.verdicts
        mended = tuple((each.rule, each.place) for each in findings)
        asked = (task.interpreter, task.request.target, mended, settled)
        key = _digest((*asked, self._read, *sorted(texts.items())))
        known = verdicts.known(key)
        if known is None:
            known = self._verified(texts, findings, settled)
            if not self._verifier.stopped.is_set():
                verdicts.keep(key, known)
        return known

    def _verified(
        self, texts: Mapping[str, str], findings: tuple[Finding, ...], settled: Settled
    ) -> Verification:
        rewritten = self._rewritten(texts)
        if rewritten is None:
            return Verification(Verdict("not-verified", "the rewritten text no longer declares the target"))
        runs = self._observed()
        own = tuple(each.text for each in self._fixable.checked.conditions)
        comparing = CompareRewrite(self._path, own, settled.unchecked) if not runs.trouble else None
        request = replace(rewritten.request, program=comparing)
        facts = self._traced_until_refused(replace(rewritten, request=request), findings)
        after = rules.find(request.target, facts)
        hidden = self._hidden(texts, after)
        if any(stays(each, self._findings, after, hidden) for each in findings):
            return Verification(Verdict("not-verified", "the finding remains"))
        again = tuple(h for h in hidden if any(are_alike(h, each) for each in findings))
        if new := new_in(self._findings, after, again):
            reason = f"it introduces another finding: {new[0].message}"
            return Verification(Verdict("not-verified", reason), Uncovered(rewritten, facts, new))
        if self._fixable.checked.facts.exported and not facts.exported:
            return Verification(Verdict("not-verified", "the rewritten model does not export"))
        left = self._left(rewritten, facts)
        if runs.trouble:
            kind: VerdictKind = "unverified-exports" if facts.exported else "not-verified"
            return Verification(Verdict(kind, runs.trouble), left=left)
        verdict = compared(settled, facts, runs, self._fixable.checked.facts)
        best = verdict.kind == "verified" or any(is_one_sided(each.place, runs) for each in findings)
        refused = verdict.kind == "not-verified"
        return Verification(verdict, left=None if refused else left, is_best=best and not refused)

    def _hidden(self, texts: Mapping[str, str], after: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings at a place that the original has too, and had nothing to say of: another one hid them.

        What they say may be what is said of the one that is gone: `len(kept)` in two lines.
        """
        known = {(each.rule, each.place) for each in self._findings}
        return tuple(
            each
            for each in after
            if (was := self._place_before(texts, each.place)) and (each.rule, was) not in known
        )

    def _place_before(self, texts: Mapping[str, str], place: Place) -> Place | None:
        source = source_in(self._verifier.options.texts, place.file)
        text = texts.get(place.file)
        if text is None or source is None:
            return place
        return place_before(source, text, place)

    def _left(self, rewritten: Task, facts: Facts) -> Fixable:
        facts = replace(facts, program=None)
        runtime = self._fixable.checked.runtime
        return Fixable(rewritten, Checked(rewritten.request.target, rules.status(facts), facts, runtime))

    def _observed(self) -> ObservedRuns:
        """What the model gives as it stands."""
        if self._runs is None:
            task = self._fixable.task
            asked = replace(task.request, program=ObserveModel(self._path, self._branches()))
            told = self._traced(replace(task, request=asked)).program
            lost = ObservedRuns(0, (), "running the original model was stopped early")
            self._runs = told if isinstance(told, ObservedRuns) else lost
        return self._runs

    def _branches(self) -> tuple[Place, ...]:
        """The conditions that depend on data, then all others of their files and of the target's."""
        target = self._fixable.task.request.target
        own = branches_of(self._fixable.checked.facts)
        places = [*own, Place(target.file, target.place.range)]
        return tuple(dict.fromkeys((*own, *conditions_in(places, self._verifier.options.texts))))

    def _rewritten(self, texts: Mapping[str, str]) -> Task | None:
        """The same target in the new texts: by its place among those of its file, for names may change."""
        own = replace(self._fixable.task.request.target, name="")  # a plan of one file has other names
        options = self._verifier.options
        before = self._planned()
        after = _targets(replace(options, texts={**options.texts, **texts}), own.found_in)
        if own not in before or len(before) != len(after):
            return None
        return after[before.index(own)]

    def _planned(self) -> tuple[Target, ...]:
        """The targets of the file as it stands."""
        if self._targets is None:
            file = self._fixable.task.request.target.found_in
            tasks = _targets(self._verifier.options, file)
            self._targets = tuple(replace(task.request.target, name="") for task in tasks)
        return self._targets

    def _traced_until_refused(self, task: Task, mended: Sequence[Finding]) -> Facts:
        """To its end, or to the first failure that refuses the rewritten text."""
        early, target = EarlyEnd(self._fixable.checked, mended), task.request.target
        try:
            return self._traced(task, partial(early.heard, target))
        except RefusedEarlyError as refused:
            return refused.facts

    def _traced(self, task: Task, on_part: Callable[[Facts], None] = lambda _: None) -> Facts:
        verifier = self._verifier
        facts = trace(
            replace(task, lasting=False), verifier.workers, on_part, cancellation=verifier.cancellation
        ).facts
        if any(isinstance(failure, Stopped) for failure in facts.failures):
            verifier.stopped.set()
        return facts


def _facts(fixable: Fixable) -> Facts:
    return fixable.checked.facts


def texts_of(fixable: Fixable, texts: files.Texts) -> str:
    """One digest of all files that the target's trace loaded."""
    loaded = sorted({fixable.task.request.target.file, *fixable.checked.facts.loaded})
    sources = (files.read_source(file, texts) for file in loaded)
    return _digest([each.normal if isinstance(each, SourceText) else "" for each in sources])


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()


def _targets(options: Options, file: str) -> list[Task]:
    try:
        tasks = plan_for(replace(options, paths=(file,), models=False)).tasks
    except CannotRun:
        return []
    return [task for task in tasks if task.request.target.found_in == file]


def called_at(options: Options, place: Place) -> Task | None:
    """The target that a call on a line is."""
    found = (task for task in _targets(options, place.file) if task.request.target.origin == "call")
    return next((t for t in found if t.request.target.place.range.start.line == place.range.start.line), None)
