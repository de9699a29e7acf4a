"""What torch's own layers take: the table by which an input that reaches one is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .clues import Flow

_nn = torch.nn

Args = Sequence[Any]
Handle = Callable[[Any, Args, Mapping[str, Any]], Any]


def reached(layer: torch.nn.Module, args: Args, kwargs: Mapping[str, Any]) -> Any:
    """Notes what the layer asks of the inputs that reach it; gives the input, if that is still what comes out."""
    flow = args[0] if args else next(iter(kwargs.values()), None)
    for kinds, handle in _TABLE:
        if isinstance(layer, kinds):
            if isinstance(flow, Flow) or kinds in (_RECURRENT, _ATTENTION, _CELLS, _BLOCKS):
                return handle(layer, args or [flow], kwargs)
            return None
    return None


def _same(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    return args[0]


def _pooled(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    dims = next((dims for dims in (1, 2, 3) if type(layer).__name__.endswith(f"{dims}d")), 0)
    if dims:
        args[0].rank(dims + 2)
    return args[0]


def _linear(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    args[0].layer(0, {-1: layer.in_features})
    args[0].clue.kind("float")


def _convolution(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    args[0].layer(len(layer.kernel_size) + 2, {1: layer.in_channels})
    args[0].clue.kind("float")


def _embedding(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    args[0].clue.reached = True
    args[0].clue.kind("int", layer.num_embeddings)
    return args[0].embedded() if isinstance(layer, _nn.Embedding) else None


def _normed_channels(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    dims = next((dims for dims in (2, 3) if type(layer).__name__.endswith(f"{dims}d")), 0)
    args[0].layer(dims + 2 if dims else 0, {1: layer.num_features})
    return args[0]


def _grouped(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    args[0].layer(0, {1: layer.num_channels})
    return args[0]


def _normed(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    shape = layer.normalized_shape
    args[0].layer(0, {-len(shape) + number: size for number, size in enumerate(shape)})
    return args[0]


def _recurrent(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    if args and isinstance(args[0], Flow):
        args[0].layer(3, {2: layer.input_size})
        args[0].named(0 if layer.batch_first else 1, "batch")
    hidden = args[1] if len(args) > 1 else kwargs.get("hx")
    first = layer.num_layers * (2 if layer.bidirectional else 1)
    state, memory = layer.proj_size or layer.hidden_size, layer.hidden_size
    if isinstance(layer, _nn.LSTM):
        for number, (part, size) in enumerate(zip(_pair(hidden), (state, memory), strict=False)):
            _state(part, first, size, number)
    else:
        _state(hidden, first, state, 0)


def _pair(hidden: Any) -> Sequence[Any]:
    parts = getattr(hidden, "parts", None)
    if isinstance(hidden, Flow):
        return [Flow(hidden.clue.part(number, "tuple")) for number in (0, 1)]
    return parts if isinstance(parts, tuple) else ()


def _state(value: Any, first: int, size: int, number: int) -> None:
    if isinstance(value, Flow):
        value.layer(3, {0: first, 2: size})
        value.named(1, "batch")


def _cell(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    if args and isinstance(args[0], Flow):
        args[0].layer(2, {1: layer.input_size})
    hidden = args[1] if len(args) > 1 else kwargs.get("hx")
    states = _pair(hidden) if isinstance(layer, _nn.LSTMCell) else [hidden]
    for each in states:
        if isinstance(each, Flow):
            each.layer(2, {1: layer.hidden_size})


def _attention(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    given = dict(zip(("query", "key", "value", "key_padding_mask"), args, strict=False)) | dict(kwargs)
    for name, size in (("query", layer.embed_dim), ("key", layer.kdim), ("value", layer.vdim)):
        if isinstance(given.get(name), Flow):
            given[name].layer(3, {2: size})
            given[name].named(0 if layer.batch_first else 1, "batch")
    _masks(given, ("key_padding_mask",), ("attn_mask",))


def _masks(given: Mapping[str, Any], padding: Sequence[str], square: Sequence[str]) -> None:
    for name in padding:
        if isinstance(given.get(name), Flow):
            given[name].clue.kind("padding")
            if given[name].known:
                given[name].clue.named(("batch", "length"))
    for name in square:
        if isinstance(given.get(name), Flow):
            given[name].clue.named(("length", "length"))
            given[name].clue.kind("float")


def _block(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    """Of a transformer: how wide its sequences are, by the first attention in it."""
    inner = next((each for each in layer.modules() if isinstance(each, _nn.MultiheadAttention)), None)
    if inner is None:
        return None
    given = _by_name(layer, args, kwargs)
    for name in ("src", "tgt", "memory"):
        if isinstance(given.get(name), Flow):
            given[name].layer(3, {2: inner.embed_dim})
            given[name].named(0 if inner.batch_first else 1, "batch")
    masks = [name for name in given if "mask" in name]
    _masks(
        given,
        [name for name in masks if "padding" in name],
        [name for name in masks if "padding" not in name],
    )
    return None


def _by_name(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    code = type(layer).forward.__code__
    names = code.co_varnames[1 : code.co_argcount]
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def _bilinear(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    for value, size in zip(args, (layer.in1_features, layer.in2_features), strict=False):
        if isinstance(value, Flow):
            value.layer(0, {-1: size})


def _flattened(layer: Any, args: Args, kwargs: Mapping[str, Any]) -> Any:
    return args[0].blurred()


_RECURRENT = (_nn.RNNBase,)
_CELLS = (_nn.RNNCellBase,)
_ATTENTION = (_nn.MultiheadAttention,)
_BLOCKS = (
    _nn.TransformerEncoderLayer,
    _nn.TransformerDecoderLayer,
    _nn.TransformerEncoder,
    _nn.TransformerDecoder,
    _nn.Transformer,
)
_POOLS = (
    "MaxPool",
    "AvgPool",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "ZeroPad",
    "ReflectionPad",
    "ReplicationPad",
)
_SAME = ("Dropout", "AlphaDropout", "Upsample", "Identity", "Softmax", "LogSoftmax", "Softplus", "Threshold")

_TABLE: tuple[tuple[tuple[type, ...], Handle], ...] = (
    ((_nn.Linear,), _linear),
    ((_nn.Bilinear,), _bilinear),
    (
        (_nn.Conv1d, _nn.Conv2d, _nn.Conv3d, _nn.ConvTranspose1d, _nn.ConvTranspose2d, _nn.ConvTranspose3d),
        _convolution,
    ),
    ((_nn.Embedding, _nn.EmbeddingBag), _embedding),
    (_RECURRENT, _recurrent),
    (_CELLS, _cell),
    (_ATTENTION, _attention),
    (_BLOCKS, _block),
    ((_nn.LayerNorm, _nn.RMSNorm), _normed),
    ((_nn.GroupNorm,), _grouped),
    ((_nn.BatchNorm1d, _nn.BatchNorm2d, _nn.BatchNorm3d), _normed_channels),
    ((_nn.Flatten,), _flattened),
    (
        tuple(kind for name, kind in vars(_nn).items() if isinstance(kind, type) and name.startswith(_POOLS)),
        _pooled,
    ),
    (
        tuple(
            kind
            for name, kind in vars(_nn).items()
            if isinstance(kind, type)
            and (name.startswith(_SAME) or kind.__module__.endswith(("activation", "dropout")))
            and name != "MultiheadAttention"
        ),
        _same,
    ),
)
