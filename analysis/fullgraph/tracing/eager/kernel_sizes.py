"""Custom operators at other sizes than the example's: what a fake kernel has to hold for as well.

One call tells little of a size: 1 may be a literal, or 8 rows divided by 8 bits. So where a fake kernel is
lacking or wrong, the model is run for some other sizes that the spec allows, for the operator's calls alone.
The rule: what the model raises there counts for nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import torch

from ...model import KernelCall
from ..load import fake_build
from ..load.build import Built
from ..program import resizing
from ..torch_compat import hooks
from .eager_trace import KernelLog

_MOST_SIZES = 4

Calls = Mapping[str, tuple[KernelCall, ...]]
"""By the operator's name."""


def calls_at_other_sizes(built: Built) -> Calls:
    """What each custom operator was given and gave there; never raises."""
    log = KernelLog()
    with contextlib.suppress(Exception):
        for other in resizing.other_sizes(built)[:_MOST_SIZES]:
            with contextlib.suppress(Exception), hooks.quiet(), fake_build.mode_of(built.fake):
                args, kwargs = resizing.inputs_of(built, other.sizes)
                with torch.no_grad(), log:
                    built.model(*args, **kwargs)
    return {name: tuple(calls) for name, calls in log.calls.items()}
