"""State that the forward pass changes and the exported program will not carry.

The exported program holds parameters and buffers. An attribute assigned in forward, or a list that
grows there, changes once, while torch traces.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import torch

from ...model import Frame, Place, StateChanged, TrainingLeftOn
from ..load.build import submodule_names
from ..locations.source_locations import UserCode
from ..torch_compat import hooks, modules


class State:
    """Notes assignments to attributes and the growth of containers, while it watches."""

    def __init__(self, model: torch.nn.Module, user_code: UserCode) -> None:
        self._user_code = user_code
        self._names = {modules.identity(module): name for name, module in submodule_names(model)}
        self._modules = dict(submodule_names(model))
        self._sizes = dict(self._containers())
        self._assigned: dict[str, tuple[Any, Frame]] = {}
        self._model = model
        self._grown: dict[str, None] = {}

    @contextlib.contextmanager
    def watching(self, strict: bool) -> Iterator[None]:
        # torch puts the attributes back when forward has ended.
        with contextlib.ExitStack() as stack:
            if not strict:  # Dynamo reads what stands in the place of `__setattr__`, and breaks at our frames
                stack.enter_context(hooks.patched(torch.nn.Module, "__setattr__", hooks.before(self._assign)))
            stack.enter_context(hooks.around_modules(torch.nn.Module, hooks.after(self._called)))
            yield

    def changes(self) -> Iterator[StateChanged]:
        for attribute, (value, frame) in self._assigned.items():
            yield StateChanged(attribute, "assigned", isinstance(value, torch.Tensor), frame)
        for attribute in self._grown:
            yield StateChanged(attribute, "grown", False, self._where_it_grows(attribute))

    def _where_it_grows(self, attribute: str) -> Frame | None:
        """The first expression in the module's own file that adds to an attribute of this name."""
        owner, _, name = attribute.rpartition(".")
        file = getattr(sys.modules.get(type(self._modules[owner]).__module__), "__file__", None)
        syntax = self._user_code.syntax(file) if file and self._user_code.is_user(file) else None
        if syntax is None or file is None:
            return None
        for node in ast.walk(syntax.tree):
            if isinstance(node, ast.expr) and _adds_to(node, name):
                return Frame(Place(file, syntax.range_of(node)), "call", text=syntax.segment(node))
        return None

    def _called(self, _: Any, module: torch.nn.Module, *__: Any, **___: Any) -> None:
        if modules.identity(module) != modules.identity(self._model):
            return
        for attribute, size in self._containers():
            if attribute not in self._assigned and size != self._sizes.get(attribute, size):
                self._grown[attribute] = None

    def _assign(self, module: torch.nn.Module, name: str, value: Any) -> None:
        owner = self._names.get(modules.identity(module))
        if owner is None or _is_set_otherwise(module, name):
            return
        if _same(vars(module).get(name, getattr(type(module), name, None)), value):
            return
        # torch sets attributes too while it traces (`training`, the tensors it puts in place of others).
        frame = self._user_code.direct()
        if frame is not None:
            self._assigned.setdefault(f"{owner}.{name}", (value, frame))

    def _containers(self) -> Iterator[tuple[str, int]]:
        for owner, module in self._modules.items():
            for name, value in vars(module).items():
                if not name.startswith("_") and isinstance(value, (list, dict, set)):
                    yield f"{owner}.{name}", len(value)


def training_left_on(model: torch.nn.Module) -> Iterator[TrainingLeftOn]:
    """Of the modules that act otherwise in training, those that the export holds in that mode."""
    kinds = modules.act_otherwise_in_training()
    on = [
        name
        for name, m in submodule_names(model)
        if m.training and isinstance(m, kinds) and getattr(m, "p", 1)
    ]
    if on:
        yield TrainingLeftOn(tuple(on))


_ADDING = ("append", "extend", "insert", "add", "update", "setdefault", "appendleft")


def _adds_to(node: ast.expr, name: str) -> bool:
    """Whether an expression is `….name.append(…)` or the like, or the `….name[key]` that is assigned to."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
        return isinstance(node.func.value, ast.Attribute) and node.func.value.attr == name
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return isinstance(node.value, ast.Attribute) and node.value.attr == name
    return False


def _is_set_otherwise(module: torch.nn.Module, name: str) -> bool:
    """Whether it is no plain attribute: what the module registers, or what a property of its class sets."""
    return modules.registers(module, name) or hasattr(getattr(type(module), name, None), "__set__")


def _same(before: Any, after: Any) -> bool:
    """Whether an assignment leaves a plain value as it was; tensors are compared by identity."""
    plain = (int, float, str, bool, type(None))
    return before is after or (isinstance(before, plain) and isinstance(after, plain) and before == after)
