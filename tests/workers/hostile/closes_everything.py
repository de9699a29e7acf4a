"""Closes the files it inherited, as daemons do."""

import os

import torch

os.closerange(3, 256)


class M(torch.nn.Module):
    def forward(self, x):
        return x + 1
