"""What a run of a model may change of it, and is put back afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch


@contextlib.contextmanager
def state_kept(model: torch.nn.Module) -> Iterator[None]:
    """Afterwards the attributes of the modules are what they were: each run begins from the same state."""
    before = [
        (module, {name: _held(value) for name, value in vars(module).items()}) for module in model.modules()
    ]
    buffers = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
    try:
        yield
    finally:
        for module, attributes in before:
            vars(module).clear()
            vars(module).update(attributes)
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                if name in buffers and buffer.shape == buffers[name].shape:
                    buffer.copy_(buffers[name])


@contextlib.contextmanager
def parameters_filled(model: torch.nn.Module, number: float | None) -> Iterator[None]:
    """While the body runs, where there is a number."""
    before = [(each, each.detach().clone()) for each in model.parameters() if number is not None]
    try:
        with torch.no_grad():
            for parameter, _ in before:
                parameter.fill_(number)
        yield
    finally:
        with torch.no_grad():
            for parameter, value in before:
                parameter.copy_(value)


def zeros_of(model: torch.nn.Module) -> tuple[str, ...]:
    """The parameters and buffers that hold nothing but zeros yet: a memory, a bias that is still to be trained."""
    return tuple(
        name
        for name, tensor in _tensors(model).items()
        if tensor.is_floating_point() and tensor.numel() > 1 and not tensor.any()
    )


@contextlib.contextmanager
def zeros_filled(model: torch.nn.Module, names: tuple[str, ...]) -> Iterator[bool]:
    """While the body runs these hold other numbers; whether the model has all of them."""
    known = _tensors(model)
    found = [(known[name], known[name].detach().clone()) for name in names if name in known]
    try:
        with torch.no_grad():
            for tensor, value in found:
                tensor.copy_(torch.linspace(0.25, 1.0, value.numel()).reshape(value.shape))
        yield len(found) == len(names)
    finally:
        with torch.no_grad():
            for tensor, value in found:
                tensor.copy_(value)


def _tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _held(value: Any) -> Any:
    """A container that forward may change, as it is now; all else by reference."""
    if type(value) in (list, dict, set):
        return value.copy()
    own = type(value) is torch.Tensor and not value.requires_grad
    return value.detach().clone() if own else value
