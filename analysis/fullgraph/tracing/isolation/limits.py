"""What a trace may take of the machine's memory.

The rule: two nets. The system refuses the process that asks for too much at once (`MemoryError`, at the
very line), and the parent measures (`watch.py`) what the whole family of the trace really holds.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def limit_memory(limit: int | None) -> None:
    """Lets this process and each of its children take `limit` bytes more than it has now.

    RLIMIT_DATA and not RLIMIT_AS: torch maps gigabytes that it never touches. macOS knows the limit but
    does not hold to it.
    """
    if limit is None or sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _data_size() + limit
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def no_core_dump() -> None:
    """Keeps a crash from writing gigabytes.

    The limit is 1 and not 0: for 0 the kernel still feeds the dump to the program in `core_pattern`.
    """
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (1 if hard < 0 else min(1, hard), hard))


def _data_size() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
