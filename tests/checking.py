"""The real pipeline for tests: real files, a real worker, this interpreter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fullgraph.check.options import Options
from fullgraph.check.run import check
from fullgraph.model import Report

Checking = Callable[..., Report]


def run_check(paths: Sequence[Path], jobs: int = 2, **options: Any) -> Report:
    asked = Options(tuple(map(str, paths)), python=sys.executable, **options)
    with ThreadPoolExecutor(jobs) as executor:
        return check(asked, executor)
