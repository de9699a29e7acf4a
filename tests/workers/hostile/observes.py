"""Says, by way of an exception, what it finds around it."""

import os
import sys
from pathlib import Path

import torch

found = {
    "argv": sys.argv[1:],
    "cuda": os.environ["CUDA_VISIBLE_DEVICES"],
    "cwd": str(Path.cwd()),
    "modules": sorted(
        name for name in ("fullgraph", "rich", "pytest", "session", "places") if name in sys.modules
    ),
    # By what lies there: a checkout can have any name.
    "path": [path for path in sys.path if Path(path, "serve.py").exists() or Path(path, "wire.py").exists()],
    "threads": (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]),
}
raise RuntimeError(repr(found))
