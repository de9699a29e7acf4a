"""Crashes in C."""

import ctypes

import torch


class M(torch.nn.Module):
    def forward(self, x):
        ctypes.string_at(0)  # stops here
        return x
