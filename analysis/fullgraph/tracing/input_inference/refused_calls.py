"""What a call asks for that raised: the best witness, as it has the weight whose size the input must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from .repairs import AtLeast, Below, Repair, Rerank, Resize, Retype
from .sizes import product, shape_of, sized
from .trial import Call


def of_call(call: Call) -> Iterator[Repair]:
    """By the weights and shapes that the call was given."""
    name = call.name.removeprefix("_")
    if name in _CALLS:
        yield from _CALLS[name](call)
    elif name in _ELEMENTWISE:
        yield from _broadcast(call)


def _linear(call: Call) -> Iterator[Repair]:
    given, weight = call.shape(0, "input"), call.shape(1, "weight")
    if given and weight and len(weight) == 2:
        yield Resize(given[-1], weight[1], given, len(given) - 1)
        yield from _float(call)


def _convolution(dims: int, transposed: bool = False) -> Callable[[Call], Iterator[Repair]]:
    def of(call: Call) -> Iterator[Repair]:
        given, weight = call.shape(0, "input"), call.shape(1, "weight")
        if given is None or weight is None:
            return
        groups = call.kwargs.get("groups", call.args[6] if len(call.args) > 6 and not transposed else 1)
        channels = weight[0] if transposed else weight[1] * groups
        if len(given) != dims + 2:
            yield Rerank(dims + 2, len(given))
        elif given[1] != channels:
            yield Resize(given[1], channels, given, 1)
        else:  # too small for the kernel
            yield from _larger(given)
        yield from _float(call)

    return of


def _larger(given: tuple[int, ...]) -> Iterator[Repair]:
    yield from (AtLeast(size) for size in (64, 128, 224, 512))
    yield from (Resize(given[dim], 4 * given[dim], given, dim) for dim in range(2, len(given)))


def _pool(call: Call) -> Iterator[Repair]:
    given = call.shape(0, "input")
    if given is not None and len(given) > 2:
        yield from _larger(given)


def _split(call: Call) -> Iterator[Repair]:
    """`x.split([63, 27], dim=-1)`: as large as all parts together."""
    given, parts = call.shape(0, "tensor"), call.args[1] if len(call.args) > 1 else None
    dim = call.kwargs.get("dim", call.args[2] if len(call.args) > 2 else 0)
    if (
        given
        and isinstance(parts, (list, tuple))
        and isinstance(dim, int)
        and -len(given) <= dim < len(given)
    ):
        yield Resize(given[dim], sum(map(int, parts)), given, dim % len(given))


def _embedding(call: Call) -> Iterator[Repair]:
    given = call.shape(0, "input")
    yield Retype("int", given)
    yield Retype("int")
    weight = call.shape(1, "weight")
    if weight:
        yield Below(max(1, min(10, weight[0])))


def _layer_norm(call: Call) -> Iterator[Repair]:
    given, wanted = call.shape(0, "input"), call.args[1] if len(call.args) > 1 else ()
    if given is None or not isinstance(wanted, (tuple, list, torch.Size)):
        return
    if len(given) < len(wanted):
        yield Rerank(len(wanted) + 1, len(given))
    for back in range(1, min(len(wanted), len(given)) + 1):
        yield Resize(given[-back], int(wanted[-back]), given, len(given) - back)
    yield from _float(call)


def _channel_norm(weight: int) -> Callable[[Call], Iterator[Repair]]:
    def of(call: Call) -> Iterator[Repair]:
        given, wanted = call.shape(0, "input"), call.shape(weight, "weight")
        if given and wanted and len(given) > 1:
            yield Resize(given[1], wanted[0], given, 1)
        elif given is not None:
            yield Rerank(4, len(given))

    return of


def _attention(call: Call) -> Iterator[Repair]:
    given, size = call.shape(0, "query"), call.args[3] if len(call.args) > 3 else None
    if given and isinstance(size, int):
        if len(given) not in (2, 3):
            yield Rerank(3, len(given))
        yield Resize(given[-1], size, given, len(given) - 1)
    yield from _broadcast(call)


def _product(call: Call) -> Iterator[Repair]:
    left, right = call.shape(0, "input"), call.shape(1, "mat2")
    if left and right:
        inner = len(right) - 2 if len(right) > 1 else 0
        yield Resize(left[-1], right[inner], left, len(left) - 1)
        yield Resize(right[inner], left[-1], right, inner)
        for one, other in zip(left[:-2][::-1], right[:-2][::-1], strict=False):
            yield Resize(one, other)
            yield Resize(other, one)
    yield from _float(call)


def _broadcast(call: Call) -> Iterator[Repair]:
    """Two shapes that have to be one."""
    shapes = [shape_of(a) for a in _flat(call.args) if isinstance(a, torch.Tensor)][:3]
    for left, right in ((a, b) for a in shapes for b in shapes if a is not b):
        if len(left) != len(right):
            yield Rerank(len(left), len(right))
        for back in range(1, min(len(left), len(right)) + 1):
            one, other = left[-back], right[-back]
            if one != other:
                yield Resize(one, other, left, len(left) - back)


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from _flat(value)
        else:
            yield value


def _float(call: Call) -> Iterator[Repair]:
    for value in call.args[:2]:
        if isinstance(value, torch.Tensor) and not value.is_floating_point():
            yield Retype("float", shape_of(value))


def _integer(call: Call) -> Iterator[Repair]:
    yield from (
        Retype("int", shape_of(v))
        for v in _flat(call.args)
        if isinstance(v, torch.Tensor) and v.is_floating_point()
    )


def _view(call: Call) -> Iterator[Repair]:
    """As many elements as the new shape has, or where one size is left open, a multiple of the others."""
    given = call.shape(0, "input")
    wanted: Any = call.args[1:]
    wanted = wanted[0] if len(wanted) == 1 and isinstance(wanted[0], (tuple, list, torch.Size)) else wanted
    sizes = [sized(each) for each in wanted if isinstance(each, (int, torch.SymInt))]
    if given is None or len(sizes) != len(wanted):
        return
    have, want = product(given), product(each for each in sizes if each != -1)
    if -1 in sizes and want > 0:
        yield from (Resize(have, product((want, more))) for more in (max(1, have // want), 1, 2, 4))
    elif -1 not in sizes:
        yield Resize(have, want)


def _recurrent(call: Call) -> Iterator[Repair]:
    """The width of what comes in, and the shape of the state beside it."""
    layer, given = call.kwargs["layer"], call.shape(0)
    if given is None:
        return
    if given[-1] != layer.input_size:
        yield Resize(given[-1], layer.input_size, given, len(given) - 1)
    if isinstance(layer, torch.nn.RNNBase) and len(given) not in (2, 3):
        yield Rerank(3, len(given))
    batch = (
        (given[0 if layer.batch_first else 1],) if getattr(layer, "num_layers", 0) and len(given) == 3 else ()
    )
    first = (
        layer.num_layers * (2 if layer.bidirectional else 1)
        if isinstance(layer, torch.nn.RNNBase)
        else given[0]
    )
    for state in _flat((call.args[1],)):
        if isinstance(state, torch.Tensor):
            wanted = (first, *batch, layer.hidden_size)
            yield from _of_shape(shape_of(state), wanted)


def _of_shape(given: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Repair]:
    if len(given) != len(wanted):
        yield Rerank(len(wanted), len(given))
    else:
        pairs = enumerate(zip(given, wanted, strict=True))
        yield from (Resize(one, other, given, dim) for dim, (one, other) in pairs if one != other)


_CALLS: dict[str, Callable[[Call], Iterator[Repair]]] = {
    "view": _view,
    "recurrent": _recurrent,
    "split": _split,
    "split_with_sizes": _split,
    **{f"{kind}_pool{dims}d": _pool for kind in ("max", "avg") for dims in (1, 2, 3)},
    "reshape": _view,
    "linear": _linear,
    **{f"conv{dims}d": _convolution(dims) for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": _convolution(dims, transposed=True) for dims in (1, 2, 3)},
    "embedding": _embedding,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "batch_norm": _channel_norm(1),
    "group_norm": _channel_norm(2),
    "instance_norm": _channel_norm(1),
    "prelu": _channel_norm(1),
    "multi_head_attention_forward": _attention,
    **dict.fromkeys(("matmul", "mm", "bmm", "__matmul__", "baddbmm", "einsum"), _product),
    "one_hot": _integer,
    "gather": _integer,
    "index_select": _integer,
    "__getitem__": _integer,
    "scatter_": _integer,
}

_ELEMENTWISE = frozenset(
    {
        *("add", "sub", "mul", "div", "where", "cat", "stack", "concat", "mse_loss", "l1_loss", "expand_as"),
        *("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__iadd__"),
        *("binary_cross_entropy", "binary_cross_entropy_with_logits", "smooth_l1_loss", "masked_fill"),
        *("cosine_similarity", "scaled_dot_product_attention", "maximum", "minimum", "view_as", "__eq__"),
        *("kl_div", "addcmul", "lerp", "copy_", "masked_fill_", "cdist", "eq", "ne", "lt", "gt", "dist"),
    }
)
