"""Encoder for batches of utterances of different length, padded to the longest."""

import torch
from torch import Tensor, nn


def trim(features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """The features up to the longest utterance, and a mask that is True where a frame is speech."""
    longest = lengths.max().item()
    if longest < features.shape[1]:
        features = features[:, :longest]
    return features, torch.arange(features.shape[1]) < lengths[:, None]


class ConvolutionBlock(nn.Module):
    def __init__(self, width: int, kernel: int = 7) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.pointwise = nn.Linear(width, width)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        inner = self.norm(frames).masked_fill(~mask.unsqueeze(-1), 0.0)
        inner = self.depthwise(inner.transpose(1, 2)).transpose(1, 2)
        return frames + self.pointwise(nn.functional.silu(inner))


# fullgraph: model=SpeechEncoder(), args=(torch.randn(3, 50, 80), torch.tensor([50, 31, 42])),
#            dynamic_shapes={
#                "features": {0: Dim("batch"), 1: Dim("frames", max=3000)},
#                "lengths": {0: Dim("batch")},
#            }
class SpeechEncoder(nn.Module):
    """One vector per utterance: the mean over its own frames."""

    def __init__(self, bins: int = 80, width: int = 64, layers: int = 2) -> None:
        super().__init__()
        self.project = nn.Linear(bins, width)
        self.blocks = nn.ModuleList(ConvolutionBlock(width) for _ in range(layers))

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        features, mask = trim(features, lengths)
        frames = self.project(features)
        for block in self.blocks:
            frames = block(frames, mask)
        frames = frames.masked_fill(~mask.unsqueeze(-1), 0.0)
        return frames.sum(dim=1) / lengths.unsqueeze(-1)
