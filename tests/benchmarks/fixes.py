"""How many models export after `fullgraph fix`, by the rule that stopped them: four sets, of our own making.

Those that the rewrites were made with (`left` holds those that we know not to be mended, and they count), those
of `forum` and of `reports`, which no rewrite was made for when they were written, and the examples. The models of
`reports` may also be mended by fixes that were verified on one branch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check
from fullgraph.fix.accepting import Accepted
from fullgraph.fix.fixpoint import mend
from fullgraph.fix.search import Verifier
from fullgraph.model import Report
from fullgraph.workers.pool import Workers

from .measuring import ROOT

FIXES = ROOT / "tests" / "fixtures" / "fixes"


@dataclass(frozen=True)
class Outcome:
    """One model, with the rules that it broke before, and whether it exports after."""

    name: str
    rules: frozenset[str]
    exports: bool


@dataclass(frozen=True)
class Sets:
    rates: tuple[Rates, ...]

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.rates))


@dataclass(frozen=True)
class Rates:
    name: str
    outcomes: tuple[Outcome, ...]

    def __str__(self) -> str:
        """Markdown, so that it can be kept."""
        by_rule: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in self.outcomes:
            for rule in outcome.rules:
                by_rule[rule].append(outcome)
        rows = [(f"`{rule}`", found) for rule, found in sorted(by_rule.items())]
        lines = ["| rule | models | export after `fullgraph fix` |", "|---|---|---|"]
        lines += [_row(name, found) for name, found in (*rows, ("all", list(self.outcomes)))]
        left = sorted(each.name for each in self.outcomes if not each.exports)
        return "\n".join([f"{self.name}:", "", *lines, "", f"Not mended: {', '.join(left) or 'none'}."])


def _row(name: str, found: list[Outcome]) -> str:
    good = sum(each.exports for each in found)
    return f"| {name} | {len(found)} | {good} ({100 * good / len(found):.0f} %) |"


def run(rounds: int = 1) -> Sets:
    files = sorted(f for f in FIXES.rglob("*.py") if not f.name.endswith(".fixed.py"))
    others = {name: [f for f in files if f.parent.name == name] for name in ("forum", "reports")}
    made_with = [file for file in files if file.parent.name not in others]
    sets = {"Made with": made_with, **others, "examples": sorted((ROOT / "examples").glob("*.py"))}
    workers = Workers()
    try:
        return Sets(tuple(_rates(name, own, workers) for name, own in sets.items()))
    finally:
        workers.close()


def _rates(name: str, files: Sequence[Path], workers: Workers) -> Rates:
    accepted = Accepted("verified-one-branch" if name == "reports" else "verified")
    return Rates(name, tuple(each for file in files for each in _outcomes(file, workers, accepted)))


def _outcomes(file: Path, workers: Workers, accepted: Accepted) -> Iterator[Outcome]:
    options = Options((str(file),), timeout=600.0)
    with ThreadPoolExecutor(1) as executor:
        before = check(options, executor)
        plan, verifier = plan_for(options), Verifier(options, workers)
        after = mend(plan, options, verifier, executor, accepted=accepted).report
    # A rewrite may change how the model is written in a target's name, but not their order.
    for old, new in zip(before.targets, after.targets, strict=True):
        if old.status in ("fails", "unsound", "error"):
            yield Outcome(old.target.name, _rules(before, old.target.name), new.status == "exports")


def _rules(report: Report, target: str) -> frozenset[str]:
    found = (each for each in report.findings if each.target == target)
    return frozenset(each.rule for each in found if each.severity != "information")
