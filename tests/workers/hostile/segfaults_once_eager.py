"""Crashes only where it runs on real tensors: in the step aside, not in the trace's own process."""

import ctypes

import torch


class M(torch.nn.Module):
    def forward(self, x):
        if type(x) is torch.Tensor:
            ctypes.string_at(0)  # stops here
        if x.sum() > 0:
            return x
        return -x
