"""Sizes for the names of dimensions: the same name is one size wherever it stands in a signature.

A name may be an attribute of the model (`n_mels`, `head_dim`): then the model says the size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import torch

from .first_layers import BATCH, DEPTH, FEATURES, HEIGHT, LENGTH, OTHERS, WIDTH

_USUAL: tuple[tuple[str, int], ...] = (
    (r"b|bs|bsz|bz|batch|batch_?size|n_batch|batches|n_samples|nbatch|minibatch", BATCH),
    (
        r"t|l|s|seq|seq_?len(?:gth)?|time|time_?steps?|length|len|src_?len|sequence(?:_length)?|max_len|n_ctx|tokens?",
        LENGTH,
    ),
    (r"h|height|img_h|hh", HEIGHT),
    (r"w|width|img_w|ww", WIDTH),
    (r"c|channels?|in_channels|c_in|in_chans|rgb", 3),
    (r"d|dim|features?|hidden|d_model|embed_dim|emb|f|e|hidden_dim|hidden_size|feat", FEATURES),
    (r"depth|frames?|z", DEPTH),
    (r"nodes?|num_nodes|v|points?|num_points", 20),
    (r"edges?|num_edges", 28),
    (r"samples|n_frames|audio_len", 1024),
)
_WIDTHS = (
    "{}_dim",
    "{}_size",
    "{}_features",
    "{}_channels",
    "{}_ch",
    "dim_{}",
    "{}_width",
    "n_{}",
    "num_{}",
    "d_{}",
)
_SEGMENTS = ("segment_size", "segment_length", "segment_len", "chunk_size", "crop_length")
_LONGEST_SEGMENT = 512
_GENERIC = frozenset({*"bntlshwcdefvzkxy", "batch", "length", "time"})


class Dimensions:
    """The sizes that have been given to names so far."""

    def __init__(self, model: torch.nn.Module) -> None:
        self._given: dict[str, int] = {}
        self._attributes = dict(_attributes(model))
        self._segment = next((self._attributes[name] for name in _SEGMENTS if name in self._attributes), 0)

    def size(self, name: str, dim: int) -> int:
        """Of a name (`head_dim`, `seq`), a number, or an expression; `dim` is where it stands."""
        name = name.strip().lower().strip("_")
        if name.isdigit():
            return int(name)
        if name in ("n", "batch") and dim == 0:
            return BATCH
        computed = self._computed(name, dim)
        if computed is not None:
            return computed
        if name not in self._given:
            self._given[name] = self._attributes.get(name) or self._usual(name)
        return self._given[name]

    def of_input(self, name: str) -> int | None:
        """The width that the model says an input has: of `state` a `state_dim`."""
        name = name.lower()
        stems = dict.fromkeys((name, name.rstrip("s"), name.rstrip("0123456789")))
        return next(
            (
                self._attributes[pattern.format(stem)]
                for stem in stems
                for pattern in _WIDTHS
                if pattern.format(stem) in self._attributes
            ),
            None,
        )

    @property
    def length(self) -> int:
        """Of sequences: as long as the model can cut a segment from."""
        return max(LENGTH, 2 * self._segment if self._segment <= _LONGEST_SEGMENT else 0)

    def _usual(self, name: str) -> int:
        for pattern, size in _USUAL:
            if re.fullmatch(pattern, name):
                return self.length if size == LENGTH else size
        taken = set(self._given.values()) | {size for _, size in _USUAL}
        return next((size for size in OTHERS if size not in taken), 62)

    def _computed(self, name: str, dim: int) -> int | None:
        """`enc_hid_dim * 2`, `3*H`, `T//4`."""
        match = re.fullmatch(r"(\w+?)_?([*]|//?|\+)_?(\w+)", name)
        if not match or not (match[1].isdigit() or match[3].isdigit()):
            return None
        one, other = self.size(match[1], dim), self.size(match[3], dim)
        if match[2] == "*":
            return one * other
        return one + other if match[2] == "+" else max(1, one // (other or 1))


def _attributes(model: torch.nn.Module) -> Iterator[tuple[str, int]]:
    """The whole numbers that modules and their configurations hold, those of the outermost module last."""
    for module in reversed(list(model.modules())):
        for holder in (*_configurations(module), vars(module)):
            for name, value in holder.items():
                plain = isinstance(value, int) and not isinstance(value, bool)
                if plain and value > 1 and name.lower() not in _GENERIC:
                    yield name.lower(), value


def _configurations(module: torch.nn.Module) -> Iterator[dict[str, Any]]:
    for name in ("config", "cfg", "args", "hparams", "opt", "params"):
        held = vars(module).get(name)
        if isinstance(held, dict):
            yield {key: value for key, value in held.items() if isinstance(key, str)}
        elif held is not None and hasattr(held, "__dict__"):
            yield vars(held)
