"""What findings mean where nobody gave the inputs: each is one severity lower, and says so.

Every dimension of such inputs is left to torch. That one became constant is worth a word only where the
user's own code takes the number: that a layer has as many channels as it has, nobody needs to be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ..model import DimContradicted, Facts, Failure, Finding, Related, Severity, Target

_LOWER: Mapping[Severity, Severity] = {
    "error": "warning",
    "warning": "information",
    "information": "information",
}

_MAKES_A_NUMBER = re.compile(r"\b(int|float|bool|range|len)\(")
_TAKES_THE_NUMBER = frozenset({"for", "while", "if", "ternary", "comprehension", "assert"})


def is_noise(failure: Failure, target: Target) -> bool:
    """Whether a failure follows from the guess alone."""
    if target.origin != "inferred" or not isinstance(failure, DimContradicted) or failure.asked != "auto":
        return False
    frame = failure.frame
    return frame is None or not (frame.construct in _TAKES_THE_NUMBER or _MAKES_A_NUMBER.search(frame.text))


def softened(finding: Finding, target: Target, facts: Facts) -> Finding:
    """The finding of a target that is a guess."""
    if target.origin != "inferred":
        return finding
    lower = replace(finding, severity=_LOWER[finding.severity])
    if facts.inferred is None:
        return lower
    inputs = facts.inferred.args + (f" and {facts.inferred.kwargs}" if facts.inferred.kwargs else "")
    made = Related(f"nobody gave inputs; tried with {inputs}", target.place)
    return replace(lower, related=(*finding.related, made))
