"""Allocates without end, and touches what it gets."""

import torch


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hoard = []
        while True:
            self.hoard.append(b"x" * (1 << 24))  # allocates here
