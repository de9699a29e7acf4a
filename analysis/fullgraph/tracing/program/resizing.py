"""Other sizes than those of the example inputs, wherever the spec calls a dimension dynamic.

The rule: values stay the user's own. An input of another size repeats or leaves out rows of the example,
so that token ids stay in the vocabulary and masks stay masks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import sympy
import torch
from torch.export.graph_signature import InputKind

from ..facts import dim_specs, spec_fit
from ..facts.shape_env_log import ShapeEnvLog
from ..load.build import Built
from ..torch_compat import pytree, symbols
from . import parts

Dimension: TypeAlias = tuple[str, int]  # (`pair[0]`, 1): an input and the number of its dimension
Sizes: TypeAlias = Mapping[Dimension, int]
Inputs: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]

_MOVES: tuple[Callable[[int], int], ...] = (
    lambda size: 2 * size,
    lambda size: size + 1,
    lambda size: size - 1,
)
_MOST = 8
_SMALLEST = 2
"""torch makes a constant of 1 and of 0 where the program asks for them; it need not take them."""

_LARGEST_ROOT = 1 << 16


@dataclass
class _Group:
    """Dimensions that change together: those of one `Dim`, with what is derived from it."""

    root: int | None = None
    low: int = 0
    high: int | None = None
    members: list[tuple[Dimension, Callable[[int], int]]] = field(default_factory=list)

    def moved(self, move: Callable[[int], int]) -> dict[Dimension, int]:
        if self.root is None:
            return {}
        new = move(self.root)
        if new < max(self.low, _SMALLEST) or (self.high is not None and new > self.high):
            return {}
        return {dimension: size(new) for dimension, size in self.members}


def other_sizes(built: Built) -> list[Sizes]:
    """Sizes to try, move by move: of all dynamic dimensions at once, then of one `Dim` after the other.

    None where the spec has entries for an object that torch cannot take apart: which of its tensors each is for
    shows once its class is registered, and until then sizes that belong together would be changed apart.
    """
    if spec_fit.unregistered(built) is not None:
        return []
    groups = list(_groups(built).values())
    tried: list[Sizes] = []
    for move in _MOVES:
        moved = [group.moved(move) for group in groups]
        for sizes in (dict(chain.from_iterable(each.items() for each in moved)), *moved):
            if sizes and sizes not in tried:
                tried.append(sizes)
    return tried[:_MOST]


def inputs_of(built: Built, sizes: Sizes) -> Inputs:
    """Copies of the example inputs, with these sizes where they say other ones."""
    given = dict(dim_specs.named_leaves(built.model, built.args, built.kwargs))
    examples: dict[int, dict[int, int]] = {}
    for (path, dim), size in sizes.items():
        examples.setdefault(id(given[path]), {})[dim] = size

    def copied(_: str, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        with torch.no_grad():
            result = value.detach().clone()
            for dim, size in examples.get(id(value), {}).items():
                result = result.index_select(dim, torch.arange(size) % max(1, value.shape[dim]))
        return result.requires_grad_(value.requires_grad)

    args, kwargs = parts.rebuilt((built.args, built.kwargs), copied)
    return args, kwargs


def _groups(built: Built) -> dict[Hashable, _Group]:
    groups: dict[Hashable, _Group] = {}
    for path, dim, spec, size in _dynamic(built):
        dimension, root = (path, dim), getattr(spec, "root", None)
        # Dimensions without a name that have one size may have to keep having it.
        key = getattr(root or spec, "__name__", ("size", size))
        group = groups.setdefault(key, _Group())
        group.members.append((dimension, (lambda n: n) if root is None else spec.fn))
        group.root = _root(spec, size) if group.root is None or root is None else group.root
        low, high = _bounds(root or spec)
        group.low = max(group.low, low)
        group.high = high if group.high is None else min(group.high, high or group.high)
    return groups


def _dynamic(built: Built) -> Iterator[tuple[str, int, Any, int]]:
    for asked in dim_specs.asked_dims(built):
        spec, dim, shape = asked.spec, asked.dim, asked.tensor.shape
        fixed = isinstance(spec, int) or dim_specs.hint(spec) == "STATIC" or hasattr(spec, "value")
        if not fixed and dim < len(shape) and shape[dim] > 0:
            yield asked.path, dim, spec, shape[dim]


def _root(spec: Any, size: int) -> int | None:
    """The size of the `Dim` that a derived one (`2 * dx`) comes from, found by trying."""
    if getattr(spec, "root", None) is None:
        return size
    return next((root for root in range(_LARGEST_ROOT) if spec.fn(root) == size), None)


def _bounds(spec: Any) -> tuple[int, int | None]:
    low, high = getattr(spec, "min", None), getattr(spec, "max", None)
    return low if isinstance(low, int) else 0, high if isinstance(high, int) else None


# -- whether a program takes them --------------------------------------------------------------------


def fits(program: torch.export.ExportedProgram, inputs: Inputs, log: ShapeEnvLog) -> bool:
    """Whether inputs keep to what the program says of its dimensions: relations, ranges and guards."""
    sizes = list(_sizes(program, inputs))
    values = _solved(sizes)
    if any(expression.xreplace(values) != size for expression, size in sizes):
        return False
    for symbol, value in values.items():
        bounds = program.range_constraints.get(symbol)
        if bounds is not None and not bounds.lower <= value <= bounds.upper:
            return False
    guards = (log.final(guard.expression) for guard in log.guards)
    return all(guard.xreplace(values) != sympy.false for guard in guards)


def _sizes(program: torch.export.ExportedProgram, inputs: Inputs) -> Iterator[tuple[Any, int]]:
    """(what the program calls a size, what it is) for each dimension of the inputs."""
    specs = [s for s in program.graph_signature.input_specs if s.kind is InputKind.USER_INPUT]
    traced = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    for spec, leaf in zip(specs, pytree.leaves_of(inputs), strict=True):
        fake = traced.get(getattr(spec.arg, "name", None))
        if isinstance(fake, torch.Tensor) and isinstance(leaf, torch.Tensor):
            for size, actual in zip(fake.shape, leaf.shape, strict=True):
                yield sympy.sympify(symbols.expression(size)), actual


def _solved(sizes: list[tuple[Any, int]]) -> dict[Any, Any]:
    values = {expression: sympy.Integer(size) for expression, size in sizes if expression.is_Symbol}
    for expression, size in sizes:
        unknown = expression.free_symbols - values.keys()
        if len(unknown) == 1:
            (symbol,) = unknown
            solutions = sympy.solve(expression.xreplace(values) - size, symbol)
            if solutions and solutions[0].is_Integer:
                values[symbol] = solutions[0]
    return values
