"""A level of a denoising network: time embedding, residual blocks, attention, down and up again."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def time_embedding(steps: Tensor, width: int) -> Tensor:
    """Sine and cosine of `steps` at geometrically spaced frequencies: `[batch, width]`."""
    frequencies = torch.exp(-math.log(10_000.0) * torch.arange(width // 2) / (width // 2))
    angles = steps[:, None].float() * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def convolution(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))


class TimedResidual(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first = convolution(channels)
        self.time = nn.Linear(width, channels)
        self.second = convolution(channels)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        return x + self.second(self.first(x) + self.time(time)[:, :, None, None])


class SpatialAttention(nn.Module):
    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, 3, self.heads, channels // self.heads, height * width)
        query, key, value = qkv.transpose(-1, -2).unbind(1)
        attended = F.scaled_dot_product_attention(query, key, value)
        return x + self.out(attended.transpose(-1, -2).reshape(batch, channels, height, width))


# fullgraph: args=(torch.randn(2, 4, 32, 32), torch.tensor([10, 500])),
#            dynamic_shapes={
#                "noisy": {
#                    0: Dim("batch", max=16),
#                    2: 2 * Dim("rows", max=64),
#                    3: 2 * Dim("columns", max=64),
#                },
#                "steps": {0: Dim("batch", max=16)},
#            }
class DiffusionBlock(nn.Module):
    """Predicts the noise in `noisy`, one level deep."""

    def __init__(self, inputs: int = 4, channels: int = 32) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(channels, channels), nn.SiLU(), nn.Linear(channels, channels))
        self.enter = nn.Conv2d(inputs, channels, 3, padding=1)
        self.down = TimedResidual(channels, channels)
        self.middle = SpatialAttention(channels)
        self.up = TimedResidual(channels, channels)
        self.leave = nn.Conv2d(2 * channels, inputs, 3, padding=1)

    def forward(self, noisy: Tensor, steps: Tensor) -> Tensor:
        time = self.time(time_embedding(steps, self.enter.out_channels))
        skip = self.down(self.enter(noisy), time)
        inner = self.middle(F.avg_pool2d(skip, 2))
        inner = self.up(F.interpolate(inner, scale_factor=2.0, mode="nearest"), time)
        return self.leave(torch.cat([skip, inner], dim=1))
