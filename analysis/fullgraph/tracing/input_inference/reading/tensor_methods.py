"""What torch's functions and a tensor's methods make of an input: the table by which it is followed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .clues import Flow

_SAME = frozenset(
    {
        *(
            "to",
            "float",
            "double",
            "half",
            "long",
            "int",
            "bool",
            "type",
            "type_as",
            "contiguous",
            "clone",
            "detach",
        ),
        *(
            "cuda",
            "cpu",
            "requires_grad_",
            "relu",
            "relu_",
            "gelu",
            "silu",
            "tanh",
            "sigmoid",
            "softmax",
            "elu",
        ),
        *(
            "log_softmax",
            "leaky_relu",
            "dropout",
            "normalize",
            "exp",
            "log",
            "log1p",
            "sqrt",
            "abs",
            "square",
        ),
        *(
            "clamp",
            "clamp_",
            "clip",
            "neg",
            "sin",
            "cos",
            "round",
            "floor",
            "nan_to_num",
            "add",
            "sub",
            "mul",
            "div",
        ),
        *("pow", "add_", "mul_", "div_", "sub_", "masked_fill_"),
    }
)
_POOLS = re.compile(r"(?:adaptive_)?(?:max|avg)_pool(\d)d|interpolate|pad|upsample")


def method(flow: Flow, name: str, args: Sequence[Any]) -> Any:
    """What `x.name(*args)` is, where x is an input."""
    return function(name, [flow, *args], {})


def function(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a torch function of that name makes of its arguments."""
    flow = args[0] if args else kwargs.get("input")
    if name in _ALL:
        return _ALL[name](args)
    if not isinstance(flow, Flow):
        return None
    if name in _SAME:
        return flow
    if name in _TABLE:
        return _TABLE[name](flow, args[1:])
    if name == "interpolate":
        _resampled(args[1] if len(args) > 1 else kwargs.get("size"))
    pool = _POOLS.fullmatch(name)
    if pool:
        if pool[1]:
            flow.rank(int(pool[1]) + 2)
        return flow
    return None


def product(left: Any, weight: Any) -> None:
    """`x @ self.weight`."""
    if isinstance(left, Flow) and isinstance(weight, torch.Tensor) and weight.dim() >= 1:
        left.layer(0, {-1: int(weight.shape[-2] if weight.dim() > 1 else weight.shape[0])})
        left.clue.kind("float")


def _resampled(size: Any) -> None:
    """`F.interpolate(x, size)`, where the size is an input."""
    if isinstance(size, Flow):
        size.clue.is_pair = True


def _integers(values: Sequence[Any]) -> list[int] | None:
    flat = values[0] if len(values) == 1 and isinstance(values[0], (tuple, list)) else values
    parts = getattr(flat[0], "parts", None) if len(flat) == 1 else None
    known = [getattr(each, "value", each) for each in (parts if parts is not None else flat)]
    return known if known and all(type(each) is int for each in known) else None


def _permuted(flow: Flow, args: Sequence[Any]) -> Any:
    dims = _integers(args)
    return flow.permuted(dims) if dims else flow.blurred()


def _transposed(flow: Flow, args: Sequence[Any]) -> Any:
    dims = _integers(args)
    return flow.transposed(*dims) if dims and len(dims) == 2 else flow.blurred()


def _unsqueezed(flow: Flow, args: Sequence[Any]) -> Any:
    dims = _integers(args)
    if dims == [-1]:
        return flow.embedded()
    return flow.grown(1, at_end=dims[0] < 0) if dims else flow.blurred()


def _squeezed(flow: Flow, args: Sequence[Any]) -> Any:
    return flow.blurred()


def _flattened(flow: Flow, args: Sequence[Any]) -> Any:
    """`x.flatten(2)`: of a map with height and width; `x.flatten(1)` is written of rows too."""
    dims = _integers(args[:1])
    if dims and dims[0] >= 2:
        flow.at_least(dims[0] + 2)
    return flow.blurred()


def _repeated(flow: Flow, args: Sequence[Any]) -> Any:
    """`x.repeat(1, n, 1)`: as many numbers as there are dimensions."""
    several = getattr(args[0], "parts", None) if len(args) == 1 else None
    count = len(several) if several is not None else len(args)
    if count > 1:
        flow.rank(count)
    return flow.blurred()


def _viewed(flow: Flow, args: Sequence[Any]) -> Any:
    """`x.view(-1, 784)`: the elements of a row are known, if not how they lie."""
    sizes = _integers(args)
    if sizes and sizes[0] == -1 and len(sizes) > 1 and min(sizes[1:]) > 0:
        elements = math.prod(sizes[1:])
        flow.clue.reached = True
        if flow.is_plain:
            flow.clue.size(-1, elements)
        return None
    return flow.blurred()


def _linear(flow: Flow, args: Sequence[Any]) -> Any:
    weight = args[0] if args else None
    if isinstance(weight, torch.Tensor) and weight.dim() == 2:
        flow.layer(0, {-1: int(weight.shape[1])})


def _convolution(dims: int) -> Callable[[Flow, Sequence[Any]], Any]:
    def of(flow: Flow, args: Sequence[Any]) -> Any:
        weight: Any = args[0] if args else None
        known = isinstance(weight, torch.Tensor) and weight.dim() == dims + 2
        flow.layer(dims + 2, {1: int(weight.shape[1])} if known else {})

    return of


def _matrix(flow: Flow, args: Sequence[Any]) -> Any:
    flow.rank(2)
    product(flow, args[0] if args else None)


def _multiplied(flow: Flow, args: Sequence[Any]) -> Any:
    product(flow, args[0] if args else None)


def _batched(flow: Flow, args: Sequence[Any]) -> Any:
    flow.rank(3)


def _integer(flow: Flow, args: Sequence[Any]) -> Any:
    flow.clue.kind("int", args[0] if args and type(args[0]) is int else 0)


def _hidden(args: Sequence[Any]) -> Any:
    """`x.masked_fill(mask, value)`, `torch.where(mask, a, b)`."""
    for each in args[:2]:
        if isinstance(each, Flow) and "mask" in each.clue.name:
            each.clue.kind("bool")
    return next((each for each in args if isinstance(each, Flow) and "mask" not in each.clue.name), None)


def _looked_up(args: Sequence[Any]) -> Any:
    """`F.embedding(ids, weight)`."""
    flow: Any
    weight: Any
    flow, weight = args[0], args[1] if len(args) > 1 else None
    if isinstance(flow, Flow):
        flow.clue.reached = True
        flow.clue.kind("int", int(weight.shape[0]) if isinstance(weight, torch.Tensor) else 0)
        return flow.embedded()
    return None


def _packed(args: Sequence[Any]) -> Any:
    """`pack_padded_sequence(x, lengths)`."""
    if len(args) > 1 and isinstance(args[1], Flow):
        args[1].clue.kind("lengths")
    return args[0] if args else None


def _joined(args: Sequence[Any]) -> Any:
    """`torch.cat([x, y], dim=1)`: each has as many dimensions as what the layer behind takes."""
    parts = getattr(args[0], "parts", ()) if args else ()
    flows = [each for each in parts if isinstance(each, Flow)]
    plain = all(each.is_plain for each in flows)
    if not flows or len(flows) != len(parts) or not plain:
        return None
    return Flow(flows[0].clue, joined=tuple(each.clue for each in flows))


def _summed(args: Sequence[Any]) -> Any:
    """`torch.einsum("nd,edh->neh", x, w)`: how many dimensions each has, and what the weights say of them."""
    if not args or not isinstance(args[0], str) or "." in args[0]:
        return
    words = args[0].replace(" ", "").split("->")[0].split(",")
    sizes = {
        letter: int(size)
        for word, value in zip(words, args[1:], strict=False)
        if isinstance(value, torch.Tensor)
        for letter, size in zip(word, value.shape, strict=False)
    }
    for word, value in zip(words, args[1:], strict=False):
        if isinstance(value, Flow):
            value.layer(len(word), {at: sizes[letter] for at, letter in enumerate(word) if letter in sizes})


def _rearranged(args: Sequence[Any]) -> Any:
    """`rearrange(x, "b c (h p) w -> …")`: how many dimensions there are."""
    flow, pattern = (*args, None, None)[:2]
    if isinstance(flow, Flow) and not isinstance(pattern, str):  # torch's own `repeat`
        return _repeated(flow, args[1:])
    if isinstance(flow, Flow) and isinstance(pattern, str) and "..." not in pattern:
        left = pattern.split("->")[0]
        words = re.findall(r"\([^)]*\)|\S+", left)
        flow.rank(len(words))
        if flow.is_plain:
            for dim, word in enumerate(words):
                if word.isidentifier():
                    flow.clue.names.setdefault(dim, word)
    return flow.blurred() if isinstance(flow, Flow) else None


_ALL: dict[str, Callable[[Sequence[Any]], Any]] = {
    "masked_fill": _hidden,
    "where": _hidden,
    "embedding": _looked_up,
    "pack_padded_sequence": _packed,
    "einsum": _summed,
    "cat": _joined,
    "concat": _joined,
    "rearrange": _rearranged,
    "reduce": _rearranged,
    "repeat": _rearranged,
}
_TABLE: dict[str, Callable[[Flow, Sequence[Any]], Any]] = {
    "permute": _permuted,
    "transpose": _transposed,
    "swapaxes": _transposed,
    "unsqueeze": _unsqueezed,
    "squeeze": _squeezed,
    "flatten": _flattened,
    "view": _viewed,
    "reshape": _viewed,
    "linear": _linear,
    **{f"conv{dims}d": _convolution(dims) for dims in (1, 2, 3)},
    "mm": _matrix,
    "spmm": _matrix,
    "matmul": _multiplied,
    "bmm": _batched,
    "one_hot": _integer,
    "split": lambda flow, args: flow.blurred(),
    "chunk": lambda flow, args: flow.blurred(),
}
