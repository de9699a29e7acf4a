"""Starts processes that do not end, and does not end itself."""

import subprocess
import time

import torch

subprocess.Popen(["sleep", "1000"])
subprocess.Popen(["sleep", "1000"], start_new_session=True)
subprocess.Popen(["setsid", "--fork", "sleep", "1000"])
time.sleep(1000)


class M(torch.nn.Module):
    pass
