"""Never returns from C code, which holds the interpreter's lock: no Python of ours can run any more."""

import ctypes

import torch


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        while True:
            ctypes.PyDLL(None).pause()  # stops here
