"""The first guesses: what the signature, the parameters' names and the layers say of a model's inputs.

Sizes are neither 0 nor 1, which torch treats apart, and different from each other, so that two that
are equal by accident do not pass for a relation. Heights and widths can be halved five times.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch

from .spec import BELOW, Argument, Candidate, Constant, Group, Spec, TensorSpec

BATCH, LENGTH, FEATURES, HEIGHT, WIDTH, DEPTH = 2, 24, 48, 32, 64, 16

_NAMES: tuple[tuple[str, str], ...] = (
    (r"mask|.*_mask|mask_.*|.*padding", "mask"),
    (r"t|time|times|timesteps?|time_?steps?|.*lengths?|lens?|sigma|noise_level", "vector"),
    (r".*(ids|idx|indices|index|tokens?|labels?|targets?|classes)|y_?true|y", "ints"),
    (r"edge_index", "edges"),
    (r"(h|hidden|hx|cx|state|cache|memory)(_?\d)?", "state"),
    (r"is_.*|use_.*|return_.*|training|inplace|verbose|debug", "flag"),
    (r"mode|reduction|name|method|task", "word"),
    (r"height|width|h|w|size|steps?|dim|n|num_.*|n_.*|scale(_factor)?|epoch|iteration", "number"),
)

_SIZES = f"({BATCH}, 3, {HEIGHT}, {WIDTH})"
_TENSORS = "[]"  # several of them
_PLAIN: tuple[tuple[str, str], ...] = (
    (r"bool", "False"),
    (r"int", "4"),
    (r"float", "0.5"),
    (r"str", "''"),
    (r"dict.*", "{}"),
    (r"Callable.*", "torch.nn.Identity()"),
    (r"(tuple|list|Sequence)\[int, int\]", f"({HEIGHT}, {WIDTH})"),
    (r"Size|(tuple|list|Sequence)\[int.*", _SIZES),
    (r"(tuple|list|Sequence|Iterable)\[Tensor.*", _TENSORS),
)
"""Annotations, without what is before their names; a tensor that may be something else is a tensor."""


def parameters(model: torch.nn.Module) -> tuple[tuple[inspect.Parameter, ...], bool]:
    """What forward must be given, and whether it takes any number of further arguments."""
    try:
        signature = inspect.signature(model.forward)
    except (TypeError, ValueError):
        return (), True
    given = signature.parameters.values()
    needed = tuple(
        p for p in given if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    )
    return needed, any(p.kind is p.VAR_POSITIONAL for p in given)


def first(model: torch.nn.Module) -> Iterator[Candidate]:
    """Candidates, the likeliest first."""
    needed, more = parameters(model)
    if not needed and not more:
        yield ()
    names = [p.name for p in needed] or ["args"]
    seen = set()
    for main in shapes(model):
        for named in (True, False):
            candidate = tuple(
                Argument(name, spec_for(name, annotation, main, named), keyword)
                for name, annotation, keyword in (
                    [(p.name, p.annotation, p.kind is p.KEYWORD_ONLY) for p in needed]
                    or [("args", None, False)]
                )
            )
            if candidate not in seen and names:
                seen.add(candidate)
                yield candidate


def spec_for(name: str, annotation: Any, main: TensorSpec, named: bool) -> Spec:
    plain = _plain(annotation)
    if plain is not None:
        return Group((main,) * 4) if plain.text == _TENSORS else plain
    kind = (
        next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, name.lower())), "") if named else ""
    )
    vector = main.sizes[:1]
    table: dict[str, Spec] = {
        "mask": TensorSpec((*vector, LENGTH), "bool"),
        "vector": TensorSpec(vector, "int"),
        "edges": TensorSpec((2, LENGTH), "int", 2),
        "flag": Constant("False"),
        "word": Constant("''"),
    }
    if kind == "ints":
        return TensorSpec(main.sizes[:2] if len(main.sizes) < 4 else vector, "int", main.below)
    return table.get(kind, main)


def _plain(annotation: Any) -> Constant | None:
    if annotation in (None, inspect.Parameter.empty):
        return None
    named = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    said = annotation.__name__ if named else str(annotation)
    said = re.sub(r"\b(?:\w+\.)+|^Optional\[|\s*\|\s*None", "", said)
    said = re.sub(r"^(Tuple|List|Dict)\b", lambda match: match[0].lower(), said)
    return next((Constant(text) for pattern, text in _PLAIN if re.fullmatch(pattern, said)), None)


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
    for module in model.modules():
        for name in ("image_size", "img_size", "input_resolution", "resolution"):
            size = vars(module).get(name)
            sizes = (size, size) if isinstance(size, int) else size
            if (
                isinstance(sizes, tuple)
                and len(sizes) == 2
                and all(isinstance(n, int) and n > 1 for n in sizes)
            ):
                yield TensorSpec((BATCH, channels, *sizes))
                return


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
