"""Calibration: observers record the range of what flows through a network before it is quantised."""

import torch
from torch import Tensor, nn


class RangeObserver(nn.Module):
    """Smallest and largest value seen so far, kept as plain attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.low = torch.tensor(float("inf"))
        self.high = torch.tensor(float("-inf"))
        self.batches = 0

    def forward(self, x: Tensor) -> Tensor:
        self.low = torch.minimum(self.low, x.detach().amin())
        self.high = torch.maximum(self.high, x.detach().amax())
        self.batches += 1
        return x


class BufferedRangeObserver(nn.Module):
    """The same in buffers, updated in place."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.tensor(float("inf")))
        self.register_buffer("high", torch.tensor(float("-inf")))

    def forward(self, x: Tensor) -> Tensor:
        self.low.copy_(torch.minimum(self.low, x.detach().amin()))
        self.high.copy_(torch.maximum(self.high, x.detach().amax()))
        return x


# fullgraph: model=Calibrated(RangeObserver()), args=(torch.randn(4, 16),)
# fullgraph: model=Calibrated(BufferedRangeObserver()), args=(torch.randn(4, 16),),
#            dynamic_shapes={"x": {0: Dim("batch")}}
class Calibrated(nn.Module):
    """Two layers with an observer between them; returns the output and the range seen."""

    def __init__(self, observer: nn.Module) -> None:
        super().__init__()
        self.first = nn.Linear(16, 32)
        self.observer = observer
        self.second = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.observer(self.first(x).relu())
        return self.second(hidden), self.observer.high - self.observer.low
