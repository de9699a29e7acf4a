"""How much of the user's models a report tells of: which have a verdict, and what each of the others needs.

The rule: a model is never left out in silence. What is counted are models, whether or not there was a target
for them, and a class that is a part only where somebody asked for that very class. It follows from the report
alone, so that every face says the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..discovery.finder import SKIPPED
from ..discovery.precedence import WRITTEN
from ..model import WORST_FIRST, Checked, Failure, Finding, NoInputs, Place, Raised, Report, Status, Target
from ..rules.import_error import NAME as IMPORT_ERROR
from ..rules.target_skipped import insists_on_device, is_refused, says_all
from .importance import Key, asked_for, key_of

Missing = Literal["arguments", "inputs", "library", "device", "code", "target", "time"]
"""What a model needs to be checked.

arguments  of its constructor: `names` are those that nothing tells
inputs     none are written, and none could be inferred
library    a package that is not installed: `names` is what is imported
device     an accelerator that the code insists on
code       what the target depends on raises, or cannot be followed
target     nothing tells how it is built or called
time       the run was ended before it
"""

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A model that was tried; of several targets the worst counts."""

    name: str
    place: Place
    status: Status


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A model without a verdict. `detail` is the reason in a few words, where `missing` does not say all."""

    name: str
    place: Place
    missing: Missing
    names: tuple[str, ...] = ()
    detail: str = ""
    targets: tuple[str, ...] = ()  # those that were skipped
    run_by: str = ""  # a test, else a script, that builds it
    says_all: bool = False  # `detail` says what to do as well
    refused: bool = False  # what its code does is not allowed during a check, unless somebody declared it


@dataclass(frozen=True, slots=True)
class Coverage:
    """`main` is the model that matters most, None where there is no model at all.

    `calls` say why targets were skipped of which no unchecked model tells: another target of their model was
    tried, or nothing tells which class they are for. Such a call is not counted as a model.
    """

    checked: tuple[Verdict, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    parts: tuple[Verdict, ...] = ()  # those that were checked on their own
    other_parts: int = 0
    main: Verdict | Unchecked | None = None
    calls: tuple[Finding, ...] = ()

    @property
    def models(self) -> int:
        return len(self.checked) + len(self.unchecked)

    @property
    def main_checked(self) -> bool:
        """Whether torch was asked about the main model: one that does not run says nothing."""
        return isinstance(self.main, Verdict) and self.main.status != "error"

    @property
    def is_told(self) -> bool:
        """Whether something was tried, and the main model among it."""
        return self.main_checked or (self.main is None and bool(self.parts) and not self.calls)


def coverage(report: Report) -> Coverage:
    """What a report tells of the models."""
    given = _Given(report)
    each = {key: given.of(key) for key in given.models}
    parts = [given.of(key) for key in given.parts]
    return Coverage(
        checked=tuple(one for one in each.values() if isinstance(one, Verdict)),
        unchecked=tuple(one for one in each.values() if isinstance(one, Unchecked)),
        parts=tuple(one for one in parts if isinstance(one, Verdict)),
        other_parts=sum(isinstance(one, Unchecked) for one in parts),
        main=next(iter(each.values()), None),
        calls=tuple(_calls(report, [one for one in each.values() if isinstance(one, Unchecked)])),
    )


def _calls(report: Report, unchecked: Sequence[Unchecked]) -> Iterator[Finding]:
    told = {name for each in unchecked for name in each.targets}
    return (each for each in report.findings if each.rule == SKIPPED and each.target not in told)


class _Given:
    """A report by model."""

    def __init__(self, report: Report) -> None:
        self._found = {model.key: model for model in report.models}
        self._targets = _by_key(report.targets)
        self._skipped = _by_key([each for each in report.skipped if _is_of_model(each.target)])
        self._ended = report.ended.reason if report.ended else ""
        self._planned = report.ended is None or report.ended.planned
        self._unreached = {key_of(each): each for each in (report.ended.unreached if report.ended else ())}
        said = [each for each in report.findings if each.rule in (SKIPPED, IMPORT_ERROR)]
        self._said = {name: each.message for each in said for name in each.targets}
        known = [each.target for each in (*report.targets, *report.skipped)]
        asked = asked_for((*known, *self._unreached.values()))
        every = dict.fromkeys((*self._found, *self._targets, *self._skipped, *self._unreached))
        self.parts = [key for key in every if self._is_part(key) and key not in asked]
        self.models = [key for key in every if key not in set(self.parts)]

    def _is_part(self, key: Key) -> bool:
        return key in self._found and self._found[key].role == "part"

    def of(self, key: Key) -> Verdict | Unchecked:
        found = self._of(key)
        known = self._found.get(key)
        return replace(found, run_by=known.run_by) if known and isinstance(found, Unchecked) else found

    def _of(self, key: Key) -> Verdict | Unchecked:
        name, place = self._named(key)
        if tried := self._targets.get(key):
            status = min((each.status for each in tried), key=WORST_FIRST.index)
            return Verdict(name, place, status)
        if skipped := self._skipped.get(key):
            why = _skipped(name, place, skipped[0], self._said.get(skipped[0].target.name, ""))
            return replace(why, targets=tuple(each.target.name for each in skipped))
        if key in self._unreached or not self._planned:
            return Unchecked(name, place, "time", detail=self._ended)
        needs = self._found[key].needs
        return Unchecked(name, place, "arguments" if needs else "target", needs)

    def _named(self, key: Key) -> tuple[str, Place]:
        if key in self._found:
            return self._found[key].key[1], self._found[key].place
        targets = (*self._targets.get(key, ()), *self._skipped.get(key, ()))
        target = targets[0].target if targets else self._unreached[key]
        return target.model_class.rpartition(".")[2] or target.name, target.place


def _is_of_model(target: Target) -> bool:
    """Whether it is known for which class a target is, or somebody declared it."""
    return bool(target.subject[1]) or target.origin in WRITTEN


def _by_key(checked: Sequence[Checked]) -> Mapping[Key, list[Checked]]:
    found: dict[Key, list[Checked]] = defaultdict(list)
    for each in checked:
        found[key_of(each.target)].append(each)
    return found


def _skipped(name: str, place: Place, checked: Checked, message: str) -> Unchecked:
    detail = message.removeprefix("not checked: ")
    failures = checked.facts.failures
    if library := next(filter(None, map(_library, failures)), ""):
        return Unchecked(name, place, "library", (library,), detail)
    if any(isinstance(failure, NoInputs) for failure in failures):
        return Unchecked(name, place, "inputs", detail=next(_no_inputs(checked), ""))
    if any(map(insists_on_device, failures)):
        return Unchecked(name, place, "device", detail=detail)
    all_said, refused = (any(map(asked, failures)) for asked in (says_all, is_refused))
    return Unchecked(name, place, "code", detail=detail, says_all=all_said, refused=refused)


def _no_inputs(checked: Checked) -> Iterator[str]:
    return (failure.reason for failure in checked.facts.failures if isinstance(failure, NoInputs))


def _library(failure: Failure) -> str:
    """The package to install, where that is what is missing; a `forward` that imports has only a message."""
    if isinstance(failure, NoInputs):
        return _top(failure.reason) if "ModuleNotFoundError: " in failure.reason else ""
    if not isinstance(failure, Raised):
        return ""
    if broken := failure.broken_import:
        return broken.module.partition(".")[0] if broken.kind == "library" else ""
    absent = failure.exception.rpartition(".")[2] == "ModuleNotFoundError"
    return _top(failure.message) if absent else ""


def _top(message: str) -> str:
    found = _NO_MODULE.search(message)
    # Of a dotted name the package is there, and lacks a module: an extension that is not built.
    return found[1] if found and "." not in found[1] else ""
