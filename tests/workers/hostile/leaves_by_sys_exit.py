"""Raises SystemExit, as a script does at its end."""

import sys

import torch

sys.exit(3)  # raises here


class M(torch.nn.Module):
    pass
