"""The check that distributions make of their arguments, which `python -O` leaves out."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from torch.distributions import Distribution

from .hooks import patched


def unchecked() -> contextlib.AbstractContextManager[None]:
    """Within, a distribution is made without it, even where it is told to check."""
    return patched(Distribution, "__init__", _without_check)


def _without_check(original: Any) -> Any:
    @functools.wraps(original)
    def made(*args: Any, **kwargs: Any) -> None:
        # self, batch_shape, event_shape, validate_args
        original(*args[:3], **{**kwargs, "validate_args": False})

    return made
