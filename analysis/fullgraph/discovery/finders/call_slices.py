"""The statements that a call needs, in each of the ways to run up to it, the plainest first.

A call is reached as it stands there; as its method is called on an instance; as the one caller of its function
calls it, or with parameters that are unknown. The rule: the model itself is never unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ...model import Slice
from ...python.binding import scopes
from ..classes.classes import class_of, is_model
from ..classes.model_class import model_class_of
from ..finder import Module
from ..inputs import callers
from ..inputs.call_sites import CallSite
from ..repository.index import Definition
from ..slicing.made import slice_of, start_of
from ..slicing.selection import CannotSlice, Names
from ..slicing.slicer import Caller, OpenSlice, open_slice_at, slice_at, slice_of_class

Slicing = Callable[[CallSite, ast.expr, Names, Module], Slice | CannotSlice]
"""From a call, its model, and the names that its arguments use."""


def as_it_stands(found: CallSite, _model: ast.expr, wanted: Names, module: Module) -> Slice | CannotSlice:
    """The call as it stands there, with all that its arguments need."""

    def text(names: Names) -> str | CannotSlice:
        return slice_at(module, found.path, wanted | names)

    return slice_of(text, found.call, [found.path], module)


def with_unknown_parameters(calls: Sequence[CallSite]) -> Slicing:
    """With parameters that are given by the function's one caller, or are unknown; but the model is not."""

    def sliced(found: CallSite, model: ast.expr, wanted: Names, module: Module) -> Slice | CannotSlice:
        caller = caller_of(found, calls)
        closed = frozenset(filter(None, [_made_of(model)]))
        made = open_slice_at(module, found.path, wanted, closed, caller)
        if isinstance(made, CannotSlice):
            return made

        def text(names: Names) -> str | CannotSlice:
            whole = open_slice_at(module, found.path, wanted | names, closed, caller) if names else made
            return whole.text if isinstance(whole, OpenSlice) else whole

        call = start_of(caller.call, module) if caller else None
        paths = [caller.path, found.path] if caller else [found.path]
        return slice_of(text, found.call, paths, module, unknown=made.unknown, call=call)

    return sliced


def caller_of(found: CallSite, calls: Sequence[CallSite]) -> Caller | None:
    """The one call of the function that a call stands in."""
    function = found.path[0]
    if not isinstance(function, ast.FunctionDef):
        return None
    outside = [each for each in calls if each.path[0] is not function]
    only = callers.only_call(function, [each.call for each in outside])
    if only is None:
        return None
    at = next(each for each in outside if each.call is only[0])
    return Caller(at.call, at.path, only[1])


def _made_of(model: ast.expr) -> str | None:
    """`model` of `model.eval()`, and `Net` of `Net(width)`."""
    while isinstance(model, ast.Call):
        model = model.func.value if isinstance(model.func, ast.Attribute) else model.func
    return scopes.root(model)


def called_on_an_instance(calls: Sequence[CallSite]) -> Slicing:
    """In a method, as the file calls it on an instance; where the model is `self`, on one made without arguments."""

    def sliced(found: CallSite, model: ast.expr, _wanted: Names, module: Module) -> Slice | CannotSlice:
        owner, method = found.path[0], found.path[min(1, len(found.path) - 1)]
        if not (isinstance(owner, ast.ClassDef) and isinstance(method, ast.FunctionDef)):
            return CannotSlice("it is not in a method")
        caller = _called_on_an_instance(owner, method, calls, module)
        if caller is None and not _is_whole_self(model, owner, module):
            return CannotSlice(f"`{owner.name}.{method.name}` is never called")

        def text(names: Names) -> str | CannotSlice:
            return slice_of_class(module, owner, caller, names)

        call = start_of(caller.call, module) if caller else None
        paths = [caller.path, found.path] if caller else [found.path]
        return slice_of(text, found.call, paths, module, call=call, whole=True)

    return sliced


def _called_on_an_instance(
    owner: ast.ClassDef, method: ast.FunctionDef, calls: Sequence[CallSite], module: Module
) -> CallSite | None:
    """`trainer.export(path)`, below `trainer = Trainer(config)`."""
    return next(
        (
            each
            for each in calls
            if each.path[0] is not owner
            and isinstance(each.call.func, ast.Attribute)
            and each.call.func.attr == method.name
            and model_class_of(each.call.func.value, each.path, module) == owner.name
        ),
        None,
    )


def _is_whole_self(model: ast.expr, owner: ast.ClassDef, module: Module) -> bool:
    """Whether the model is the object itself, and one of it can be made without arguments."""
    found = class_of(Definition(module.parsed, owner), module.index)
    return is_self(model) and is_model(found) and not found.required()


def is_self(model: ast.expr) -> bool:
    """`self`, and `self.eval()`."""
    while isinstance(model, ast.Call) and isinstance(model.func, ast.Attribute):
        model = model.func.value
    return isinstance(model, ast.Name) and model.id == "self"
