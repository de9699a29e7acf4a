"""Closes every file there can be."""

import os

import torch

os.closerange(3, 1 << 16)


class M(torch.nn.Module):
    def forward(self, x):
        return x + 1
