"""A graph as text, beside the user's lines that it came from.

The rule: linear in the number of nodes, and nothing is worked out twice. The stacks and shapes of a
graph repeat: 5,000 nodes of a transformer have some dozens of each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import torch

from ...model import Graph, Node, NodeGroup, Operator, OperatorKind, Place
from ..facts.naming import Names
from ..locations.source_locations import FramePosition, UserCode
from ..torch_compat import export_errors, modules, operators
from ..torch_compat.symbols import SYMBOLIC, expression

_MOST_PLACES = 100
"""Of one operator: a view can have thousands, and nobody reads them."""

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Reader:
    """Says nodes in the user's names. `tensors` are the user's names of the graph's placeholders."""

    def __init__(self, names: Names, user_code: UserCode, tensors: Mapping[str, str]) -> None:
        self._names = names
        self._user_code = user_code
        self._tensors = tensors
        self._sizes: dict[Any, str] = {}
        self._places: dict[str, Place | None] = {}

    def graphs(self, module: torch.fx.GraphModule, name: str = "") -> Iterator[Graph]:
        """The graph of `module`, then those of its branches and bodies, each before its own."""
        calls = [node for node in module.graph.nodes if node.op in ("call_function", "get_attr")]
        shown = [node for node in calls if not isinstance(_attribute(module, node), torch.fx.GraphModule)]
        runs = groupby(shown, key=lambda node: (self.place(node), modules.path_of(node)))
        yield Graph(
            name=name,
            inputs=tuple(self._declared(node) for node in module.graph.nodes if node.op == "placeholder"),
            groups=tuple(
                NodeGroup(place, path, tuple(self._node(n) for n in nodes)) for (place, path), nodes in runs
            ),
            result=self._result(module.graph),
        )
        for inner, child in children(module):
            yield from self.graphs(child, inner)

    def place(self, node: torch.fx.Node) -> Place | None:
        """The innermost line of the user's in the stack that the node was made in."""
        return _cached(self._places, node.meta.get("stack_trace") or "", self._place)

    def _place(self, stack: str) -> Place | None:
        # torch names passes of its own as `torch/fx/passes/runtime_assert.py`, as if they lay in the project.
        frames = (each for each in export_errors.stack_of(stack) if Path(each[0]).is_absolute())
        positions = [FramePosition(file, line) for file, line in frames]
        frame = self._user_code.frame_at(positions)
        return frame.place if frame else None

    def _node(self, node: torch.fx.Node) -> Node:
        if node.op == "get_attr":
            return Node(node.name, "get_attr", str(node.target), self._value(node.meta.get("val")))
        given = [self._text(argument) for argument in node.args]
        given += [f"{name}={self._text(value)}" for name, value in node.kwargs.items()]
        return Node(
            node.name, operator_name(node.target), ", ".join(given), self._value(node.meta.get("val"))
        )

    def _declared(self, node: torch.fx.Node) -> str:
        value = self._value(node.meta.get("val"))
        name = self._tensors.get(node.name, node.name)
        return f"{name}: {value}" if value else name

    def _result(self, graph: torch.fx.Graph) -> str:
        results = [node.args[0] for node in graph.nodes if node.op == "output"]
        return self._text(results[0]) if results else ""

    def _text(self, value: Any) -> str:
        if isinstance(value, torch.fx.Node):
            return self._tensors.get(value.name, value.name)
        if isinstance(value, (list, tuple)):
            inside = ", ".join(self._text(item) for item in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self._text(item)}" for key, item in value.items()) + "}"
        return repr(value)

    def _value(self, value: Any) -> str:
        """`float32[batch, 4]`, `(float32[4], float32[4])`, `batch + 1`; empty where there is none."""
        if isinstance(value, torch.Tensor):
            sizes = ", ".join(self._size(size) for size in value.shape)
            return f"{str(value.dtype).removeprefix('torch.')}[{sizes}]"
        if isinstance(value, (list, tuple)):
            return f"({', '.join(self._value(item) for item in value)})"
        if isinstance(value, SYMBOLIC):
            return self._size(value)
        return "" if value is None else repr(value)

    def _size(self, size: Any) -> str:
        if isinstance(size, SYMBOLIC):
            return _cached(self._sizes, expression(size), self._names.text)
        return str(size)


def children(module: torch.fx.GraphModule) -> Iterator[tuple[str, torch.fx.GraphModule]]:
    """The graphs that operators of `module` take, each once, in the order of the calls."""
    attributes = {str(node.target): _attribute(module, node) for node in module.graph.nodes}
    for name, child in attributes.items():
        if isinstance(child, torch.fx.GraphModule):
            yield name, child


def operators_of(module: torch.fx.GraphModule, reader: Reader) -> tuple[Operator, ...]:
    """How often each operator is called, in all graphs; the most frequent first."""
    counts: dict[Any, int] = {}
    places: dict[Any, dict[Place, None]] = {}
    for node in _calls(module):
        counts[node.target] = counts.get(node.target, 0) + 1
        found = places.setdefault(node.target, {})
        if (place := reader.place(node)) and len(found) < _MOST_PLACES:
            found[place] = None
    listed = [Operator(operator_name(t), kind_of(t), counts[t], tuple(places[t])) for t in counts]
    return tuple(sorted(listed, key=lambda each: (-each.count, each.name)))


def _calls(module: torch.fx.GraphModule) -> Iterator[torch.fx.Node]:
    yield from (node for node in module.graph.nodes if node.op == "call_function")
    for _, child in children(module):
        yield from _calls(child)


def operator_name(target: Any) -> str:
    """`aten.linear.default`, `torch.cond`, `operator.getitem`."""
    if operators.is_overload(target):
        return str(target)
    if operators.is_higher_order(target):
        return f"higher_order.{target.name()}"
    module = getattr(target, "__module__", None) or ""
    return f"{module.lstrip('_')}.{getattr(target, '__name__', target)}".lstrip(".")


def kind_of(target: Any) -> OperatorKind:
    if operators.is_higher_order(target):
        return "higher-order"
    if not operators.is_overload(target):
        return "python"
    if operators.is_core(target):
        return "core"
    if operators.is_check(target):
        return "check"
    return "custom" if operators.is_custom(target) else "torch"


def _attribute(module: torch.fx.GraphModule, node: torch.fx.Node) -> Any:
    return getattr(module, str(node.target), None) if node.op == "get_attr" else None


def _cached(known: dict[Key, Made], key: Key, make: Callable[[Key], Made]) -> Made:
    if key not in known:
        known[key] = make(key)
    return known[key]
