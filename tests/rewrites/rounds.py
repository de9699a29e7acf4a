"""`fullgraph fix` on one text, as a function."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.fix.accepting import Accepted
from fullgraph.fix.fixpoint import Mended, mend
from fullgraph.fix.search import Verifier
from fullgraph.workers.pool import Workers


@contextmanager
def own_workers() -> Iterator[Workers]:
    workers = Workers()
    try:
        yield workers
    finally:
        workers.close()


def mended(file: str, text: str, workers: Workers, *, narrowing: bool = False) -> tuple[str, Mended]:
    """The text that the fixes leave, and what came of it. `narrowing`: with those that give up sizes."""
    options = Options((file,), texts={file: text}, timeout=600.0)
    accepted = Accepted(narrowing=narrowing)
    with ThreadPoolExecutor(1) as executor:
        result = mend(plan_for(options), options, Verifier(options, workers), executor, accepted=accepted)
    return result.texts.get(file, text), result
