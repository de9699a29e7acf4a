"""Gradients of a model's outputs, and whether those of a rewritten one are the same."""

from __future__ import annotations

from typing import Any

import torch

from ..load.build import Built
from ..torch_compat.hooks import quiet
from . import parts
from .save import Refused, Result, differences


def of_outputs(built: Built, inputs: Any, outcome: Result | Refused) -> dict[str, Any]:
    """Of the sum of the outputs, by each parameter, where there are some."""
    trains = any(p.requires_grad for p in built.model.parameters())
    # Of numbers that are none, what is not taken has a say in gradients too: 0 times NaN is NaN.
    if not trains or isinstance(outcome, Refused) or not _is_finite(inputs):
        return {}
    try:
        found = _backward(built.model, parts.rebuilt(inputs, parts.copied))
    except Exception:  # noqa: BLE001 (the original cannot be trained either)
        return {}
    if built.model.training:
        return found
    return {name: torch.zeros(()) for name, gradient in found.items() if gradient.isfinite().all()}


def _is_finite(inputs: Any) -> bool:
    leaves = (leaf for _, leaf in parts.leaves(inputs) if isinstance(leaf, torch.Tensor))
    return all(bool(leaf.isfinite().all()) for leaf in leaves)


def _backward(model: torch.nn.Module, inputs: Any) -> dict[str, Any]:
    before = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
    args, kwargs = inputs
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    try:
        with quiet(), torch.enable_grad():
            torch.manual_seed(0)
            outputs = [leaf for _, leaf in parts.leaves(model(*args, **kwargs))]
            tensors = [leaf for leaf in outputs if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
            sums = [leaf.float().sum() for leaf in tensors]
            if not sums:
                return {}
            found = torch.autograd.grad(torch.stack(sums).sum(), list(parameters.values()), allow_unused=True)
    finally:
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                if name in before and buffer.shape == before[name].shape:
                    buffer.copy_(before[name])
    zeros = (torch.zeros_like(p) if g is None else g for p, g in zip(parameters.values(), found, strict=True))
    return {f"the gradient of self.{name}": g.detach() for name, g in zip(parameters, zeros, strict=True)}


def compared(
    model: torch.nn.Module, inputs: Any, wanted: dict[str, Any], *, trains: bool
) -> tuple[str, list[str]]:
    """Why they were not compared, and what differs where they were.

    Of a model in evaluation mode only those that are finite must stay so: what is a number in Python passes no
    gradient on, and a program that is not trained may as well pass it. But a `torch.where` that spoils them
    spoils the model for who trains it with frozen statistics.
    """
    try:
        own = _backward(model, parts.rebuilt(inputs, parts.copied))
    except Exception as error:  # noqa: BLE001 (operators that torch cannot differentiate)
        said = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return said if trains else "", []
    if not own:  # what is detached has no gradient, which is no reason not to compare
        own = {name: torch.zeros_like(value) for name, value in wanted.items()}
    shared = {name: value for name, value in wanted.items() if name in own}
    if trains:
        return "", list(differences({name: own[name] for name in shared}, shared))
    return "", [f"{name} is not finite any more" for name in shared if not own[name].isfinite().all()]
