"""Training step of a sequence model: the target has one token more than the features."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


# fullgraph: args=(torch.randn(2, 7, 32), torch.randint(0, 100, (2, 8))),
#            dynamic_shapes={
#                "features": {0: Dim("batch"), 1: Dim("frames", max=255)},
#                "targets": {0: Dim("batch"), 1: Dim("tokens", max=256)},
#            }
# fullgraph: args=(torch.randn(2, 7, 32), torch.randint(0, 100, (2, 8))),
#            dynamic_shapes={
#                "features": {0: Dim("batch"), 1: Dim("frames", max=255)},
#                "targets": {0: Dim("batch"), 1: Dim("frames", max=255) + 1},
#            }
class TeacherForcing(nn.Module):
    """Mean loss of predicting each token from the one before it and the frame at its place."""

    def __init__(self, vocabulary: int = 100, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.mix = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:
        previous = self.embed(targets[:, :-1])
        hidden = torch.tanh(self.mix(torch.cat([features, previous], dim=-1)))
        return F.cross_entropy(self.head(hidden).flatten(0, 1), targets[:, 1:].flatten())
