"""Ends the server when the editor that started it is gone, in whatever way.

The rule: standard input that ends is the usual sign. But a child of the editor's may hold the pipe open, so
the process that the client named is looked at as well.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

_EVERY = 2.0


def watch_parent(process: int | None, close: Callable[[], None]) -> None:
    """Looks at a process for as long as we live; when it is gone, closes and leaves."""
    if process is None or sys.platform == "win32":  # there `os.kill` would end it
        return

    def watch() -> None:
        while _lives(process):
            time.sleep(_EVERY)
        close()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
