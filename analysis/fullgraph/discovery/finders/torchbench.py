"""Targets in the convention of TorchBench: `get_module()` gives the model and its inputs.

It is a function of the module, or a method of its class `Model`, which is built as TorchBench builds it: for
evaluation, on the CPU.
"""

from __future__ import annotations

from ...model import Expression, Target
from ..classes.classes import Class, classes, function, is_called_without_arguments
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of

_GIVEN = {"test": '"eval"', "device": '"cpu"'}


def find(module: Module) -> Discovered:
    if "get_module" not in module.source.text:
        return Discovered()
    own = function(module, "get_module")
    found = [_target(each, module) for each in classes(module) if each.name == "Model"]
    if own is not None and is_called_without_arguments(own):
        args = Expression("made[1]", place_of(own, module))
        made = "(made := get_module())[0]"
        found.append(conventional(module, "torchbench", own, made, args=args, single=True))
    return Discovered(tuple(target for target in found if target))


def _target(owner: Class, module: Module) -> Target | None:
    method = owner.method("get_module")
    required = set(owner.required())
    if method is None or not required <= set(_GIVEN):
        return None
    given = ", ".join(f"{name}={value}" for name, value in _GIVEN.items() if name in required)
    args = Expression("made[1]", place_of(method, module))
    model = f"(made := {owner.name}({given}).get_module())[0]"
    return conventional(module, "torchbench", owner.node, model, args=args, single=True)


FINDER = Finder("torchbench", "convention", "TorchBench's get_module", find)
