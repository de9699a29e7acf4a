"""What names hold while a text is read: inputs, objects that are there already, shapes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from .clues import Clue, Flow
from .source import Function


@dataclass(frozen=True)
class Live:
    """An object that is there already: a layer, a number, a function."""

    value: Any


@dataclass(frozen=True)
class Shape:
    """`x.shape`, and of it one size, or its last ones, from `begin` on."""

    flow: Flow
    dim: int | None = None
    begin: int = 0


def size_of(flow: Flow, dim: int) -> Shape:
    """`x.shape[2]`: of at least three dimensions."""
    flow.at_least(dim + 1 if dim >= 0 else -dim)
    return Shape(flow, dim)


@dataclass(frozen=True)
class Several:
    """Values in a tuple or list."""

    parts: tuple[Value, ...]


@dataclass(frozen=True)
class Each:
    """Values that are iterated over, told by what each is."""

    item: Value


Value: TypeAlias = "Flow | Live | Shape | Several | Each | None"


class Reading(Protocol):
    """A function that is being read."""

    function: Function
    names: dict[str, Value]

    def value(self, node: ast.expr | None) -> Value:
        """What an expression is."""

    def bind(self, target: ast.expr, value: Value) -> None:
        """Gives names what they hold."""

    def entered(self, inner: Function, names: Mapping[str, Value]) -> Value:
        """What another function returns, read with what its parameters hold."""


def carries(value: Value) -> bool:
    """Whether an input is in it, or something of one."""
    if isinstance(value, Several):
        return any(map(carries, value.parts))
    return isinstance(value, (Flow, Shape, Each))


def is_a_tensor(clue: Clue) -> bool:
    """Whether it was used already as no list is."""
    return bool(clue.ranks or clue.reached or clue.sizes or clue.is_tensor or "edge" in clue.name)
