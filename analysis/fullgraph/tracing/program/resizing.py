"""Other sizes than those of the example inputs, wherever the spec calls a dimension dynamic.

The rule: values stay the user's own. An input of another size repeats or leaves out rows of the example,
so that token ids stay in the vocabulary and masks stay masks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
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

_MOST = 12
_NEAR_MAXIMUM = 64
"""A maximum up to which it is tried; of a larger one, only where it is a few times the example's size."""

_LARGEST_ROOT = 1 << 16


@dataclass(frozen=True)
class Resized:
    """Other sizes of some dimensions. `words` tell them by the names of their `Dim`s: `b = 1`."""

    sizes: Sizes
    words: str
    roots: Mapping[str, int] = field(default_factory=dict)  # of the `Dim`s that have a name


@dataclass
class _Group:
    """Dimensions that change together: those of one `Dim`, with what is derived from it.

    `smallest` is 1 where the spec allows it by name, and 0 where that is asked for too; torch takes it that
    no other size is 0 or 1.
    """

    name: str = ""
    root: int | None = None
    low: int = 0
    high: int | None = None
    smallest: int = 2
    members: list[tuple[Dimension, Callable[[int], int]]] = field(default_factory=list)

    def moved(self, move: Callable[[_Group, int], int | None]) -> Resized | None:
        new = None if self.root is None else move(self, self.root)
        if new is None or new == self.root or new < max(self.low, self.smallest):
            return None
        if self.high is not None and new > self.high:
            return None
        sizes = {dimension: size(new) for dimension, size in self.members}
        if min(sizes.values()) < self.smallest:  # of `rows - 1`, where `rows` is 1
            return None
        by_size = ", ".join(f"{path}.shape[{dim}] = {size}" for (path, dim), size in sizes.items())
        if not self.name:
            return Resized(sizes, by_size)
        return Resized(sizes, f"{self.name} = {new}", {self.name: new})


def _largest(group: _Group, root: int) -> int | None:
    near = group.high is not None and group.high <= max(_NEAR_MAXIMUM, 4 * root)
    return group.high if near else None


_MOVES: tuple[Callable[[_Group, int], int | None], ...] = (
    lambda group, _: max(group.low, group.smallest, 1),
    lambda group, _: 0 if group.smallest == 0 else None,
    lambda _, size: 2 * size,
    lambda _, size: size + 1,  # which has no divisor in common with the example's
    _largest,
    lambda _, size: size - 1,
)


def other_sizes(built: Built, *, empty: bool = False) -> list[Resized]:
    """Sizes to try, move by move: of all dynamic dimensions at once, then of one `Dim` after the other.

    With `empty`, 0 is among them where the spec allows it by name.

    There are none where the spec has entries for an object that torch cannot take apart: which of its tensors
    each is for shows once its class is registered, and until then sizes that belong together would be changed
    apart.
    """
    if spec_fit.unregistered(built) is not None:
        return []
    groups = list(_groups(built).values())
    for group in groups:
        group.smallest = 0 if empty and group.name and group.low == 0 else group.smallest
    tried: dict[tuple[tuple[Dimension, int], ...], Resized] = {}
    for move in _MOVES:
        moved = [each for each in (group.moved(move) for group in groups) if each is not None]
        for one in (_together(moved), *moved):
            if one.sizes:
                tried.setdefault(tuple(one.sizes.items()), one)
    return list(tried.values())[:_MOST]


def at(built: Built, source: str, size: int) -> Sizes:
    """All sizes that change where one (`x.shape[1]`) becomes another; none where the spec has no such one."""
    for group in _groups(built).values():
        for (path, dim), of_root in group.members:
            if f"{path}.shape[{dim}]" == source:
                root = next((n for n in range(_LARGEST_ROOT) if of_root(n) == size), None)
                return {} if root is None else {each: other(root) for each, other in group.members}
    return {}


def _together(moved: Sequence[Resized]) -> Resized:
    sizes = dict(chain.from_iterable(each.sizes.items() for each in moved))
    roots = dict(chain.from_iterable(each.roots.items() for each in moved))
    return Resized(sizes, ", ".join(each.words for each in moved), roots)


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
        group = groups.setdefault(key, _Group(key if isinstance(key, str) else ""))
        group.members.append((dimension, (lambda n: n) if root is None else spec.fn))
        group.root = _root(spec, size) if group.root is None or root is None else group.root
        low, high = _bounds(root or spec)
        group.low = max(group.low, low)
        group.smallest = min(group.smallest, 1 if group.name or low == 1 else 2)
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
    for expression, size in sizes:  # a `Dim` that only others derive from has no range of its own at run time
        bounds = program.range_constraints.get(expression)
        if bounds is not None and not bounds.lower <= size <= bounds.upper:
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
