"""The effects of a forward pass without its arithmetic, for a model that takes long to compute.

Of a model that is exported only the effects of the eager pass are told, such as `print`: no step of it depends
on the data, so that a pass on tensors without data does the same. The rule: such a pass counts only if it came to
its end, and with nothing on a device: where there is none, only the whole pass fails for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from ..load.build import Built
from ..locations.source_locations import UserCode
from ..torch_compat import fake_tensors, pytree
from .eager_trace import EagerTrace, TensorLeaf, trace_eagerly


def trace_without_data(built: Built, user_code: UserCode) -> EagerTrace | None:
    """The pass, or None where it cannot be made without data; never raises."""
    mode = fake_tensors.with_numbers()
    if mode is None or built.fake is not None:
        return None

    def fake(value: Any) -> Any:
        return fake_tensors.of(mode, value) if isinstance(value, torch.Tensor) else value

    try:
        args, kwargs = pytree.map_leaves(fake, (built.args, built.kwargs))
    except Exception:  # noqa: BLE001 (a class of tensors that has no fake form)
        return None
    trace = trace_eagerly(replace(built, args=args, kwargs=kwargs, fake=mode), user_code)
    return trace if trace.completed and _is_on_the_cpu(trace) else None


def _is_on_the_cpu(trace: EagerTrace) -> bool:
    outputs = (output for outputs in trace.calls.values() for output in outputs)
    leaves = (leaf for output in outputs for leaf in output.leaves)
    return all(leaf.device == "cpu" for leaf in leaves if isinstance(leaf, TensorLeaf))
