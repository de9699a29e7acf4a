"""Points to pillars: a bird's-eye grid from a cloud of lidar returns."""

import torch
from torch import Tensor, nn


# fullgraph: model=PillarEncoder(), args=(torch.rand(200, 4) * 8,),
#            dynamic_shapes={"points": {0: Dim("points")}}
class PillarEncoder(nn.Module):
    """Points `(x, y, z, reflectance)` inside the range, averaged per cell, as an image."""

    def __init__(self, cells: int = 16, cell_size: float = 0.5, channels: int = 32) -> None:
        super().__init__()
        self.cells = cells
        self.cell_size = cell_size
        self.embed = nn.Sequential(nn.Linear(4, channels), nn.ReLU(), nn.Linear(channels, channels))
        self.context = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, points: Tensor) -> Tensor:
        inside = (points[:, 2] > 0.2) & (points[:, 2] < 6.0)
        points = points[inside.nonzero().squeeze(1)]

        cell = (points[:, :2] / self.cell_size).long().clamp(0, self.cells - 1)
        index = cell[:, 1] * self.cells + cell[:, 0]
        pillars, members = torch.unique(index, return_inverse=True)

        features = self.embed(points)
        sums = features.new_zeros(len(pillars), features.shape[1]).index_add_(0, members, features)
        counts = torch.bincount(members, minlength=len(pillars)).unsqueeze(1)

        grid = features.new_zeros(self.cells * self.cells, features.shape[1])
        grid[pillars] = sums / counts
        return self.context(grid.T.reshape(1, -1, self.cells, self.cells))


# fullgraph: model=ScatterEncoder(), args=(torch.rand(200, 4) * 8,),
#            dynamic_shapes={"points": {0: Dim("points")}}
class ScatterEncoder(nn.Module):
    """The same grid without lists of pillars: every point scatters into the grid with its weight."""

    def __init__(self, cells: int = 16, cell_size: float = 0.5, channels: int = 32) -> None:
        super().__init__()
        self.cells = cells
        self.cell_size = cell_size
        self.embed = nn.Sequential(nn.Linear(4, channels), nn.ReLU(), nn.Linear(channels, channels))
        self.context = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, points: Tensor) -> Tensor:
        inside = ((points[:, 2] > 0.2) & (points[:, 2] < 6.0)).to(points.dtype)
        cell = (points[:, :2] / self.cell_size).long().clamp(0, self.cells - 1)
        index = cell[:, 1] * self.cells + cell[:, 0]

        features = self.embed(points) * inside.unsqueeze(1)
        grid = features.new_zeros(self.cells * self.cells, features.shape[1]).index_add(0, index, features)
        counts = features.new_zeros(self.cells * self.cells).index_add(0, index, inside).clamp(min=1.0)
        grid = grid / counts.unsqueeze(1)
        return self.context(grid.T.reshape(1, -1, self.cells, self.cells))
