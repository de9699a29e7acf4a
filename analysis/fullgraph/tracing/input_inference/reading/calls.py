"""Calls that inputs go through: of layers, methods and functions, which are followed where they are the user's."""

from __future__ import annotations

import ast
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import torch

from . import iteration, layers, tensor_methods
from .clues import Flow
from .source import Function, attribute, function_of
from .values import Live, Reading, Several, Shape, Value, carries, size_of


def call(reader: Reading, node: ast.Call) -> Value:
    """What a call gives, and what it says of the inputs that it is given."""
    if isinstance(node.func, ast.Attribute):
        base = reader.value(node.func.value)
        if isinstance(base, (Flow, Shape)):
            return _method(reader, base, node.func.attr, node)
    function = reader.value(node.func)
    args = [reader.value(each) for each in node.args]
    kwargs = {each.arg: reader.value(each.value) for each in node.keywords}
    if not isinstance(function, Live):
        return None
    return _called(reader, function.value, args, {key: each for key, each in kwargs.items() if key})


def _method(reader: Reading, base: Flow | Shape, name: str, node: ast.Call) -> Value:
    args = [reader.value(each) for each in node.args]
    kwargs = [reader.value(each.value) for each in node.keywords]
    if isinstance(base, Shape):
        return None
    if hasattr(torch.Tensor, name) and base.clue.form == "tensor":
        base.clue.is_tensor = True
    if name == "size":
        whole = not args and not kwargs
        known = args[0].value if args and isinstance(args[0], Live) else None
        return size_of(base, known) if isinstance(known, int) else Shape(base) if whole else None
    if name == "get" and args and isinstance(args[0], Live) and isinstance(args[0].value, str):
        base.clue.optional.add(args[0].value)
        return None
    method = _own(base, name)
    if method is not None:
        return _entered(reader, method, [base, *args], {})
    if not hasattr(torch.Tensor, name):
        return None
    found: Value = tensor_methods.method(base, name, _plain(args))
    return found


def _own(base: Flow, name: str) -> Function | None:
    """A method of the class that an input is of."""
    kind = base.clue.kind_of
    return function_of(attribute(kind, name)) if kind is not None and base.clue.form == "object" else None


def computed(reader: Reading, base: Flow, name: str) -> Value:
    """What a property of the input's class gives."""
    held = attribute(base.clue.kind_of, name) if base.clue.kind_of is not None else None
    inner = function_of(held.fget) if isinstance(held, property) else None
    return _entered(reader, inner, [base], {}) if inner is not None else None


def _asked_after(args: list[Value]) -> None:
    """`isinstance(x, (list, torch.Tensor))`."""
    of, kinds = (*args, None, None)[:2]
    if isinstance(of, Flow):
        several = kinds.parts if isinstance(kinds, Several) else (kinds,)
        of.clue.tested |= {getattr(each.value, "__name__", "") for each in several if isinstance(each, Live)}


def _plain(args: list[Value]) -> list[Any]:
    return [each.value if isinstance(each, Live) else each for each in args]


def _called(reader: Reading, function: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if function in (zip, enumerate, reversed, list, tuple, range):
        return iteration.iterated(function, args)
    if function is len:
        return iteration.length(args)
    if function is isinstance:
        _asked_after(args)
        return None
    if isinstance(function, torch.nn.Module):
        return _module(reader, function, args, kwargs)
    if not isinstance(function, (FunctionType, MethodType, BuiltinFunctionType)):
        return None
    inner = None if _is_of_einops(function) else function_of(function)
    if inner is not None:
        return _entered(reader, inner, args, kwargs)
    found: Value = tensor_methods.function(getattr(function, "__name__", ""), _plain(args), kwargs)
    return found


def _module(reader: Reading, module: torch.nn.Module, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if isinstance(module, torch.nn.Sequential):
        return _sequence(reader, module, args)
    if _is_of_einops(type(module)):
        found: Value = tensor_methods.function("rearrange", [*args[:1], attribute(module, "pattern")], {})
        return found
    inner = function_of(module.forward)
    if inner is not None:
        return _entered(reader, inner, args, kwargs)
    reached: Value = layers.reached(module, args, kwargs)
    return reached


def _sequence(reader: Reading, module: torch.nn.Sequential, args: list[Value]) -> Value:
    value = args[0] if args else None
    for each in module:
        if not isinstance(value, Flow):
            return None
        value = _module(reader, each, [value], {})
    return value


def _entered(reader: Reading, inner: Function, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if not any(carries(each) for each in (*args, *kwargs.values())):
        return None
    names: dict[str, Value] = dict(zip((each.arg for each in inner.parameters), args, strict=False))
    if inner.node.args.vararg and len(args) > len(inner.parameters):
        names[inner.node.args.vararg.arg] = Several(tuple(args[len(inner.parameters) :]))
    return reader.entered(inner, {**names, **kwargs})


def _is_of_einops(named: Any) -> bool:
    """Its patterns say more than its code."""
    return str(getattr(named, "__module__", "")).partition(".")[0] == "einops"
