"""Numbers in words: how long it took, how many findings of each severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ...model import NOUNS, EndReason, Finding

ENDED_BY: Mapping[EndReason, str] = {"interrupted": "Ctrl-C", "terminated": "SIGTERM", "budget": "--budget"}


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


def exports(count: int) -> str:
    """The verb for as many targets."""
    return "exports" if count == 1 else "export"


def plural(count: int, noun: str) -> str:
    """`1 fix`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('x') else 's'}"


def _enumerated(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
