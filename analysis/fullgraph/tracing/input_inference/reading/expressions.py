"""What an expression is of the inputs, and what it says of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from . import calls, iteration, tensor_methods
from .clues import Flow
from .source import NOTHING, attribute, live
from .values import Each, Live, Reading, Several, Shape, Value, is_a_tensor, size_of


def _name(reader: Reading, node: ast.Name) -> Value:
    if node.id in reader.names:
        return reader.names[node.id]
    found = live(node, reader.function)
    return None if found is NOTHING else Live(found)


def _constant(reader: Reading, node: ast.Constant) -> Value:
    return Live(node.value)


def _attribute(reader: Reading, node: ast.Attribute) -> Value:
    base = reader.value(node.value)
    if isinstance(base, Live):
        found = attribute(base.value, node.attr)
        return None if found is NOTHING else Live(found)
    if isinstance(base, Flow):
        return _of_input(reader, base, node.attr)
    return None


def _of_input(reader: Reading, flow: Flow, name: str) -> Value:
    if hasattr(torch.Tensor, name) and flow.clue.form == "tensor":
        flow.clue.is_tensor = True
    if name == "shape":
        return Shape(flow)
    if name in ("T", "mT"):
        flow.rank(2) if name == "T" else None
        return flow.transposed(0, 1) if name == "T" else flow.transposed(-1, -2)
    if name == "data":
        return flow
    if flow.clue.form == "object" or not hasattr(torch.Tensor, name):
        return calls.computed(reader, flow, name) or Flow(flow.clue.part(name, "object"))
    return None


def _tuple(reader: Reading, node: ast.Tuple | ast.List) -> Value:
    return Several(tuple(reader.value(each) for each in node.elts))


def _subscript(reader: Reading, node: ast.Subscript) -> Value:
    base, index = reader.value(node.value), reader.value(node.slice)
    if isinstance(base, Shape):
        return _of_shape(base, node.slice, index)
    if isinstance(base, Live) and isinstance(index, Live):
        return _live_item(base.value, index.value)
    if isinstance(base, Live) and isinstance(base.value, torch.nn.ModuleList) and len(base.value):
        return Live(base.value[0])
    if isinstance(index, Flow):
        _indexed(base, index)
    if isinstance(base, Several) and isinstance(index, Live) and isinstance(index.value, int):
        return base.parts[index.value] if -len(base.parts) <= index.value < len(base.parts) else None
    return _item_of_input(reader, base, node.slice, index) if isinstance(base, Flow) else None


_MASKS = re.compile(r"(?:is_?)?valid(?:ity)?|\w+_valid|valid_\w+|keep|visible|observed|present|foreground")
"""Names of masks that do not say so."""


def _indexed(base: Value, index: Flow) -> None:
    """`x[valid]`: a mask is of the shape of what it selects from; anything else is looked up by number."""
    clue = index.clue
    is_mask = _MASKS.fullmatch(clue.name.lower()) is not None or ("bool", 0) in clue.kinds
    clue.kind("bool" if is_mask or "mask" in clue.name else "int")
    if is_mask and isinstance(base, Flow) and base.is_plain and index.is_plain and base.clue is not clue:
        clue.covers = clue.covers or base.clue


def _of_shape(shape: Shape, node: ast.expr, index: Value) -> Value:
    if isinstance(index, Live) and isinstance(index.value, int):
        return size_of(shape.flow, index.value)
    match node:
        case ast.Slice(
            lower=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as last)), upper=None
        ):
            return Shape(shape.flow, None, -last)
    return None


def _live_item(base: Any, index: Any) -> Value:
    if not isinstance(
        base, (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.Sequential, list, tuple, dict)
    ):
        return None
    try:
        return Live(base[index])
    except Exception:  # noqa: BLE001 (a container of the user's)
        return None


def _item_of_input(reader: Reading, flow: Flow, node: ast.expr, index: Value) -> Value:
    if isinstance(index, Live) and index.value is None:
        return flow.grown(1)
    if isinstance(index, Live) and isinstance(index.value, str):
        return Flow(flow.clue.part(index.value, "dict"))
    if isinstance(index, Live) and type(index.value) is int and index.value >= 0:
        if not flow.known or (flow.clue.form == "tensor" and is_a_tensor(flow.clue)):
            return flow.blurred()
        return Flow(flow.clue.part(index.value, "list"))
    if isinstance(node, ast.Name) and not flow.clue.ranks and not flow.clue.reached and index is None:
        return Flow(flow.clue.part(0, "list"))
    if isinstance(node, (ast.Tuple, ast.Slice)):
        return _sliced(reader, flow, node)
    return flow.blurred()


def _sliced(reader: Reading, flow: Flow, node: ast.expr) -> Value:
    flow.clue.is_tensor = True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    _columns(reader, flow, parts)
    if all(isinstance(each, ast.Slice) and each.lower is each.upper is None for each in parts):
        return flow
    added = sum(isinstance(each, ast.Constant) and each.value is None for each in parts)
    rest = [each for each in parts if not isinstance(each, ast.Constant)]
    if added and len(rest) + added == len(parts) and all(isinstance(each, ast.Slice) for each in rest):
        return flow.grown(added, at_end=isinstance(parts[-1], ast.Constant))
    return flow.blurred()


def _columns(reader: Reading, flow: Flow, parts: Sequence[ast.expr]) -> None:
    if not flow.known or flow.order or flow.more:
        return
    for dim, each in enumerate(parts):
        if isinstance(each, ast.Constant) and each.value in (None, ...):
            return
        index = None if isinstance(each, ast.Slice) else reader.value(each)
        if isinstance(index, Live) and type(index.value) is int and index.value >= 0:
            flow.clue.looked_up(dim, index.value)


def _operation(reader: Reading, node: ast.BinOp) -> Value:
    left, right = reader.value(node.left), reader.value(node.right)
    if isinstance(node.op, ast.MatMult):
        tensor_methods.product(left, right.value if isinstance(right, Live) else None)
        return None
    flows = [each for each in (left, right) if isinstance(each, Flow)]
    if len(flows) == 2 and flows[0].extra == flows[1].extra and all(each.known for each in flows):
        flows[1].clue.like.append(flows[0].clue)
        flows[0].clue.like.append(flows[1].clue)
    if isinstance(node.op, ast.Sub) and len(flows) == 1 and isinstance(left, Live):
        flows[0].clue.kind("float")  # `1 - mask`: a bool has no minus
    if flows and (left is None or right is None) and _only_adjusts(flows[0]):
        return None
    return flows[0] if flows else None


def _unary(reader: Reading, node: ast.UnaryOp) -> Value:
    value = reader.value(node.operand)
    if isinstance(node.op, ast.Invert) and isinstance(value, Flow):
        value.clue.kind("bool")
    if isinstance(node.op, ast.USub) and isinstance(value, Live) and isinstance(value.value, (int, float)):
        return Live(-value.value)
    return value


def _comparison(reader: Reading, node: ast.Compare) -> Value:
    values = [reader.value(each) for each in (node.left, *node.comparators)]
    key, held = values[:2]
    if isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(held, Flow) and isinstance(key, Live):
        held.clue.optional.add(str(key.value))
    return next((each for each in values if isinstance(each, Flow)), None)


def _choice(reader: Reading, node: ast.IfExp) -> Value:
    reader.value(node.test)
    first, second = reader.value(node.body), reader.value(node.orelse)
    return first if first is not None else second


def _comprehension(reader: Reading, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
    rounds = [iteration.items(reader.value(each.iter)) for each in node.generators]
    made = []
    for number in range(max(map(len, rounds), default=1)):
        for each, items in zip(node.generators, rounds, strict=True):
            reader.bind(each.target, items[min(number, len(items) - 1)])
            for test in each.ifs:
                reader.value(test)
        made.append(reader.value(node.elt))
    return Several(tuple(made)) if len(made) > 1 else Each(made[0])


def _only_adjusts(flow: Flow) -> bool:
    """What is multiplied by a mask, or divided by lengths, is something else."""
    return flow.more > 0 or any(word in flow.clue.name for word in ("mask", "len"))


TABLE: dict[type, Callable[[Reading, Any], Value]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Tuple: _tuple,
    ast.List: _tuple,
    ast.Subscript: _subscript,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.Call: calls.call,
}
"""By the kind of an expression, what it is; of any other its parts are read."""
