"""What several targets reach is one finding, with their names: a block that eight models share fails once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..model import NOUNS, Finding

_GRAVEST_FIRST = tuple(NOUNS)


def grouped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One for each rule, place, message and hint, in the order of the first; as grave as the gravest of them."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(kind(finding), []).append(finding)
    return tuple(_one_of(group) for group in groups.values())


def kind(finding: Finding) -> tuple[object, ...]:
    """What two findings share that say the same of different targets."""
    return finding.rule, finding.place, finding.message, finding.hint


def _one_of(group: list[Finding]) -> Finding:
    leading = min(group, key=lambda each: _GRAVEST_FIRST.index(each.severity))
    names = dict.fromkeys(name for each in group for name in each.targets)
    return replace(leading, also=tuple(name for name in names if name != leading.target))
