"""What is said of a rewritten text, by what its program gave and by which ways the inputs went.

The rule: what no inputs showed is said, unless the text has to do it as it did.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Facts, ObservedRuns, Place, RewriteComparison, Verdict


@dataclass(frozen=True)
class Settled:
    """Branches that a text settles: None is one not known.

    Of `checks` the condition stands in the text as it did, in a check. It fails where the original raises, so
    the inputs need not show that it does: what they show is that it holds where the original's does.
    """

    branches: tuple[Place | None, ...] = ()
    checks: tuple[Place | None, ...] = ()

    def __add__(self, other: Settled) -> Settled:
        return Settled((*self.branches, *other.branches), (*self.checks, *other.checks))


NOTHING_SETTLED = Settled()


def _narrower(before: Facts, after: Facts) -> bool:
    """Whether a program has conditions on sizes that the original's trace did not have."""
    return not {each.text for each in after.conditions} <= {each.text for each in before.conditions}


def is_one_sided(branch: Place | None, runs: ObservedRuns) -> bool:
    """Whether all inputs that were tried go one way there."""
    return any(side.branch == branch and len(side.taken) < 2 for side in runs.sides)


def _was_asked(branch: Place | None, runs: ObservedRuns) -> bool:
    return any(side.branch == branch and side.taken for side in runs.sides)


def verdict_of(settled: Settled, facts: Facts, runs: ObservedRuns, before: Facts) -> Verdict:
    """What is said of a text that settles these branches, once its program ran beside the original."""
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
    if None in settled.branches:
        notes.append("inputs may not cover both branches")
        return Verdict("verified-one-branch", "; ".join(notes))
    one_sided = {branch for branch in settled.branches if is_one_sided(branch, runs)}
    held = {branch for branch in one_sided.intersection(settled.checks) if _was_asked(branch, runs)}
    if one_sided - held:
        notes.append("no inputs found that take the other branch")
        return Verdict("verified-one-branch", "; ".join(notes))
    if held:
        notes.append("no inputs found that fail the check")
    return Verdict("verified", "; ".join(notes))
