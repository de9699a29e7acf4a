"""Other inputs of the same kind as the examples: what a rewritten model is compared on.

The rule: they are the same ones each time. Each has a name that a person can make it from again: what was
done to the example, and the seed. Sizes stay within the spec, token ids within those of the example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import torch

from ..load.build import Built
from . import parts, resizing
from .resizing import Inputs

_SEEDS = 12
_MOST_SIZES = 10
_MOST_HELD = 4
_MOST_WHOLE = 4
_MOST_GRADIENTS = 3
"""Of other sizes, and of random values."""

Change = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class Perturbation:
    """`name` is how the inputs come from the example: `the example inputs`, `times -1`.

    `resized` where their sizes are others, with those of the `Dim`s that have a name. `only_further`: they tell
    nothing but where a condition is what it was for no others. `with_gradients`: those of a model that trains are
    compared too, which costs more than the outputs, and tells less. `reaching` where they are as large as a number
    that stands in a branch.
    """

    name: str
    inputs: Inputs
    resized: Mapping[str, int] | None = None
    only_further: bool = False
    with_gradients: bool = True
    reaching: bool = False


def perturbations(built: Built, numbers: Callable[[], Sequence[float]]) -> Iterator[Perturbation]:
    """The example first, then other sizes, then other values.

    `numbers`, asked for once the example has run, are what values are scaled to reach.
    """
    yield Perturbation("the example inputs", resizing.inputs_of(built, {}))
    for place, other in enumerate(resizing.other_sizes(built, empty=True)[:_MOST_SIZES]):
        inputs = resizing.inputs_of(built, other.sizes)
        yield Perturbation(other.words, inputs, other.roots, with_gradients=place < _MOST_GRADIENTS)
    reached = tuple(numbers())
    for number in reached:
        scaled = _changed(built, partial(_scaled_to, number), "", 0)
        yield Perturbation(f"all inputs scaled to reach {number:g}", scaled, reaching=True)
    # All kinds of values before one input at a time: only so many runs are compared, and a NaN is to be among them.
    for one in ("", *_paths(built)):
        for name, change in _CHANGES.items():
            yield Perturbation(f"{one or 'all inputs'} {name}", _changed(built, change, one, 0))
    for seed in range(_SEEDS):
        inputs, few = _changed(built, _random, "", seed), seed < _MOST_GRADIENTS
        yield Perturbation(f"all inputs random (seed {seed})", inputs, with_gradients=few)
    for name, change in (*_EXTREMES.items(), *_of_numbers(reached)):
        for one in ("", *_paths(built)):
            changed = _changed(built, change, one, 0)
            yield Perturbation(f"{one or 'all inputs'} {name}", changed, only_further=True)
    for name, held in _held(built):
        changed = _changed(built, partial(_filled_with, held), "", 0)
        yield Perturbation(f"all inputs equal to `{name}`", changed, only_further=True)


def other_values(built: Built) -> tuple[Callable[[], Inputs], ...]:
    """Inputs of the example's sizes with quite other values, each made when it is asked for."""
    changed = (partial(_changed, built, _CHANGES[name], "", 0) for name in ("times 100", "times -1"))
    random = (partial(_changed, built, _random, "", seed) for seed in range(3))
    return (*changed, *random)


def _paths(built: Built) -> tuple[str, ...]:
    leaves = parts.of_inputs(built.model, built.args, built.kwargs)
    tensors = tuple(name for name, leaf in leaves if isinstance(leaf, torch.Tensor))
    return tensors if len(tensors) > 1 else ()


def _changed(built: Built, change: Change, only: str, seed: int) -> Inputs:
    named = parts.of_inputs(built.model, built.args, built.kwargs)
    chosen = {id(leaf) for name, leaf in named if only in ("", name)}
    generator = torch.Generator().manual_seed(seed)

    def changed(_: str, value: object) -> object:
        if not isinstance(value, torch.Tensor):
            return value
        with torch.no_grad():
            kept = id(value) not in chosen or value.numel() == 0
            result = value.detach().clone() if kept else change(value.detach(), generator).to(value.dtype)
        return result.clone().requires_grad_(value.requires_grad)

    args, kwargs = parts.rebuilt((built.args, built.kwargs), changed)
    return args, kwargs


def _held(built: Built) -> Iterator[tuple[str, torch.Tensor]]:
    """What the model may compare its inputs with: `torch.equal(x, self.anchor)`."""
    buffers = built.model.named_buffers()
    leaves = parts.of_inputs(built.model, built.args, built.kwargs)
    shapes = [leaf.shape for _, leaf in leaves if isinstance(leaf, torch.Tensor)]
    fitting = ((name, held) for name, held in buffers if any(_spreads(held, shape) for shape in shapes))
    yield from islice(fitting, _MOST_HELD)


def _spreads(held: torch.Tensor, shape: torch.Size) -> bool:
    """Whether a tensor fills one of a shape: its own shape is the end of that."""
    return 0 < held.dim() <= len(shape) and tuple(held.shape) == tuple(shape)[-held.dim() :]


def _filled_with(held: torch.Tensor, value: torch.Tensor, _: torch.Generator) -> torch.Tensor:
    return held.detach().expand(value.shape) if _spreads(held, value.shape) else value


def _scaled_to(number: float, value: torch.Tensor, _: torch.Generator) -> torch.Tensor:
    """The element of the largest magnitude is this number. Whole ones stay: they may be places, or sizes."""
    if not value.is_floating_point():
        return value
    flat = value.reshape(-1)
    place = flat.abs().argmax()
    if flat[place] == 0 or not flat[place].isfinite():
        return torch.ones_like(value) * number  # float16 takes no 1e20, and computes an infinity
    scaled = flat * (number / flat[place])
    scaled[place] = number
    return scaled.reshape(value.shape)


def _with_first(value: torch.Tensor, number: float) -> torch.Tensor:
    if not value.is_floating_point():
        return value
    result = value.clone()
    result.view(-1)[0] = number
    return result


def _flipped(value: torch.Tensor) -> torch.Tensor:
    if value.dtype is torch.bool:
        return ~value
    return value.flip(0) if value.dim() else value


def _highest(value: torch.Tensor) -> torch.Tensor:
    return torch.full_like(value, value.max().item())


def _random(value: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if value.dtype is torch.bool:
        return torch.rand(value.shape, generator=generator) < torch.rand((), generator=generator)
    if value.is_floating_point():
        scale = 10 ** (4 * torch.rand((), generator=generator) - 2)
        shift = 2 * torch.randn((), generator=generator)
        return scale * torch.randn(value.shape, generator=generator) + scale * shift
    if value.is_complex():
        return value * torch.randn(value.shape, generator=generator)
    low, high = int(value.min()), int(value.max())
    return torch.randint(low, high + 1, value.shape, generator=generator)


_CHANGES: dict[str, Change] = {
    "times -1": lambda value, _: -value if value.is_floating_point() else _flipped(value),
    "all zero": lambda value, _: torch.zeros_like(value),
    "all one": lambda value, _: torch.ones_like(value) if value.is_floating_point() else _highest(value),
    "made positive": lambda value, _: value if value.dtype is torch.bool else value.abs(),
    "plus 1": lambda value, _: value if value.dtype is torch.bool else value + 1,
    "minus 1": lambda value, _: value if value.dtype is torch.bool else value - 1,
    "times 100": lambda value, _: value * 100 if value.is_floating_point() else value,
    "with a NaN": lambda value, _: _with_first(value, float("nan")),
    "with an infinity": lambda value, _: _with_first(value, float("inf")),
    "with a negative infinity": lambda value, _: _with_first(value, float("-inf")),
}


def _whole(change: Callable[[torch.Tensor], torch.Tensor]) -> Change:
    """A change of whole numbers alone."""

    def changed(value: torch.Tensor, _: torch.Generator) -> torch.Tensor:
        is_whole = not value.is_floating_point() and not value.is_complex() and value.dtype is not torch.bool
        return change(value) if is_whole else value

    return changed


def _of_numbers(numbers: Sequence[float]) -> Iterator[tuple[str, Change]]:
    """Whole inputs of the numbers that stand in branches: labels that are all `ignore_index`, an id that is looked for."""
    for number in [int(each) for each in numbers if each.is_integer()][:_MOST_WHOLE]:
        yield f"all {number}", _whole(partial(_full, number=number))
        yield f"with a {number}", _whole(partial(_beginning, number=number))


def _full(value: torch.Tensor, number: int) -> torch.Tensor:
    return torch.full_like(value, number) if _has(value, number) else value


def _beginning(value: torch.Tensor, number: int) -> torch.Tensor:
    result = value.clone(memory_format=torch.contiguous_format)
    if _has(value, number):
        result.view(-1)[:1] = number
    return result


def _has(value: torch.Tensor, number: int) -> bool:
    """Whether a tensor can hold a whole number: of others torch raises."""
    limits = torch.iinfo(value.dtype)
    return bool(limits.min <= number <= limits.max)


_EXTREMES: dict[str, Change] = {
    "plus 100": _whole(lambda value: value + 100),
    "minus 100": _whole(lambda value: value - 100),
    "all different": _whole(lambda value: torch.arange(value.numel()).flip(0).reshape(value.shape)),
    "all NaN": lambda value, _: torch.full_like(value, float("nan")) if value.is_floating_point() else value,
    "times 1e6": lambda value, _: value * 1e6 if value.is_floating_point() else value,
}
"""What fails a check of ids, of positions, or of results that have to be near each other."""
