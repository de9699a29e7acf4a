"""What an exported program is: its signature, its graph by the user's lines, its operators.

The rule: nothing is traced here and nothing decided. The program is read as torch gave it, and said in
the user's names; what it takes to make one level of it from another is torch's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import torch
from torch.export.graph_signature import InputKind, OutputKind

from ...model import (
    Carried,
    Level,
    NoProgram,
    Program,
    Symbol,
    Tensor,
)
from ..facts import describing
from ..facts.dim_specs import named_leaves
from ..facts.error_classifier import frame_of, words
from ..facts.naming import Names, finite
from ..facts.shape_env_log import ShapeEnvLog
from ..load.build import Built
from ..torch_compat import pytree, symbols
from ..torch_compat.hooks import quiet
from ..torch_compat.operators import decomposed
from .graphs import Reader, operators_of
from .mutations import written_in_place

Exported: TypeAlias = torch.export.ExportedProgram

_CARRIED = {
    InputKind.PARAMETER: "parameter",
    InputKind.BUFFER: "buffer",
    InputKind.CONSTANT_TENSOR: "constant",
}
_KINDS = list(_CARRIED.values())
_WRITTEN = (OutputKind.BUFFER_MUTATION, OutputKind.USER_INPUT_MUTATION)


def describe(program: Exported, level: Level, built: Built, log: ShapeEnvLog) -> Program | NoProgram:
    """The program at the level asked for; a NoProgram where torch cannot take it there."""
    try:
        with quiet():
            program = decomposed(program, level)
    except Exception as error:  # noqa: BLE001 (torch's and the user's decompositions can raise anything)
        return NoProgram("decompose", words(error), frame_of(error, log.user_code))
    names, tensors = log.names, node_names(program, built)
    reader = Reader(names, log.user_code, tensors)
    return Program(
        level=level,
        outputs=tuple(_outputs(program, names)),
        # Decomposed, torch puts constants between the buffers.
        carried=tuple(sorted(_carried(program, names), key=lambda each: _KINDS.index(each.kind))),
        written=tuple(dict.fromkeys(_written(program, tensors))),
        symbols=tuple(_symbols(program, names)),
        graphs=tuple(reader.graphs(program.graph_module)),
        operators=operators_of(program.graph_module, reader),
    )


def node_names(program: Exported, built: Built) -> dict[str, str]:
    """The graph's names of what comes in → the user's: `p_head_weight` → `self.head.weight`."""
    specs = program.graph_signature.input_specs
    names = {s.arg.name: f"self.{s.target}" for s in specs if s.kind in _CARRIED and s.target}
    inputs = [spec for spec in specs if spec.kind is InputKind.USER_INPUT]
    for spec, name in zip(inputs, _input_names(program, built), strict=False):
        if hasattr(spec.arg, "name"):
            names[spec.arg.name] = name
    return names


def _input_names(program: Exported, built: Built) -> list[str]:
    """`x`, `pair[0]`, in the order of the graph, which has keywords as they were given and not declared."""
    structure = program.call_spec.in_spec
    try:
        inputs = pytree.unflatten(list(range(pytree.size_of(structure))), structure)
        numbered = named_leaves(built.model, *inputs)
    except Exception:  # noqa: BLE001 (a class of the user's that does not take numbers)
        return []
    names = {number: name for name, number in numbered}
    return (
        [names[number] for number in range(pytree.size_of(structure))] if len(names) == len(numbered) else []
    )


def _carried(program: Exported, names: Names) -> Iterator[Carried]:
    values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    for spec in program.graph_signature.input_specs:
        kind: Any = _CARRIED.get(spec.kind)
        if kind is not None:
            tensor = describing.value(f"self.{spec.target}", values[spec.arg.name], names)
            yield Carried(kind, tensor, persistent=spec.persistent is not False)


def _outputs(program: Exported, names: Names) -> Iterator[Tensor]:
    values = {node.name: node.meta.get("val") for node in program.graph.nodes}
    specs = [spec for spec in program.graph_signature.output_specs if spec.kind is OutputKind.USER_OUTPUT]
    for path, spec in zip(_paths(program, len(specs)), specs, strict=True):
        constant = not hasattr(spec.arg, "name") or spec.arg.name not in values
        value = getattr(spec.arg, "value", None) if constant else values[spec.arg.name]
        yield describing.value(path, value, names)


def _paths(program: Exported, count: int) -> list[str]:
    """`output['logits']`, `output[0]`: how to get at each tensor in what the program returns."""
    try:
        structure = program.call_spec.out_spec
        leaves = pytree.leaves_with_path(pytree.unflatten(list(range(count)), structure))
        paths = [f"output{pytree.text_of(path)}" for path, _ in leaves]
    except Exception:  # noqa: BLE001 (a class of the user's that does not take numbers)
        paths = []
    return paths if len(paths) == count else [f"output #{number}" for number in range(count)]


def _written(program: Exported, names: Mapping[str, str]) -> Iterator[str]:
    """In a functional program a mutation is an output, before that an operator that acts in place."""
    inputs = program.graph_signature.user_inputs
    for spec in program.graph_signature.output_specs:
        if spec.kind in _WRITTEN and spec.target:
            yield names.get(spec.target, spec.target) if spec.target in inputs else f"self.{spec.target}"
    yield from (names.get(name, name) for name in written_in_place(program.graph))


def _symbols(program: Exported, names: Names) -> Iterator[Symbol]:
    """The symbols of the graph's shapes and numbers, with the ranges that the program keeps."""
    found = {symbol: None for expression in _expressions(program) for symbol in _sorted(expression)}
    for torch_symbol in found:
        expression = _root(torch_symbol, program, names)
        symbol = replace(names.symbol(torch_symbol), name=names.text(expression))
        if bounds := program.range_constraints.get(expression):
            symbol = replace(symbol, lower=finite(bounds.lower), upper=finite(bounds.upper))
        yield symbol


def _root(symbol: Any, program: Exported, names: Names) -> Any:
    """What to give the range of: where torch's symbol is `seq - 1`, that is its `s17 + 1`, which is `seq`."""
    if names.name(symbol).isidentifier():
        return symbol
    related = (each for each in program.range_constraints if each.free_symbols == {symbol})
    return next((each for each in related if names.text(each).isidentifier()), symbol)


def _sorted(expression: Any) -> list[Any]:
    return sorted(expression.free_symbols, key=str)


def _expressions(program: Exported) -> Iterable[Any]:
    for node in program.graph.nodes:
        for value in pytree.leaves_of(node.meta.get("val")):
            for size in value.shape if isinstance(value, torch.Tensor) else (value,):
                if isinstance(size, (torch.SymInt, torch.SymFloat)):
                    yield symbols.expression(size)
