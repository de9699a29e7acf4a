"""Two operators of our own, as they would wrap a compiled kernel, and the models that call them."""

import torch
from torch import Tensor, nn


@torch.library.custom_op("fullgraph_examples::rotate_pairs", mutates_args=())
def rotate_pairs(x: Tensor, angle: Tensor) -> Tensor:
    """Rotates each pair of neighbouring features by its angle (rotary position embedding)."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


@rotate_pairs.register_fake
def _(x: Tensor, angle: Tensor) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


@torch.library.custom_op("fullgraph_examples::quantize_rows", mutates_args=())
def quantize_rows(x: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Symmetric integers per row, and the scale of each row."""
    limit = 2 ** (bits - 1) - 1
    scale = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-8) / limit
    return (x / scale).round().clamp(-limit, limit).to(torch.int8), scale


# fullgraph: model=RotaryProjection(64), args=(torch.randn(2, 16, 64),),
#            dynamic_shapes={"x": {0: Dim("batch"), 1: Dim("time", max=512)}}
class RotaryProjection(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, width)
        frequencies = 10_000.0 ** (-torch.arange(0, width, 2) / width)
        self.register_buffer("frequencies", frequencies)

    def forward(self, x: Tensor) -> Tensor:
        positions = torch.arange(x.shape[1], dtype=x.dtype)
        angle = positions[:, None] * self.frequencies
        return rotate_pairs(self.project(x), angle)


# fullgraph: model=QuantizedLinear(64, 32), args=(torch.randn(8, 64),),
#            dynamic_shapes={"x": {0: Dim("batch")}}
class QuantizedLinear(nn.Module):
    """Activations are quantised on the fly, weights once at load time."""

    def __init__(self, inputs: int, outputs: int, bits: int = 8) -> None:
        super().__init__()
        self.bits = bits
        weight, scale = quantize_rows(torch.randn(outputs, inputs), bits)
        self.register_buffer("weight", weight)
        self.register_buffer("weight_scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        quantized, scale = quantize_rows(x, self.bits)
        product = quantized.float() @ self.weight.float().T
        return product * scale * self.weight_scale.T
