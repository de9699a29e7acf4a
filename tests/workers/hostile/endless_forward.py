"""Never returns from forward; its loop is one line, whichever instruction runs when it is stopped."""

import torch


class M(torch.nn.Module):
    def forward(self, x):
        count = 0
        while True: count += 1  # stops here  # noqa: E701  # fmt: skip
