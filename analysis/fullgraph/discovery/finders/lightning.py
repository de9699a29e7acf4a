"""Targets in the convention of Lightning: `example_input_array`, of the class or set in `__init__`.

    class Net(LightningModule):
        def __init__(self, hidden=64):
            self.example_input_array = torch.randn(8, 28)

A tuple is the positional arguments of forward, a dict the keyword arguments, anything else the only one.
"""

from __future__ import annotations

from ...model import Expression
from ..classes.classes import Class, classes
from ..classes.constructors import construction
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of


def find(module: Module) -> Discovered:
    if "example_input_array" not in module.source.text:
        return Discovered()
    found = (each for each in classes(module) if each.inherits("LightningModule"))
    return sum((_target(each, module) for each in found), Discovered())


def _target(model: Class, module: Module) -> Discovered:
    value = model.attribute("example_input_array")
    built = construction(model, module)
    if value is None or built is None:
        return Discovered()
    args = Expression("made.example_input_array", place_of(value, module))
    target = conventional(
        module, "lightning", model.node, f"(made := {built})", args=args, model_class=model.name, single=True
    )
    return Discovered((target,))


FINDER = Finder("lightning", "convention", "Lightning's example_input_array", find)
