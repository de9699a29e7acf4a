"""Which inputs of a graph are written in place, read from the schemas of the operators.

`aten.view` gives another view of its first argument and `aten.add_` writes it: `self.cache.view(-1).add_(1)`
changes `self.cache`. What torch writes without saying so in a schema is in a table.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import torch

from ..torch_compat import operators, pytree

# The running statistics are arguments 3 and 4, and written where argument 5 (training) is true.
_STATISTICS = {"aten.batch_norm.default": (3, 4, 5), "aten.instance_norm.default": (3, 4, 5)}


def written_in_place(graph: torch.fx.Graph) -> Iterator[str]:
    """The names of the placeholders that the graph writes, in the order of the writing."""
    base: dict[Any, Any] = {}  # node → the placeholder that it is a view of
    for node in graph.nodes:
        if node.op == "placeholder":
            base[node] = node
        elif node.op == "call_function":
            yield from (base[each].name for each in _written(node) if each in base)
            viewed = next((each for each in _viewed(node) if each in base), None)
            if viewed is not None:
                base[node] = base[viewed]


def _written(node: torch.fx.Node) -> Iterator[Any]:
    for argument, value in _arguments(node):
        if argument.alias_info is not None and argument.alias_info.is_write:
            yield from _nodes(value)
    mean, variance, training = _STATISTICS.get(str(node.target), (0, 0, 0))
    if training and len(node.args) > training and node.args[training]:
        yield from _nodes([node.args[mean], node.args[variance]])


def _viewed(node: torch.fx.Node) -> Iterator[Any]:
    """The arguments that a result of the node shares its memory with."""
    if node.target is operator.getitem:
        yield from _nodes(node.args[0])
    schema = operators.schema(node.target)
    returns = schema.returns if schema is not None else ()
    shared = {name for each in returns if each.alias_info for name in each.alias_info.before_set}
    for argument, value in _arguments(node):
        alias = argument.alias_info
        # `*`: the views come in a list (`unbind`), of which the schema does not say whose they are.
        if alias is not None and ("*" in alias.after_set or shared & set(alias.before_set)):
            yield from _nodes(value)


def _arguments(node: torch.fx.Node) -> Iterator[tuple[Any, Any]]:
    """(what the schema says of an argument, its value)."""
    schema = operators.schema(node.target)
    for index, argument in enumerate(schema.arguments if schema is not None else ()):
        if index < len(node.args):
            yield argument, node.args[index]
        elif argument.name in node.kwargs:
            yield argument, node.kwargs[argument.name]


def _nodes(value: Any) -> list[Any]:
    return [leaf for leaf in pytree.leaves_of(value) if isinstance(leaf, torch.fx.Node)]
