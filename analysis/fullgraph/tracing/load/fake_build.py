"""Models and inputs that are too large to be tried out are built without their data.

Benchmarks have inputs of gigabytes, and the defaults of a published config are those of the published
model: nobody chose them to be run here. Such a target is built on fake tensors first, which have a shape
and no data. Where all of it is small it is built again, for real; where it is not it stays as it is:
export asks for no more. Only targets that were found by a convention are treated so. What a person wrote
down, or calls themselves, is run as they say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from ...model import Target
from ..torch_compat import fake_tensors, pytree
from ..torch_compat.hooks import quiet

CONVENTIONS = frozenset({"kernelbench", "huggingface", "torchbench", "inferred"})
MOST_OF_INPUTS = 8 << 20
MOST_OF_MODEL = 256 << 20

_Values = dict[str, Any]


def built(target: Target, build: Callable[[], _Values]) -> tuple[_Values, Any]:
    """What `build` gives, and the fake mode of its tensors; None where they are real."""
    if target.origin not in CONVENTIONS:
        return build(), None
    state = torch.random.get_rng_state()
    mode = fake_tensors.with_symbols()
    if mode is None:
        return build(), None
    try:
        with mode, quiet():
            values = build()
        if _is_large(values):
            _give_constants_data(values["model"])
            return values, mode
    except Exception:  # noqa: BLE001, S110 (code that reads data cannot be built without; it is built for real)
        pass
    torch.random.set_rng_state(state)
    return build(), None


def cannot_tell(error: BaseException, mode: Any) -> bool:
    """Whether a forward pass was ended by there being no data, which says nothing of the model."""
    return mode is not None and fake_tensors.asks_for_data(error)


def mode_of(mode: Any) -> contextlib.AbstractContextManager[Any]:
    return contextlib.nullcontext() if mode is None else mode


def _is_large(values: _Values) -> bool:
    model = values.get("model")
    inputs = sum(map(_size, _tensors((values.get("args"), values.get("kwargs")))))
    if inputs > MOST_OF_INPUTS:
        return True
    if not isinstance(model, torch.nn.Module):
        return False
    return sum(map(_size, (*model.parameters(), *model.buffers()))) > MOST_OF_MODEL


def _give_constants_data(model: Any) -> None:
    """Export makes fake tensors of its own of what is neither parameter nor buffer (`self.hidden = …`)."""
    for module in model.modules() if isinstance(model, torch.nn.Module) else ():
        for name, value in list(vars(module).items()):
            if fake_tensors.is_fake(value):
                vars(module)[name] = torch.zeros(value.shape, dtype=value.dtype)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    leaves = pytree.leaves_of(value)
    yield from (leaf for leaf in leaves if isinstance(leaf, torch.Tensor))


def _size(tensor: torch.Tensor) -> int:
    return int(tensor.numel() * tensor.element_size())
