"""Targets said by two functions without parameters: one returns the model, the other its inputs.

def my_model_function(): return MyModel()
def GetInput(): return torch.rand(2, 3)

Bug reports have this form. A tuple or list is the positional arguments of forward, a dict the keyword arguments,
anything else the only argument; so are several parts where forward takes but one argument. Where several
functions give a model of their own, nothing says which one the inputs are for, and there is no target.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...model import Expression, Target
from ...python.binding import scopes
from ...python.syntax.assignments import assignments
from ...python.syntax.definitions import place_of_name
from ...python.syntax.names import last_part
from ...python.syntax.statements import of_scope, returns
from ..classes.classes import Class, is_called_without_arguments
from ..classes.instances import Instances
from ..finder import Discovered, Finder, Module
from . import kernelbench
from .convention import conventional, place_of

_INPUTS = re.compile(
    r"(?:(?:get|make|create|generate|gen|build|prepare)_?)?"
    r"(?:(?:example|sample|dummy|test|random|model|forward)_?)*"
    r"(?:inputs?(?:_?(?:tensors?|data|args))?|(?<=example_)args|(?<=example)args)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Giver:
    """A function that gives a model. `model` is None where its class is one of torch's own."""

    node: ast.FunctionDef
    model: Class | None


def find(module: Module) -> Discovered:
    plain = [each for each in module.tree.body if isinstance(each, ast.FunctionDef) and _is_plain(each)]
    inputs = [each for each in plain if _INPUTS.fullmatch(each.name)]
    if len(inputs) != 1 or kernelbench.find(module).targets:
        return Discovered()
    others = [each for each in plain if each is not inputs[0]]
    givers = [giver for each in others if (giver := _giver(each, module)) and not _is_part(each, module)]
    return Discovered((_target(givers[0], inputs[0], module),)) if len(givers) == 1 else Discovered()


def _is_plain(node: ast.FunctionDef) -> bool:
    """Whether a call by its name, with nothing, gives what it returns."""
    given = [each.value for each in returns(node.body)]
    yields = (isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node))
    said = bool(given) and None not in given
    return said and is_called_without_arguments(node) and not node.decorator_list and not any(yields)


def _giver(node: ast.FunctionDef, module: Module) -> _Giver | None:
    """By all of its `return`s, which give models of one class."""
    instances = Instances(module)
    given = [(each, each.value) for each in returns(node.body) if each.value is not None]
    models = [instances.model_of(value, (node, each)) for each, value in given]
    if all(each is None for each in models):
        return _Giver(node, None) if all(_is_of_torch(value, module) for _, value in given) else None
    keys = {each.key if each else None for each in models}
    return _Giver(node, models[0]) if len(keys) == 1 else None


def _is_of_torch(value: ast.expr, module: Module) -> bool:
    """`torch.nn.Sequential(…)`."""
    dotted = module.imports.dotted(value.func) if isinstance(value, ast.Call) else ""
    return dotted.startswith("torch.nn.") and last_part(dotted)[:1].isupper()


def _is_part(node: ast.FunctionDef, module: Module) -> bool:
    """Whether a class, or another function that gives something, makes a part of its own with it."""
    others = (
        each
        for each in module.tree.body
        if isinstance(each, ast.ClassDef) or (isinstance(each, ast.FunctionDef) and _is_plain(each))
    )
    return any(node.name in scopes.used(each) for each in others if each is not node)


def _target(giver: _Giver, inputs: ast.FunctionDef, module: Module) -> Target:
    call, model = f"{inputs.name}()", giver.model
    whole = model is not None and _are_one_argument(model, inputs)
    args = Expression(f"({call},)" if whole else call, place_of(inputs, module))
    found = conventional(module, "functions", giver.node, f"{giver.node.name}()", args=args, single=not whole)
    if model is None:
        return found
    place = place_of_name(model.node, model.home.source)
    return replace(found, model_class=f"{model.home.name}.{model.name}", model_place=place)


def _are_one_argument(model: Class, inputs: ast.FunctionDef) -> bool:
    """Whether all that the function returns are several parts for the only argument that forward takes."""
    forward = model.method("forward")
    if forward is None or forward.args.vararg or forward.args.kwarg:
        return False
    takes = [each.arg for each, _ in scopes.given(forward.args)][1:]
    values = [value for each in returns(inputs.body) if each.value for value in _values(each.value, inputs)]
    return len(takes) == 1 and bool(values) and all(_is_for(takes[0], each) for each in values)


def _is_for(only: str, value: ast.expr) -> bool:
    match value:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return len(parts) > 1
        case ast.Dict(keys=keys):
            return not any(isinstance(key, ast.Constant) and key.value == only for key in keys)
    return False


def _values(node: ast.expr, inputs: ast.FunctionDef) -> Iterator[ast.expr]:
    """What is returned, followed through the names that the function binds."""
    if not isinstance(node, ast.Name):
        yield node
        return
    for statement in of_scope(inputs.body):
        yield from (value for target, value in assignments(statement) if scopes.own_name(target) == node.id)


FINDER = Finder("functions", "convention", "functions for the model and its inputs", find)
