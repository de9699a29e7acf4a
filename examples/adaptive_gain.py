"""Adaptive gain in the convention of torch's own ExportDB: `model`, `example_args`, `dynamic_shapes`."""

import torch
from torch import Tensor, nn
from torch.export import Dim


class AdaptiveGain(nn.Module):
    """Brings quiet signals up to a target level and leaves loud ones to a soft limiter."""

    def __init__(self, target: float = 0.1) -> None:
        super().__init__()
        self.target = target

    def boost(self, signal: Tensor) -> Tensor:
        level = signal.square().mean(dim=-1, keepdim=True).sqrt()
        return signal * (self.target / level.clamp(min=1e-4))

    def limit(self, signal: Tensor) -> Tensor:
        return torch.tanh(signal)

    def forward(self, signal: Tensor) -> Tensor:
        loudest = signal.abs().amax()
        return torch.cond(loudest < self.target, self.boost, self.limit, (signal,))


example_args = (torch.randn(2, 1600) * 0.01,)
dynamic_shapes = {"signal": {0: Dim("channels", max=8), 1: Dim("samples", max=480_000)}}
model = AdaptiveGain()
