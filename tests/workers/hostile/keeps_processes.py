"""Starts processes that do not end, in every way that a process can get away from its parent."""

import os
import subprocess
import time

import torch

subprocess.Popen(["sleep", "1000"])
subprocess.Popen(["sleep", "1000"], start_new_session=True)
subprocess.Popen(["setsid", "--fork", "sh", "-c", "sleep 1000 & sleep 1000"])
subprocess.Popen(["sh", "-c", "trap '' TERM INT HUP USR2; sleep 1000 & sleep 1000 & wait"])

if os.fork() == 0:  # inherits every pipe
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)


class M(torch.nn.Module):
    def forward(self, x):
        return x + 1
