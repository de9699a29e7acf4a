"""What findings mean where the inputs were inferred: each is one severity lower, and says so.

Every dimension of such inputs is `Dim.AUTO`. That one was specialized is reported only where the user's own
code takes the number: that a layer has a fixed number of channels is no news.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ..model import (
    DimContradicted,
    Facts,
    Failure,
    Finding,
    Raised,
    Related,
    Severity,
    SizePinned,
    Target,
)
from .soundness import makes_unsound

_LOWER: Mapping[Severity, Severity] = {
    "error": "warning",
    "warning": "information",
    "information": "information",
}

_MAKES_A_NUMBER = re.compile(r"\b(int|float|bool|range|len)\(")
_TAKES_THE_NUMBER = frozenset({"for", "while", "if", "ternary", "comprehension", "assert"})


def is_noise(failure: Failure, target: Target, facts: Facts) -> bool:
    """Whether a failure follows from the inferred inputs alone."""
    if isinstance(failure, SizePinned) and failure.asked == "auto" and facts.inferred is not None:
        return True  # nobody asked for these sizes: the conditions of the program are shown
    if target.origin != "inferred" or not isinstance(failure, DimContradicted) or failure.asked != "auto":
        return False
    frame = failure.frame
    return frame is None or not (frame.construct in _TAKES_THE_NUMBER or _MAKES_A_NUMBER.search(frame.text))


def softened(finding: Finding, failure: Failure, target: Target, facts: Facts) -> Finding:
    """The finding of a target whose inputs were inferred."""
    made_up = target.origin == "inferred" or facts.inferred is not None
    if not made_up or _is_own_fault(failure):
        return finding
    inferred = inputs_note(target, facts)
    lower = replace(finding, severity=_lowered(finding, failure, facts))
    return replace(lower, related=(*finding.related, inferred)) if inferred else lower


def _lowered(finding: Finding, failure: Failure, facts: Facts) -> Severity:
    """A note is for what does not decide: where a model fails or is unsound, nobody is told that all is well."""
    decides = makes_unsound(failure) or facts.exported is False
    lower = _LOWER[finding.severity]
    return "warning" if decides and finding.severity == "warning" else lower


def inputs_note(target: Target, facts: Facts) -> Related | None:
    """With which inputs a target was checked that nobody gave any."""
    if facts.inferred is None:
        return None
    inputs = facts.inferred.args + (f" and {facts.inferred.kwargs}" if facts.inferred.kwargs else "")
    return Related(f"checked with inferred inputs: {inputs}", target.place)


def _is_own_fault(failure: Failure) -> bool:
    """Whether the model's code is to blame, whatever its inputs are: a name or attribute that is not there.

    A search ends with inputs that a model fails on only where no others would do (`input_inference/own_faults.py`).
    """
    return isinstance(failure, Raised) and failure.exception in _OWN_FAULTS


_OWN_FAULTS = frozenset({"NameError", "UnboundLocalError", "AttributeError"})
