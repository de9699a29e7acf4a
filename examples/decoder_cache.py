"""One step of a decoder with a key/value cache: kept in a list, or in buffers of fixed size."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def split_heads(projected: Tensor, heads: int) -> Tensor:
    """`[batch, time, heads * size]` → `[batch, heads, time, size]`"""
    return projected.unflatten(-1, (heads, -1)).transpose(1, 2)


# fullgraph: model=GrowingCacheAttention(64), args=(torch.randn(1, 1, 64),)
class GrowingCacheAttention(nn.Module):
    """Appends the keys and values of every step to what came before."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []

    def forward(self, token: Tensor) -> Tensor:
        query, key, value = (split_heads(part, self.heads) for part in self.qkv(token).chunk(3, dim=-1))
        self.keys.append(key)
        self.values.append(value)
        attended = F.scaled_dot_product_attention(
            query, torch.cat(self.keys, dim=2), torch.cat(self.values, dim=2)
        )
        return self.out(attended.transpose(1, 2).flatten(2))


# fullgraph: model=StaticCacheAttention(64), args=(torch.randn(1, 1, 64), torch.tensor([3]))
class StaticCacheAttention(nn.Module):
    """Writes keys and values at `position` into buffers that hold `capacity` steps."""

    def __init__(self, width: int, heads: int = 4, capacity: int = 128) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        shape = (1, heads, capacity, width // heads)
        self.register_buffer("keys", torch.zeros(shape), persistent=False)
        self.register_buffer("values", torch.zeros(shape), persistent=False)

    def forward(self, token: Tensor, position: Tensor) -> Tensor:
        query, key, value = (split_heads(part, self.heads) for part in self.qkv(token).chunk(3, dim=-1))
        self.keys.index_copy_(2, position, key)
        self.values.index_copy_(2, position, value)
        # Positions that are not written yet are masked out: the shapes never depend on the step.
        written = (torch.arange(self.keys.shape[2]) <= position)[None, None]
        attended = F.scaled_dot_product_attention(query, self.keys, self.values, attn_mask=written)
        return self.out(attended.transpose(1, 2).flatten(2))
