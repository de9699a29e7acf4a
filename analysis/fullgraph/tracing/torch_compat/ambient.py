"""What torch is set to at one moment: gradients, inference mode, autocast, the default dtype.

The rule: what is as it was is left alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch

_DEVICES = ("cpu", "cuda")


@dataclass(frozen=True, slots=True)
class Autocast:
    """What autocast is for one kind of device."""

    device: str
    enabled: bool
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Ambient:
    """What torch is set to."""

    grad: bool
    inference: bool
    dtype: torch.dtype
    autocast: tuple[Autocast, ...]

    @classmethod
    def now(cls) -> Ambient:
        """What it is set to at this moment."""
        cast = tuple(
            Autocast(each, torch.is_autocast_enabled(each), torch.get_autocast_dtype(each))
            for each in _DEVICES
        )
        inference = torch.is_inference_mode_enabled()
        return cls(torch.is_grad_enabled(), inference, torch.get_default_dtype(), cast)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Within, torch is set to it again."""
        now = Ambient.now()
        with contextlib.ExitStack() as stack:
            if self.inference != now.inference:
                stack.enter_context(torch.inference_mode(self.inference))
            if self.grad != torch.is_grad_enabled():
                stack.enter_context(torch.set_grad_enabled(self.grad))
            for each in set(self.autocast) - set(now.autocast):
                stack.enter_context(torch.autocast(each.device, each.dtype, each.enabled))
            if self.dtype != now.dtype:
                stack.callback(torch.set_default_dtype, now.dtype)
                torch.set_default_dtype(self.dtype)
            yield
