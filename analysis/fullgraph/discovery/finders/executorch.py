"""Targets in the convention of ExecuTorch: subclasses of `EagerModelBase`.

class Mobilenet(EagerModelBase):
    def get_eager_model(self): ...
    def get_example_inputs(self): ...
    def get_example_kwarg_inputs(self): ...     # may be left out
    def get_dynamic_shapes(self): ...           # may be left out
"""

from __future__ import annotations

from ...model import Expression
from ..classes.classes import Class, classes
from ..finder import Discovered, Finder, Module
from .convention import conventional, place_of


def find(module: Module) -> Discovered:
    if "EagerModelBase" not in module.source.text:
        return Discovered()
    found = (each for each in classes(module) if each.inherits("EagerModelBase") and not each.required())
    return sum((_target(each, module) for each in found), Discovered())


def _target(wrapper: Class, module: Module) -> Discovered:
    if wrapper.method("get_eager_model") is None or wrapper.method("get_example_inputs") is None:
        return Discovered()

    def asked(method: str) -> Expression | None:
        node = wrapper.method(method)
        return Expression(f"made.{method}()", place_of(node, module)) if node else None

    model = f"(made := {wrapper.name}()).get_eager_model()"
    target = conventional(
        module,
        "executorch",
        wrapper.node,
        model,
        args=asked("get_example_inputs"),
        kwargs=asked("get_example_kwarg_inputs"),
        dynamic_shapes=asked("get_dynamic_shapes"),
    )
    return Discovered((target,))


FINDER = Finder("executorch", "convention", "ExecuTorch's EagerModelBase", find)
