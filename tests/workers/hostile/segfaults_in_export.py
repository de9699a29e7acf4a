"""Crashes only where it is traced, after its eager run went well."""

import ctypes

import torch


class M(torch.nn.Module):
    def forward(self, x):
        if type(x) is not torch.Tensor:
            ctypes.string_at(0)  # stops here
        return x + 1
