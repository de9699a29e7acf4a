"""Failures that no inputs would prevent: a name that is not defined, an attribute that a module does not have.

The rule: only what follows from the model's own text. That a tensor has no attribute `keys` may mean that a dict
was to be given.
"""

from __future__ import annotations

from types import ModuleType

import torch


def is_own_fault(error: BaseException) -> bool:
    """Whether the code of a model is to blame, whatever it was given."""
    if isinstance(error, AttributeError):
        return isinstance(getattr(error, "obj", None), torch.nn.Module | ModuleType)
    return isinstance(error, NameError)
