"""What is said of a rewritten model, once it was traced and compared with the original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..model import Facts, Finding, ObservedRuns, Place, RewriteComparison, Verdict
from ..rewrites import GivenUp
from .early_end import counted, words_of


@dataclass(frozen=True)
class Settled:
    """Branches that a text settles: None is one not known.

    Of `checks` the condition stands in the text as it did, in a check. It fails where the original raises, so
    the inputs need not show that it does: what they show is that it holds where the original's does. The `loops`
    go on with rounds that do nothing, so that no inputs need to show them without any round. `unchecked`: a
    distribution's own check is gone, by intent.
    """

    branches: tuple[Place | None, ...] = ()
    checks: tuple[Place | None, ...] = ()
    loops: tuple[Place | None, ...] = ()
    unchecked: bool = False

    def __add__(self, other: Settled) -> Settled:
        branches, checks = (*self.branches, *other.branches), (*self.checks, *other.checks)
        unchecked = self.unchecked or other.unchecked
        return Settled(branches, checks, (*self.loops, *other.loops), unchecked)


NOTHING_SETTLED = Settled()


def stays(
    finding: Finding, before: Sequence[Finding], after: Sequence[Finding], hidden: Sequence[Finding]
) -> bool:
    """Whether a finding is still there; one of the same words that it hid counts as another."""
    own = words_of(finding)
    return counted(after)[own] - counted(hidden)[own] >= max(counted(before)[own], 1)


def new_in(
    before: Sequence[Finding], after: Sequence[Finding], again: Sequence[Finding]
) -> tuple[Finding, ...]:
    """What came in place of what is gone, and is more than a note; `again` says the same, and was hidden by it."""
    new = counted(after) - counted(before)
    return tuple(
        each for each in after if each in again or (words_of(each) in new and each.severity != "information")
    )


def are_alike(one: Finding, other: Finding) -> bool:
    """Whether two findings say the same."""
    return words_of(one) == words_of(other)


def _narrower(before: Facts, after: Facts) -> bool:
    """Whether a program has conditions on sizes that the original's trace did not have."""
    return not {each.text for each in after.conditions} <= {each.text for each in before.conditions}


def is_one_sided(branch: Place | None, runs: ObservedRuns) -> bool:
    """Whether all inputs that were tried go one way there."""
    return any(side.branch == branch and len(side.taken) < 2 for side in runs.sides)


def _was_asked(branch: Place | None, runs: ObservedRuns) -> bool:
    return any(side.branch == branch and side.taken for side in runs.sides)


def compared(settled: Settled, facts: Facts, runs: ObservedRuns, before: Facts) -> Verdict:
    """The verdict on a rewritten model by its facts, the runs of the original, and what the original's facts were."""
    comparison = facts.program
    if not isinstance(comparison, RewriteComparison):
        return Verdict("not-verified", "running the rewritten model was stopped early")
    if comparison.differences:
        return Verdict("not-verified", comparison.differences[0])
    if comparison.refused and _narrower(before, facts):
        return Verdict("not-verified", comparison.refused[0])
    notes = [f"equal on {comparison.compared} inputs", *comparison.notes]
    if not comparison.exported:
        notes.append("compared in eager mode, as other findings still prevent export")
    if comparison.gradients:
        notes.append(f"gradients not compared: {comparison.gradients}")
    notes += comparison.spoilt[:1]
    spoils = bool(comparison.spoilt)
    if None in settled.branches:
        notes.append("inputs may not cover both branches")
        return Verdict("verified-one-branch", "; ".join(notes), spoils)
    one_sided = {branch for branch in settled.branches if is_one_sided(branch, runs)}
    held = {branch for branch in one_sided.intersection(settled.checks) if _was_asked(branch, runs)}
    if one_sided - held:
        notes.append("no inputs found that take the other branch")
        return Verdict("verified-one-branch", "; ".join(notes), spoils)
    if held:
        notes.append("no inputs found that fail the check")
    return Verdict("verified", "; ".join(notes), spoils)


def made_static(before: Facts, after: Facts) -> Iterator[GivenUp]:
    """Dimensions that the spec called dynamic, and that torch made constant once it was asked to decide."""
    asked = {each.source: each.asked for each in before.dims}
    for each in after.dims:
        name = asked.get(each.source, "Dim.AUTO")
        if each.outcome == "specialized" and each.asked == "Dim.AUTO" and name != "Dim.AUTO":
            yield GivenUp(name.replace("Dim.DYNAMIC", each.source), each.source)


def said_of(given_up: Sequence[GivenUp]) -> str:
    """`32…79 of `height`, other sizes of `batch``; without a name where it is one dimension."""
    lost = list(dict.fromkeys((each.words, each.dim) for each in given_up))
    return lost[0][0] if len(lost) == 1 else ", ".join(f"{words} of `{dim}`" for words, dim in lost)
