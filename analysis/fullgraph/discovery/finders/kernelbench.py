"""Targets in the convention of KernelBench: a class `Model`, `get_inputs()` and `get_init_inputs()`.

class Model(nn.Module): ...
def get_inputs(): return [torch.rand(16, 64)]
def get_init_inputs(): return [64]
"""

from __future__ import annotations

from ...model import Expression
from ..classes.classes import classes, function, is_called_without_arguments
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of


def find(module: Module) -> Discovered:
    if "get_inputs" not in module.source.text:
        return Discovered()
    inputs, initial = function(module, "get_inputs"), function(module, "get_init_inputs")
    model = next((each for each in classes(module) if each.name == "Model"), None)
    if model is None or inputs is None or not is_called_without_arguments(inputs):
        return Discovered()
    if initial is None and model.required():
        return Discovered()
    built = "Model(*get_init_inputs())" if initial else "Model()"
    args = Expression("tuple(get_inputs())", place_of(inputs, module))
    return Discovered(
        (conventional(module, "kernelbench", model.node, built, args=args, model_class="Model"),)
    )


FINDER = Finder("kernelbench", "convention", "KernelBench's get_inputs", find)
