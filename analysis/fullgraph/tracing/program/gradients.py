"""The gradients of the original and of the rewritten model.

The rule: they are those of the sum of the outputs, and a model that cannot be trained has none. Of a model in
evaluation mode only those that are finite are looked at: what is a number in Python passes no gradient on, and a
program that is not trained may as well pass it. That a `torch.where` spoils them (0 times infinity is NaN) is told
in both modes, and is no difference: what is exported to be run has none.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch

from ..load.build import Built
from ..torch_compat import operators
from ..torch_compat.hooks import quiet
from ..torch_compat.seeding import seed
from . import parts
from .kept_state import state_kept
from .resizing import Inputs
from .save import Refused, Result, differences

_SECONDS = 1.0
"""Of this thread's own time, for those of a model in evaluation mode."""


@dataclass
class Training:
    """The original, whose gradients are wanted."""

    built: Built
    seconds: float = 0.0

    def gradients_of(self, inputs: Any, outcome: Result | Refused) -> dict[str, Any]:
        """By each parameter; in evaluation mode no more than the names of those that are finite."""
        model = self.built.model
        trains = any(p.requires_grad for p in model.parameters())
        # Of numbers that are none, what is not taken has a say in gradients too: 0 times NaN is NaN.
        if not trains or isinstance(outcome, Refused) or not _is_finite(inputs):
            return {}
        if not model.training and self.seconds > _SECONDS:
            return {}
        begun = time.thread_time()
        try:
            found = _backward(model, parts.rebuilt(inputs, parts.copied))
        except Exception:  # noqa: BLE001 (the original cannot be trained either)
            return {}
        finally:
            self.seconds += time.thread_time() - begun
        if model.training:
            return found
        return {name: torch.zeros(()) for name, gradient in found.items() if gradient.isfinite().all()}


def _is_finite(inputs: Any) -> bool:
    leaves = (leaf for _, leaf in parts.leaves(inputs) if isinstance(leaf, torch.Tensor))
    return all(bool(leaf.isfinite().all()) for leaf in leaves)


def _backward(model: torch.nn.Module, inputs: Any) -> dict[str, Any]:
    args, kwargs = inputs
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with state_kept(model), quiet(), torch.enable_grad():
        seed()
        outputs = [leaf for _, leaf in parts.leaves(model(*args, **kwargs))]
        tensors = [leaf for leaf in outputs if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
        sums = [leaf.float().sum() for leaf in tensors]
        if not sums:
            return {}
        found = torch.autograd.grad(torch.stack(sums).sum(), list(parameters.values()), allow_unused=True)
    zeros = (torch.zeros_like(p) if g is None else g for p, g in zip(parameters.values(), found, strict=True))
    return {f"the gradient of self.{name}": g.detach() for name, g in zip(parameters, zeros, strict=True)}


def differing(
    model: torch.nn.Module, inputs: Inputs, wanted: dict[str, Any], *, trains: bool
) -> tuple[str, list[str], list[str]]:
    """Why they were not compared; what differs where they were; which are not finite any more."""
    try:
        own = _backward(model, parts.rebuilt(inputs, parts.copied))
    except Exception as error:  # noqa: BLE001 (operators that torch cannot differentiate)
        said = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return said if trains else "", [], []
    if not own:  # what is detached has no gradient, which is no reason not to compare
        own = {name: torch.zeros_like(value) for name, value in wanted.items()}
    shared = {name: value for name, value in wanted.items() if name in own}
    spoilt = [name for name in shared if shared[name].isfinite().all() and not own[name].isfinite().all()]
    kept = {name: value for name, value in shared.items() if name not in spoilt}
    differ = list(differences({name: own[name] for name in kept}, kept)) if trains else []
    return "", differ, [f"{name} is not finite any more" for name in spoilt]


def has_functions(program: torch.export.ExportedProgram) -> bool:
    """Whether an operator of a program calls functions: `torch.cond`, `torch.while_loop`."""
    graphs = (each for each in program.graph_module.modules() if isinstance(each, torch.fx.GraphModule))
    return any(operators.is_higher_order(node.target) for graph in graphs for node in graph.graph.nodes)
