"""Never returns from forward."""

import torch


class M(torch.nn.Module):
    def forward(self, x):
        count = 0
        while True: count += 1  # stops here  # noqa: E701  # fmt: skip (one line, whichever instruction runs)
