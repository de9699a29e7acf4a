"""The first look at a file of 5,000 lines, parsed already: what a keystroke costs in text that is being typed."""

from __future__ import annotations

import time
from collections.abc import Callable

from fullgraph import static
from fullgraph.text.source import SourceText, SyntaxProblem, parse_module

from .measuring import Sample, Table, in_turn

_HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"
_CLASS = '''
def gate{n}(x, scale=1.0):
    """A function that the class calls."""
    y = x * scale
    for i in range(3):
        y = y + F.relu(y[i : i + 1]) * 0.5
    return torch.where(y > 0, y, -y)


class Block{n}(nn.Module):
    def __init__(self, hidden=64, heads=4, bias=True):
        super().__init__()
        self.hidden, self.heads = hidden, heads
        self.first = nn.Linear(hidden, 4 * hidden, bias=bias)
        self.second = nn.Linear(4 * hidden, hidden, bias=bias)
        self.norm = nn.LayerNorm(hidden)
        self.layers = nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(3)])
        self.register_buffer("mean", torch.zeros(hidden))

    def attend(self, query, key, value, mask=None):
        batch, length, _ = query.shape
        query = query.view(batch, length, self.heads, -1).transpose(1, 2)
        key = key.view(batch, length, self.heads, -1).transpose(1, 2)
        value = value.view(batch, length, self.heads, -1).transpose(1, 2)
        scores = query @ key.transpose(-1, -2) / (self.hidden // self.heads) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, float("-inf"))
        weights = F.softmax(scores, dim=-1)
        return (weights @ value).transpose(1, 2).reshape(batch, length, -1)

    def forward(self, x, mask=None):
        residual = x
        x = self.norm(x)
        x = self.attend(x, x, x, mask) + residual
        outputs = []
        for index, layer in enumerate(self.layers):
            x = x + F.gelu(layer(x))
            if index % 2 == 0 and x.shape[1] > 3:
                outputs.append(x)
        if x.isnan().any():
            x = torch.zeros_like(x)
        hidden = self.second(F.gelu(self.first(x)))
        if self.training:
            hidden = F.dropout(hidden, 0.1)
        return gate{n}(hidden), outputs
'''
LINES = 5000


def text() -> str:
    each = len(_CLASS.splitlines())
    return _HEAD + "".join(_CLASS.replace("{n}", str(number)) for number in range(LINES // each + 1))


def _milliseconds(do: Callable[[], object]) -> Sample:
    """Of this thread's processor time, of which a busy machine takes none away."""
    begun = time.thread_time()
    do()
    return Sample(1000 * (time.thread_time() - begun))


def run(rounds: int = 20) -> Table:
    source = SourceText("/project/model.py", text())
    tree = parse_module(source.normal)
    assert not isinstance(tree, SyntaxProblem)
    rows = in_turn(
        {
            "parsing": lambda: _milliseconds(lambda: parse_module(source.normal)),
            "the first look": lambda: _milliseconds(lambda: static.find_in(source, tree, "model")),
        },
        rounds,
        "ms",
    )
    return Table(f"The first look at {len(source.lines)} lines", rows)
