"""Writes what looks like messages of ours, and what does not, to every file it finds."""

import contextlib
import os
from pathlib import Path

import torch

LIES = (b'{"trace": 1, "end": null}\n', b'\n{"trace":1,"done":true}\n', b'{"is": "Facts"', b"\0\xff" * 100)
OPEN = [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if int(entry.name) > 2]


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lie()

    def lie(self):
        for fd in OPEN:
            for lie in LIES:
                with contextlib.suppress(OSError):
                    os.write(fd, lie)

    def forward(self, x):
        self.lie()
        return x + 1
