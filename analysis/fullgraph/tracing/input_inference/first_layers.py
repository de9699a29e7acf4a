"""Shapes of the main input by the layers of a model, whatever its text says, and those that are usual.

Sizes are neither 0 nor 1, which torch treats apart, and different from each other, so that two that
are equal by accident do not pass for a relation. Heights and widths can be halved five times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from .spec import BELOW, TensorSpec

BATCH, LENGTH, FEATURES, HEIGHT, WIDTH, DEPTH = 2, 24, 48, 32, 64, 16
OTHERS = (12, 14, 18, 22, 26, 34, 38, 42, 46, 52, 54, 58)
OURS = frozenset({LENGTH, FEATURES, *OTHERS})
"""The sizes that are made up, which nothing of the model's asks for."""


def shapes(model: torch.nn.Module) -> Iterator[TensorSpec]:
    """Shapes of the main input: those that the first layers take, then what is usual."""
    seen: set[TensorSpec] = set()
    for spec in (*_of_attributes(model), *_of_layers(model), *_USUAL):
        if spec not in seen:
            seen.add(spec)
            yield spec


def _of_attributes(model: torch.nn.Module) -> Iterator[TensorSpec]:
    """Of an image model that says how large its images are."""
    channels = next((c.in_channels for c in model.modules() if isinstance(c, torch.nn.Conv2d)), 3)
    sizes = picture_size(model)
    if sizes is not None:
        yield TensorSpec((BATCH, channels, *sizes))


def picture_size(model: torch.nn.Module) -> tuple[int, int] | None:
    """The height and width that a module says its images have."""
    for module in model.modules():
        for name in ("image_size", "img_size", "input_resolution", "resolution", "image_resolution"):
            size = vars(module).get(name)
            sizes = (size, size) if isinstance(size, int) else size
            if isinstance(sizes, (tuple, list)) and len(sizes) == 2 and all(map(_is_size, sizes)):
                return sizes[0], sizes[1]
    return None


def _is_size(value: object) -> bool:
    return isinstance(value, int) and value > 1


_USUAL = (
    TensorSpec((BATCH, 3, HEIGHT, WIDTH)),
    TensorSpec((BATCH, LENGTH, FEATURES)),
    TensorSpec((BATCH, FEATURES)),
    TensorSpec((BATCH, LENGTH), "int"),
    TensorSpec((BATCH,)),
    TensorSpec((BATCH, 3, DEPTH, HEIGHT, WIDTH)),
)

_FIRST_LAYERS = 6


def _of_layers(model: torch.nn.Module) -> Iterator[TensorSpec]:
    found = 0
    for layer in model.modules():
        for spec in _of_layer(layer):
            yield spec
            found += 1
        if found >= _FIRST_LAYERS:
            return


def _of_layer(layer: Any) -> Iterator[TensorSpec]:
    for kinds, specs in _LAYERS:
        if isinstance(layer, kinds):
            yield from specs(layer)


def _image(dims: int) -> Callable[[Any], tuple[TensorSpec, ...]]:
    sizes = {1: (WIDTH,), 2: (HEIGHT, WIDTH), 3: (DEPTH, HEIGHT, WIDTH)}[dims]
    return lambda layer: (TensorSpec((BATCH, layer.in_channels, *sizes)),)


def _normed(*sizes: int) -> Callable[[Any], tuple[TensorSpec, ...]]:
    return lambda layer: (TensorSpec((BATCH, layer.num_features, *sizes)),)


def _embedding(layer: Any) -> tuple[TensorSpec, ...]:
    return (TensorSpec((BATCH, LENGTH), "int", max(2, min(layer.num_embeddings, BELOW))),)


def _linear(layer: Any) -> tuple[TensorSpec, ...]:
    return TensorSpec((BATCH, LENGTH, layer.in_features)), TensorSpec((BATCH, layer.in_features))


def _recurrent(layer: Any) -> tuple[TensorSpec, ...]:
    first = (BATCH, LENGTH) if layer.batch_first else (LENGTH, BATCH)
    return (TensorSpec((*first, layer.input_size)),)


_nn = torch.nn
_LAYERS: tuple[tuple[tuple[type, ...], Callable[[Any], tuple[TensorSpec, ...]]], ...] = (
    ((_nn.Conv1d, _nn.ConvTranspose1d), _image(1)),
    ((_nn.Conv2d, _nn.ConvTranspose2d), _image(2)),
    ((_nn.Conv3d, _nn.ConvTranspose3d), _image(3)),
    ((_nn.Embedding, _nn.EmbeddingBag), _embedding),
    ((_nn.Linear,), _linear),
    ((_nn.RNNBase,), _recurrent),
    ((_nn.RNNCellBase,), lambda layer: (TensorSpec((BATCH, layer.input_size)),)),
    ((_nn.MultiheadAttention,), lambda layer: (TensorSpec((BATCH, LENGTH, layer.embed_dim)),)),
    ((_nn.LayerNorm,), lambda layer: (TensorSpec((BATCH, LENGTH, *layer.normalized_shape)),)),
    ((_nn.BatchNorm1d, _nn.InstanceNorm1d), _normed(LENGTH)),
    ((_nn.BatchNorm2d, _nn.InstanceNorm2d), _normed(HEIGHT, WIDTH)),
    ((_nn.BatchNorm3d, _nn.InstanceNorm3d), _normed(DEPTH, HEIGHT, WIDTH)),
    ((_nn.GroupNorm,), lambda layer: (TensorSpec((BATCH, layer.num_channels, HEIGHT, WIDTH)),)),
)
