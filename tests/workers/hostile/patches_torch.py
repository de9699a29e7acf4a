"""Leaves nothing of torch as it was."""

import torch

torch.Tensor.sum = torch.Tensor.add = torch.nn.Module.__call__ = torch.export.export = None


class M(torch.nn.Module):
    def forward(self, x):
        return x + 1
