"""A recurrent layer that runs on a packed sequence: what is packed, run, and padded again.

    packed = pack_padded_sequence(x, lengths, batch_first=True)
    out, h = self.gru(packed)
    out, _ = pad_packed_sequence(out, batch_first=True)

The rule: one module whose definition stands in the class, and of several layers one that goes forward alone. What else is done with a packed
sequence (its `data`, a second layer on it) is not understood.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....python.binding.liveness import read_later
from ....python.syntax.names import dotted_name, is_name, last_name, method_name
from ....python.syntax.statements import Function
from ....python.syntax.tree import end, start
from ...edit.module import Code
from ...edit.naming import free_name

_LAYERS = {"RNN": 2, "GRU": 2, "LSTM": 2}
"""Each with the position of `num_layers` among its arguments."""


@dataclass(frozen=True)
class Padded:
    """`name, lengths = pad_packed_sequence(…)`; `lengths` is empty where nobody reads it."""

    statement: ast.Assign
    name: str
    lengths: str
    filled: str
    total: bool  # it is as long as the sequence was


@dataclass(frozen=True)
class Packed:
    """`steps` and `hidden` are the names of what the layer gives; empty where nobody reads them."""

    code: Code
    sequence: str
    lengths: str
    batch_first: bool
    made: ast.Assign | None  # None where it is packed within the call
    run: ast.Assign
    layer: str
    both_ways: bool
    steps: str
    hidden: str
    padded: Padded | None
    ordered: bool = False
    """Packing raises where a row is longer than the one before it."""
    given: str = ""
    """What `sequence` is a new name for."""

    def run_text(self, sequence: str) -> str:
        """The layer's call on a sequence that is not packed."""
        call = self.run.value
        assert isinstance(call, ast.Call)
        return self.code.flat_with(call, {call.args[0]: sequence})


def packed_at(code: Code, node: ast.AST) -> Packed | None:
    """The one that an expression is a part of."""
    function = code.function_of(node)
    if function is None:
        return None
    for call in _calls(function, "pack_padded_sequence"):
        found = _packed(code, function, call)
        if found is not None and _is_part(code, node, found, call):
            return found
    return None


def _is_part(code: Code, node: ast.AST, found: Packed, call: ast.Call) -> bool:
    statements = [found.made, found.run, found.padded.statement if found.padded else None]
    own = code.statement_of(node)
    return own is code.statement_of(call) or any(own is each for each in statements if each is not None)


def _calls(function: Function, name: str) -> Iterator[ast.Call]:
    return (n for n in ast.walk(function) if isinstance(n, ast.Call) and last_name(n) == name)


def _packed(code: Code, function: Function, call: ast.Call) -> Packed | None:
    keywords = {each.arg: each.value for each in call.keywords}
    lengths = call.args[1] if len(call.args) > 1 else keywords.get("lengths")
    up = code.parents.get(call)
    made = up if isinstance(up, ast.Assign) and len(up.targets) == 1 else None
    ran = _ran(code, function, made, call)
    if lengths is None or not call.args or ran is None:
        return None
    run, steps, hidden = ran
    first = _is_true(call.args[2] if len(call.args) > 2 else keywords.get("batch_first"))
    layer = _layer(code, run, first)
    padded = _padded(code, function, steps, first) if steps else None
    if layer is None or (padded is None) == bool(steps):
        return None
    count, both_ways = layer
    if both_ways and (count > 1 or not first):
        return None
    if hidden and count > 1 and not _is_last_alone(code, function, hidden):
        return None
    given, layer_name = call.args[0], dotted_name(run.value.func)  # type: ignore[attr-defined]
    named = isinstance(given, ast.Name)
    sequence = code.flat(given) if named else free_name(code, run, "sequence", "padded")
    where = _on_device(code, lengths)
    sorts = call.args[3] if len(call.args) > 3 else keywords.get("enforce_sorted", ast.Constant(True))
    if not isinstance(sorts, ast.Constant):
        return None
    ordered, text = bool(sorts.value), "" if named else code.flat(given)
    return Packed(
        code, sequence, where, first, made, run, layer_name, both_ways, steps, hidden, padded, ordered, text
    )


def _ran(
    code: Code, function: Function, made: ast.Assign | None, call: ast.Call
) -> tuple[ast.Assign, str, str] | None:
    """`out, h = self.gru(packed)`, with the names of those that are read; None where there is a cell."""
    given = call if made is None else _only_use(function, made)
    runs = code.parents.get(given) if given is not None else None
    run = (
        code.parents.get(runs) if isinstance(runs, ast.Call) and runs.args and runs.args[0] is given else None
    )
    if not isinstance(run, ast.Assign) or not isinstance(run.targets[0], ast.Tuple):
        return None
    names = [_name_of(each) for each in run.targets[0].elts]
    if len(names) != 2 or names[0] is None:
        return None
    state = run.targets[0].elts[1]
    if isinstance(state, ast.Tuple):
        cells = [_name_of(each) for each in state.elts]
        if len(cells) != 2 or None in cells or read_later(code, run, [str(cells[1])]):
            return None
        names[1] = cells[0]
    if names[1] is None:
        return None
    steps, hidden = (next(iter(read_later(code, run, [str(name)])), "") for name in names)
    return run, steps, hidden


def _only_use(function: Function, made: ast.Assign) -> ast.expr | None:
    """The use of the packed sequence; what the same name is bound to there is another thing."""
    name = made.targets[0]
    uses = [n for n in ast.walk(function) if isinstance(name, ast.Name) and is_name(n, name.id)]
    later = sorted((use for use in uses if start(use) > end(made)), key=start)
    read = [use for use in later if isinstance(use.ctx, ast.Load)]
    bound = next((use for use in later if not isinstance(use.ctx, ast.Load)), None)
    alone = len(read) == 1 or (bound is not None and bool(read) and bound.lineno == read[0].lineno)
    return read[0] if alone else None


def _name_of(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _layer(code: Code, run: ast.Assign, batch_first: bool) -> tuple[int, bool] | None:
    """How many layers it has, and whether it goes both ways; None where that is not known."""
    call = run.value
    owner = code.class_of(run)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or owner is None:
        return None
    made = [
        n.value
        for n in ast.walk(owner)
        if isinstance(n, ast.Assign) and any(_is_attribute(t, call.func.attr) for t in n.targets)
    ]
    layer = made[0] if len(made) == 1 else None
    if not isinstance(layer, ast.Call) or last_name(layer) not in _LAYERS:
        return None
    keywords = {each.arg: each.value for each in layer.keywords}
    position = _LAYERS[last_name(layer)]
    count = (
        layer.args[position] if len(layer.args) > position else keywords.get("num_layers", ast.Constant(1))
    )
    known = len(layer.args) <= position + 1 and None not in keywords and "proj_size" not in keywords
    ways = keywords.get("bidirectional", ast.Constant(False))
    if (
        not known
        or not isinstance(ways, ast.Constant)
        or _is_true(keywords.get("batch_first")) != batch_first
    ):
        return None
    many = count.value if isinstance(count, ast.Constant) and type(count.value) is int else 2
    return many, bool(ways.value)


def _is_attribute(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name and is_name(node.value, "self")


def _is_last_alone(code: Code, function: Function, hidden: str) -> bool:
    """Whether all that is read of the hidden states is `h[-1]`."""
    uses = [n for n in ast.walk(function) if is_name(n, hidden) and isinstance(n.ctx, ast.Load)]
    return all(_is_last(code.parents.get(use)) for use in uses)


def _is_last(node: ast.AST | None) -> bool:
    if not isinstance(node, ast.Subscript):
        return False
    index = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
    return isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and ast.unparse(index) == "-1"


def _padded(code: Code, function: Function, steps: str, batch_first: bool) -> Padded | None:
    for call in _calls(function, "pad_packed_sequence"):
        statement = code.parents.get(call)
        keywords = {each.arg: each.value for each in call.keywords}
        names = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if not isinstance(names, ast.Tuple) or len(names.elts) != 2 or not is_name(call.args[0], steps):
            continue
        first = _is_true(call.args[1] if len(call.args) > 1 else keywords.get("batch_first"))
        if first != batch_first or not all(isinstance(each, ast.Name) for each in names.elts):
            return None
        name, lengths = (each.id for each in names.elts if isinstance(each, ast.Name))
        assert isinstance(statement, ast.Assign)
        filled = code.flat(keywords["padding_value"]) if "padding_value" in keywords else "0"
        read = next(iter(read_later(code, statement, [lengths])), "")
        return (
            Padded(statement, name, read, filled, "total_length" in keywords) if len(call.args) < 3 else None
        )
    return None


def _on_device(code: Code, lengths: ast.expr) -> str:
    """The lengths where the sequence is: `lengths` of `lengths.cpu()` and `lengths.tolist()`."""
    moved = method_name(lengths) in ("cpu", "tolist") or (
        method_name(lengths) == "to" and isinstance(lengths, ast.Call) and len(lengths.args) == 1
    )
    inner = lengths.func.value if moved else lengths  # type: ignore[attr-defined]
    return code.flat(inner)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
