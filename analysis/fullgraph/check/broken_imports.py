"""A broken environment is one finding: a library that eleven files import is missing once.

The rule: what cannot be imported is told at the first place that imports it, for all targets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..model import Finding, Place
from ..rules.import_error import NAME


def at_one_place(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings; of those about one import, all at the first of their places."""
    findings = tuple(found)
    first: dict[str, Place] = {}
    for finding in sorted(filter(_is_import, findings), key=lambda each: each.place):
        first.setdefault(finding.message, finding.place)
    return tuple(_moved(each, first[each.message]) if _is_import(each) else each for each in findings)


def _moved(finding: Finding, place: Place) -> Finding:
    return finding if finding.place == place else replace(finding, place=place, related=())


def _is_import(finding: Finding) -> bool:
    return finding.rule == NAME
