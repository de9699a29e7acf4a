"""Models that reach, together, every private name of torch that the worker uses."""

import torch
from torch import nn
from torch.fx.experimental import dynamic_spec

SPEC = dynamic_spec.ShapesSpec({"x": dynamic_spec.TensorSpec([dynamic_spec.ShapeVar("batch"), None])})


class Works(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.drop = nn.Dropout()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.drop(self.norm(self.layer(x)))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.steps = 0
        self.seen = []

    def forward(self, x):
        self.steps = self.steps + 1
        if x.sum() > 0:
            x = x + 1
        number = x.sum().int().item()
        if number > 3:
            x = x * 2
        for _ in range(number - number + 2):
            x = x + 1
        print(f"{number:.2f}", float(x.mean().item()))
        chosen = x[x > 0]
        x = x + doubled(x)
        if torch.allclose(x, x):
            x = self.layer(x)
        x = x + torch.from_numpy(x.detach().numpy())
        return x, chosen.tolist()


class Divides(nn.Module):
    def forward(self, x):
        return x + 1 if x.shape[0] % 3 == 0 else x


@torch.library.custom_op("nameless::doubled", mutates_args=())
def doubled(x: torch.Tensor) -> torch.Tensor:
    return x * 2


class Breaks(nn.Module):
    def forward(self, x):
        torch._dynamo.graph_break()
        return x


class Specializes(nn.Module):
    def forward(self, x):
        return x.view(3, 4) + x


class Refused(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x.sum(), (x,))


class Folds(nn.Module):
    """Its inputs are inferred: a size has to be solved for."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(4 * 26 * 26, 3)

    def forward(self, x):
        return self.head(self.conv(x).flatten(1))
