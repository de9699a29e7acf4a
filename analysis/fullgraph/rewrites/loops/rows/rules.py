"""The rules whose findings stand in a loop over rows: at what it goes over, or at a condition in it."""

from __future__ import annotations

ROW_RULES = frozenset(
    {
        "data-dependent-branch",
        "data-dependent-guard",
        "data-dependent-loop",
        "dim-specialized",
        "silent-specialization",
        "tensor-to-python",
    }
)
