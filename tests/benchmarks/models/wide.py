"""A model with few operators and many parameters: 20 MB for each layer, and one `if` on data."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.export import Dim

WIDTH = 2236
"""A square matrix of this width takes 20 MB."""


class Wide(nn.Module):
    def __init__(self, megabytes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(megabytes // 20))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        if x.isnan().any():
            x = torch.zeros_like(x)
        return x


ARGS = (torch.randn(2, WIDTH),)
DYNAMIC_SHAPES = {"x": {0: Dim("batch")}}
