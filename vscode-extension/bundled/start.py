"""Starts the language server with the libraries that lie beside this file.

The rule: they come first, and nothing is taken from PYTHONPATH or the current directory (Python runs
with `-I`), so that one extension is one known set of versions.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "libs"))

from fullgraph_server.entry import main

sys.exit(main())
