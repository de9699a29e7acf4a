"""The seed before each run of a model.

`torch.manual_seed` notes for each kind of accelerator that is not in use what to do once it is, with the stack of
the caller, each time. The rule: the random numbers are those that `torch.manual_seed(0)` gives, which was called
once when the target was prepared.
"""

from __future__ import annotations

import torch


def seed() -> None:
    """Sets the seed of all generators that are in use."""
    if _on_cpu():
        torch.default_generator.manual_seed(0)
    else:
        torch.manual_seed(0)


def _on_cpu() -> bool:
    """Whether no accelerator has a generator that was used."""
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is None:
        return False
    kind = accelerator.current_accelerator()
    return kind is None or (kind.type == "cuda" and not torch.cuda.is_initialized())
