"""The sentences that count: how many findings of each severity, in how many of the targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ...model import NOUNS, Checked, Finding, Report


def duration(seconds: float) -> str:
    """`4.2 s`, and from a minute on `1 min 12 s`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def counted(findings: Iterable[Finding]) -> str:
    """`3 errors and 1 warning`; empty where there are none."""
    counts = Counter(finding.severity for finding in findings)
    return _enumerated(
        [plural(counts[severity], noun) for severity, noun in NOUNS.items() if counts[severity]]
    )


def closing(report: Report, seconds: float) -> str:
    """The last line of the text output."""
    grave = [finding for finding in report.findings if finding.severity != "information"]
    sentence = _found(report) if grave else _clean(report)
    took = f" ({duration(seconds)})" if seconds else ""  # of one target its own line says it
    return f"{sentence}{took}."


def _found(report: Report) -> str:
    names = {finding.target for finding in report.findings}
    affected = sum(checked.target.name in names for checked in report.targets)
    within = f"{affected} of {plural(len(report.targets), 'target')}"
    if not affected:
        return f"Found {counted(report.findings)}"
    # What is wrong with a setting, a declaration or an ignore comment belongs to no target.
    return f"Found {counted(report.findings)}" + (
        f"; {within} affected" if None in names else f" in {within}"
    )


def _clean(report: Report) -> str:
    remarks = counted(report.findings)
    return _exporting(report.targets) + (f", with {remarks}" if remarks else "")


def _exporting(targets: tuple[Checked, ...]) -> str:
    """A target can fail and yet have no finding here: its rule was ignored, or suppressed on its line."""
    passing = sum(checked.status == "exports" for checked in targets)
    if passing < len(targets):
        return f"{passing} of {plural(len(targets), 'target')} {exports(passing)}; the other findings are suppressed"
    if passing == 1:
        return "The target exports"
    return f"All {passing} targets export" if targets else "No target was checked"


def exports(count: int) -> str:
    """The verb for as many targets."""
    return "exports" if count == 1 else "export"


def plural(count: int, noun: str) -> str:
    """`1 fix`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('x') else 's'}"


def _enumerated(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
