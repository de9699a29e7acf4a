"""Fixes a text round by round: the first verified fix of a target goes in, until nothing verified is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fullgraph.checker import Options, Task, plan_for, trace
from fullgraph.fixing import Fixable, Prover, edited, fixes
from fullgraph.model import Checked, Finding, Fix
from fullgraph.rules import status
from fullgraph.warm import Workers

MOST_ROUNDS = 12
GOOD = ("verified", "verified-side-taken")


@dataclass(frozen=True)
class Said:
    """A fix that was proposed, with what it is for."""

    finding: Finding
    fix: Fix


def fixed(file: str, text: str, workers: Workers) -> tuple[str, list[str], list[Said]]:
    """The text after as many rounds as bring something, each target's status, and all that was proposed."""
    said: list[Said] = []
    for _ in range(MOST_ROUNDS):
        options = Options((file,), texts={file: text}, timeout=600.0)
        fixables = list(_targets(options, workers))
        taken = next((f for each in fixables for f in _good(Prover(options, workers), each, said)), None)
        if taken is None:
            break
        after = edited(taken.edits, options.texts)
        assert after is not None
        text = after[file]
    return text, [each.checked.status for each in fixables], said


def _targets(options: Options, workers: Workers) -> Iterator[Fixable]:
    for task in plan_for(options).tasks:
        yield _traced(replace(task, lasting=False), workers)


def _traced(task: Task, workers: Workers) -> Fixable:
    outcome = trace(task, workers)
    checked = Checked(task.request.target, status(outcome.facts), outcome.facts)
    return Fixable(task, checked, outcome.torch)


def _good(prover: Prover, fixable: Fixable, said: list[Said]) -> Iterator[Fix]:
    for finding, found in fixes(prover, fixable):
        said += [Said(finding, fix) for fix in found]
        if found and found[0].verdict.kind in GOOD:
            yield found[0]
