"""Starts the command line, `fullgraph`, with the libraries that lie beside this file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "libs"))

from fullgraph.cli import main

sys.exit(main())
