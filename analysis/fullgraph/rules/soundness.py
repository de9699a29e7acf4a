"""Which failures make an exported program unsound: it exports, and does not compute what the model does."""

from __future__ import annotations

from ..model import Failure, KernelMismatch, RefusalCaught, StateChanged


def makes_unsound(failure: Failure) -> bool:
    """Whether a failure makes the program of a target that exports compute something else."""
    if isinstance(failure, StateChanged):
        return failure.later != "agrees"
    return isinstance(failure, KernelMismatch | RefusalCaught)
