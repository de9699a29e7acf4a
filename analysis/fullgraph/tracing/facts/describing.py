"""The border of a program as the user would write it: inputs, outputs and symbols with their ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from ...model import Symbol, Tensor
from ..torch_compat.symbols import SYMBOLIC, expression
from .naming import Names, finite
from .shape_env_log import ShapeEnvLog


def inputs(log: ShapeEnvLog) -> tuple[Tensor, ...]:
    """The traced inputs, also of a trace that failed after it had made them."""
    names = log.names
    return tuple(value(name, fake, names) for name, fake in log.inputs().items())


def outputs(program: torch.export.ExportedProgram, log: ShapeEnvLog) -> tuple[Tensor, ...]:
    kinds = torch.export.graph_signature.OutputKind
    made = {node.name: node.meta["val"] for node in program.graph.nodes if "val" in node.meta}
    specs = (spec.arg for spec in program.graph_signature.output_specs if spec.kind == kinds.USER_OUTPUT)
    names = [arg.name for arg in specs if hasattr(arg, "name") and arg.name in made]
    return tuple(value(name, made[name], log.names) for name in names)


def symbols(program: torch.export.ExportedProgram, log: ShapeEnvLog) -> tuple[Symbol, ...]:
    """The symbols that the program's inputs and outputs still have, after replacements."""
    free: dict[Any, None] = {}
    for node in program.graph.nodes:
        if node.op == "placeholder" or node.name in program.graph_signature.user_outputs:
            free.update(dict.fromkeys(_free(node.meta.get("val"))))
    return tuple(_bounded(log.names.symbol(symbol), program, symbol) for symbol in free)


def value(name: str, val: Any, names: Names) -> Tensor:
    if isinstance(val, torch.Tensor):
        return Tensor(name, str(val.dtype).removeprefix("torch."), tuple(names.size(s) for s in val.shape))
    kind = {torch.SymInt: "int", torch.SymFloat: "float", torch.SymBool: "bool"}.get(type(val))
    return Tensor(name, kind or type(val).__name__, ())


def _free(val: Any) -> Iterator[Any]:
    sizes = val.shape if isinstance(val, torch.Tensor) else (val,)
    for size in sizes:
        if isinstance(size, SYMBOLIC):
            yield from sorted(expression(size).free_symbols, key=str)


def _bounded(symbol: Symbol, program: torch.export.ExportedProgram, torch_symbol: Any) -> Symbol:
    """With the range that the exported program checks, which honours the spec's min and max."""
    bounds = program.range_constraints.get(torch_symbol)
    if bounds is None:
        return symbol
    return replace(symbol, lower=finite(bounds.lower), upper=finite(bounds.upper))
