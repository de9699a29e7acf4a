"""Inputs that are found by looking: the model runs with them, and their text makes them again."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn

from fullgraph.tracing.inputs import Found, NothingFound, search  # noqa: E402

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
    [Digits, Translator, Asserting, Attention, Counting, lambda: nn.LSTM(12, 7), lambda: nn.Conv3d(2, 4, 3)],
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
