"""Inputs that are found by looking: the model runs with them, and their text makes them again."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.tracing.input_inference.search import Found, NothingFound, search
from torch import nn

SECONDS = 60.0
"""Far more than is needed, so that a busy machine fails no test."""


class Digits(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(28 * 28, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x: Any) -> Any:
        return self.layers(x.view(x.shape[0], -1))


class Translator(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(3, 16)
        self.block = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)

    def forward(self, words: Any) -> Any:
        batch, length = words.shape
        return self.block(self.words(words)).view(batch, length, 4, 4)


class Asserting(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.channels = 5

    def forward(self, image: Any) -> Any:
        b, c, h, w = image.shape
        assert c == self.channels
        if h % 7 != 0:
            raise ValueError
        return image.reshape(b, c, h // 7, 7, w)


class Similarity(nn.Module):  # type: ignore[misc]
    """Wants images between 0 and 1, which are large."""

    def forward(self, image: Any, other: Any) -> Any:
        for each in (image, other):
            if each.min() < 0 or each.max() > 1:
                raise ValueError("Expected values to be lower or equal to 1.0")
            if min(each.shape[-2:]) < 161:
                raise ValueError("Image size should be larger than 160")
        return (image - other).square().mean()


class Contrastive(nn.Module):  # type: ignore[misc]
    """Needs an argument that has a default."""

    def forward(self, embeddings: Any, indices: Any = None, labels: Any = None) -> Any:
        if labels is None:
            raise ValueError("labels are required for this loss")
        if labels.dim() != 1 or labels.is_floating_point():
            raise ValueError("labels must be a 1D tensor of integers")
        return embeddings[labels == labels[0]].sum()


class Attention(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(24, 8), nn.Linear(40, 8)

    def forward(self, x: Any, context: Any, scale: float, causal: bool) -> Any:
        weights = self.query(x) @ self.key(context).transpose(1, 2) * scale
        return weights.softmax(-1) if not causal else weights


class Counting(nn.Module):  # type: ignore[misc]
    """Reads data, and keeps something of it."""

    def forward(self, x: Any) -> Any:
        self.seen = x.sum().item()
        return x * self.seen


@pytest.mark.parametrize(
    "kind",
    [
        Digits,
        Translator,
        Asserting,
        Similarity,
        Contrastive,
        Attention,
        Counting,
        lambda: nn.LSTM(12, 7),
        lambda: nn.Conv3d(2, 4, 3),
    ],
)
def test_the_model_runs_with_what_is_found(kind: Any) -> None:
    model = kind().eval()
    before = dict(vars(model))
    found = search(model, SECONDS)
    assert isinstance(found, Found), found
    assert dict(vars(model)) == before, "the search leaves nothing in the model"
    args = eval(found.args, {"torch": torch})
    model(*args, **eval(found.kwargs or "{}", {"torch": torch}))
    sizes = [size for leaf in torch.utils._pytree.tree_leaves(args) for size in getattr(leaf, "shape", ())]
    assert all(size > 1 for size in sizes)


def test_a_model_that_nothing_fits_says_what_stopped_it() -> None:
    class Odd(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x.no_such_thing()

    found = search(Odd(), 0.5)
    assert isinstance(found, NothingFound)
    assert "no_such_thing" in found.reason
    assert found.tried > 1


def test_one_try_that_takes_too_long_is_ended() -> None:
    class Slow(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            while True:
                x = x + 1

    found = search(Slow(), 0.5)
    assert isinstance(found, NothingFound)
    assert "too long" in found.reason
