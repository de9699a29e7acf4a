"""One file for each way to find targets in a text. This table is the list of them."""

from __future__ import annotations

from ..finder import Finder
from . import (
    annotation,
    calls,
    comment,
    eager,
    executorch,
    exportdb,
    huggingface,
    inferred,
    kernelbench,
    lightning,
    pyproject,
    recorded,
    torchbench,
)

FINDERS: tuple[Finder, ...] = (
    comment.FINDER,
    exportdb.FINDER,
    pyproject.FINDER,
    calls.FINDER,
    executorch.FINDER,
    lightning.FINDER,
    huggingface.FINDER,
    kernelbench.FINDER,
    torchbench.FINDER,
    recorded.FINDER,
    eager.FINDER,
    annotation.FINDER,
    inferred.FINDER,
)
