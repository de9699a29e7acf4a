"""Exports. What comes after a hostile module must find this as it is."""

import torch


class M(torch.nn.Module):
    def forward(self, x):
        return x.sum() + 1
