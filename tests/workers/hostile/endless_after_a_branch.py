"""Fails to export, and never returns from forward."""

import torch


class M(torch.nn.Module):
    def forward(self, x):
        if x.sum() > 0:  # fails here
            x = x + 1
        while True:
            x = x + 1
