"""Which failures make an exported program unsound: it exports, and does not compute what the model does."""

from __future__ import annotations

from ..model import Failure, KernelMismatch, RefusalCaught, SizePinned, SizesExcluded, StateChanged


def makes_unsound(failure: Failure) -> bool:
    """Whether a failure makes the program of a target that exports compute something else, or less than promised.

    `Dim.AUTO` promises nothing.
    """
    if isinstance(failure, SizePinned):
        return failure.asked != "auto"
    if isinstance(failure, SizesExcluded):
        return not failure.smallest
    if isinstance(failure, StateChanged):
        return failure.later not in ("agrees", "anew")
    return isinstance(failure, KernelMismatch | RefusalCaught)
