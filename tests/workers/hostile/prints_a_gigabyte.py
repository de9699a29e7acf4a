"""Floods standard output and error, through Python and past it."""

import os
import sys

import torch

MEGABYTE = "x" * (1 << 20)


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for _ in range(350):
            print(MEGABYTE)
            print(MEGABYTE, file=sys.stderr)
            os.write(1, MEGABYTE.encode())

    def forward(self, x):
        return x + 1
