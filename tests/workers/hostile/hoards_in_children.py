"""Takes much memory in many processes, each of which stays below the limit, in sessions of their own."""

import subprocess
import sys

import torch

TAKE = "import time; held = b'x' * (120 << 20); print(flush=True); time.sleep(1000)"


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        while True:
            child = subprocess.Popen(
                [sys.executable, "-S", "-c", TAKE], stdout=subprocess.PIPE, start_new_session=True
            )
            child.stdout.readline()
