"""Semantic segmentation that returns its results by name."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass
class Segmentation:
    logits: Tensor
    labels: Tensor
    confidence: Tensor


# fullgraph: args=(torch.rand(1, 3, 48, 48),), dynamic_shapes={"image": {0: Dim("batch", max=32)}}
class Segmenter(nn.Module):
    def __init__(self, classes: int = 5) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.classify = nn.Conv2d(32, classes, 1)

    def forward(self, image: Tensor) -> Segmentation:
        coarse = self.classify(self.encode(image))
        logits = nn.functional.interpolate(coarse, size=image.shape[-2:], mode="bilinear")
        confidence, labels = logits.softmax(dim=1).max(dim=1)
        return Segmentation(logits=logits, labels=labels, confidence=confidence)
