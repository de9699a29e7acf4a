"""What `fullgraph record` costs: the start of a program, and each call of a model, plain and recorded.

python tests/slow/measure_recording.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

MODEL = """
    import sys, time
    import torch
    from torch import nn

    torch.set_num_threads(1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(8, 8)

        def forward(self, x):
            return self.layer(x)

    class Net(nn.Module):
        def __init__(self, depth):
            super().__init__()
            self.blocks = nn.Sequential(*(Block() for _ in range(depth)))

        def forward(self, x):
            return self.blocks(x)

    net, x = Net(4).eval(), torch.randn(4, 8)
    with torch.no_grad():
        for _ in range(2000):
            net(x)
        started = time.perf_counter()
        for _ in range(20000):
            net(x)
    print((time.perf_counter() - started) / 20000 * 1e6)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "train.py").write_text(textwrap.dedent(MODEL))
        record = [sys.executable, "-m", "fullgraph", "record", "--"]
        print("| | a call of a model of 4 blocks of ours | all |\n|---|---|---|")
        plain, recorded = [], []
        for _ in range(3):  # in turn, as machines have moods
            plain.append(_micros([], folder))
            recorded.append(_micros(record, folder))
        for name, times in (("plain", plain), ("recorded", recorded)):
            every = " ".join(f"{each:.1f}" for each in times)
            print(f"| {name} | {statistics.median(times):.1f} µs | {every} |")


def _micros(before: list[str], folder: str) -> float:
    command = [*before, sys.executable, "train.py"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
