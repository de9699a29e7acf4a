"""A transformer encoder over padded token ids."""

import torch
from torch import Tensor, nn


# fullgraph: model=TextEncoder().eval(),
#            args=(torch.randint(1, 1000, (2, 12)), torch.arange(12) < torch.tensor([[12], [7]])),
#            dynamic_shapes={
#                "tokens": {0: Dim("batch", max=64), 1: Dim("length", max=512)},
#                "mask": {0: Dim("batch", max=64), 1: Dim("length", max=512)},
#            }
class TextEncoder(nn.Module):
    """The mean of the token vectors where `mask` is True, after a few layers of attention."""

    def __init__(self, vocabulary: int = 1000, width: int = 64, layers: int = 2, longest: int = 512) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(longest, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, nhead=4, dim_feedforward=128, batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        hidden = self.tokens(tokens) + self.positions(positions)

        # A batch without padding needs no mask, and attention has a faster kernel for that.
        padding = None if mask.all() else ~mask
        for layer in self.layers:
            hidden = layer(hidden, src_key_padding_mask=padding)
        hidden = self.norm(hidden)

        if padding is None:
            return hidden.mean(dim=1)
        return hidden.masked_fill(padding.unsqueeze(-1), 0.0).sum(dim=1) / mask.sum(dim=1, keepdim=True)
