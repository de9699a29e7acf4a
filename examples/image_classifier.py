"""A residual network for images of any size that is a multiple of sixteen."""

from torch import Tensor, nn


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.main(x) + self.shortcut(x))


# fullgraph: model=ImageClassifier(classes=10).eval(), args=(torch.rand(2, 3, 64, 96),),
#            dynamic_shapes={
#                "images": {
#                    0: Dim("batch", max=256),
#                    2: 16 * Dim("rows", min=2, max=64),
#                    3: 16 * Dim("columns", min=2, max=64),
#                }
#            }
class ImageClassifier(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stages = nn.Sequential(Residual(3, 16), Residual(16, 32), Residual(32, 64), Residual(64, 128))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(128, classes)

    def forward(self, images: Tensor) -> Tensor:
        normalized = (images - 0.45) / 0.225
        return self.head(self.pool(self.stages(normalized)).flatten(1))
