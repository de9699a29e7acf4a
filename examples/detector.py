"""A single-scale detector: heads over a small backbone, then score threshold and suppression."""

import torch
from torch import Tensor, nn

from boxes import decode, suppress


class Heads(nn.Module):
    """Class scores, box deltas and mask coefficients for every cell of the feature map."""

    def __init__(self, channels: int, classes: int, prototypes: int) -> None:
        super().__init__()
        self.scores = nn.Conv2d(channels, classes, 1)
        self.deltas = nn.Conv2d(channels, 4, 1)
        self.coefficients = nn.Conv2d(channels, prototypes, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scores = self.scores(features).flatten(2).transpose(1, 2).sigmoid()
        deltas = self.deltas(features).flatten(2).transpose(1, 2)
        coefficients = self.coefficients(features).flatten(2).transpose(1, 2).tanh()
        return scores, deltas, coefficients


# fullgraph: args=(torch.rand(1, 3, 64, 64),)
class Detector(nn.Module):
    """Boxes, labels, scores and instance masks of one image."""

    def __init__(self, classes: int = 3, prototypes: int = 8, threshold: float = 0.5) -> None:
        super().__init__()
        self.threshold = threshold
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=4, padding=1),
            nn.ReLU(),
        )
        self.heads = Heads(32, classes, prototypes)
        self.prototypes = nn.Conv2d(32, prototypes, 3, padding=1)

    def anchors(self, height: int, width: int) -> Tensor:
        ys, xs = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        centers = torch.stack([xs, ys], dim=-1).reshape(-1, 2) * 8.0 + 4.0
        return torch.cat([centers, torch.full_like(centers, 16.0)], dim=-1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        features = self.backbone(image)
        scores, deltas, coefficients = self.heads(features)
        boxes = decode(self.anchors(features.shape[2], features.shape[3]), deltas[0])

        best, labels = scores[0].max(dim=-1)
        candidates = (best > self.threshold).nonzero().squeeze(1)
        kept = candidates[suppress(boxes[candidates], best[candidates], threshold=0.6)]

        masks = torch.einsum("nk,khw->nhw", coefficients[0, kept], self.prototypes(features)[0])
        return boxes[kept], labels[kept], best[kept], masks.sigmoid() > 0.5
