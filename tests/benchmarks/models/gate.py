"""A small model as one edits it, with one `if` on data."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.export import Dim


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 8))

    def forward(self, x: Tensor) -> Tensor:
        if x.abs().max() > 3:
            x = x.clamp(-3, 3)
        return self.layers(x).softmax(dim=-1)


ARGS = (torch.randn(4, 32),)
DYNAMIC_SHAPES = {"x": {0: Dim("batch")}}
