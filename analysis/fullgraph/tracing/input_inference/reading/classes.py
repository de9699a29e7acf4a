"""The classes of inputs that hold tensors as attributes, and how an instance of one is made.

The rule: only what the text of `__init__` says; nothing is called.
"""

from __future__ import annotations

import ast
import enum
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

import torch

from .source import NOTHING, Function, function_of


def class_of(annotation: Any, function: Function | None) -> Any:
    """The class of the user's that an annotation names: a dataclass, a named tuple, one that is made of its parts."""
    if isinstance(annotation, str):
        annotation = _named(annotation.strip("\"'"), function)
    options = [annotation, *(each for each in typing.get_args(annotation) if _is_optional(annotation))]
    return next((each for each in options if _holds_parts(each)), None)


def _named(text: str, function: Function | None) -> Any:
    inner = text.removeprefix("Optional[").removesuffix("]") if text.startswith("Optional[") else text
    return function.scope.get(inner, NOTHING) if function is not None else NOTHING


def _is_optional(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _holds_parts(kind: Any) -> bool:
    if not isinstance(kind, type):
        return False
    if is_dataclass(kind) or (issubclass(kind, tuple) and kind is not tuple):
        return True
    return not issubclass(kind, _NO_HOLDERS) and function_of(kind.__init__) is not None


_NO_HOLDERS = (torch.nn.Module, torch.Tensor, enum.Enum, BaseException, str, dict, list, int, float)


def taken(kind: Any) -> Mapping[str, inspect.Parameter]:
    """What its constructor takes."""
    return {
        name: each
        for name, each in inspect.signature(kind).parameters.items()
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    }


def kept_as(kind: Any) -> Mapping[str, str]:
    """By argument of the constructor, the attribute that it is kept as: `self.tensors = images`."""
    initializer = function_of(kind.__init__)
    return dict(_kept(initializer)) if initializer is not None and not is_dataclass(kind) else {}


def _kept(initializer: Function) -> Iterator[tuple[str, str]]:
    for node in ast.walk(initializer.node):
        match node:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=attribute)], value=ast.Name(id=name))
                | ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(), attr=attribute), value=ast.Name(id=name)
                )
            ):
                yield name, attribute
