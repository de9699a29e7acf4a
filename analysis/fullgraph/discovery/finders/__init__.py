"""One file for each way to find targets in a text. This table is the list of them."""

from __future__ import annotations

from ..finder import Finder
from . import (
    annotation,
    calls,
    comment,
    converters,
    eager,
    executorch,
    exportdb,
    functions,
    huggingface,
    inferred,
    kernelbench,
    lightning,
    pyproject,
    recorded,
    tools,
    torchbench,
)

FINDERS: tuple[Finder, ...] = (
    comment.FINDER,
    exportdb.FINDER,
    pyproject.FINDER,
    calls.FINDER,
    converters.FINDER,
    executorch.FINDER,
    lightning.FINDER,
    huggingface.FINDER,
    kernelbench.FINDER,
    torchbench.FINDER,
    functions.FINDER,
    recorded.FINDER,
    tools.FINDER,
    eager.FINDER,
    annotation.FINDER,
    inferred.FINDER,
)
