"""Ends the server when the editor that started it has ended.

The rule: end of file on standard input is the usual sign. A child of the editor's may hold the pipe open, so the
process that the client named is polled as well.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

_EVERY = 2.0


def watch_parent(process: int | None, close: Callable[[], None]) -> None:
    """Polls a process for as long as we run; when it has ended, closes and exits."""
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
