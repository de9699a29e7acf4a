"""The garbage collector rests while something large is made that has no circles.

A syntax tree is a hundred thousand objects, none of which can be garbage while it is built; collecting
all the same takes a third of the time to parse. Two threads may rest it at once: it is on again when
the last of those is done that found it on.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Runs a block with the cyclic garbage collector paused."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
