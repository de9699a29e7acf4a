"""Where sizes were asked for while a model was traced."""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Place
from ..rewrite import Problem


def places(problem: Problem) -> Iterator[tuple[Place, Place | None]]:
    """Each place on the way to where a size was asked for, with the one that called it; the inner ones first."""
    own = getattr(problem.failure, "frame", None)
    for frame in (own, *(frame for fate in problem.facts.dims for frame in fate.frames)):
        if frame is not None:
            chain = (*frame.calls, frame.place)
            yield from zip(reversed(chain), (*reversed(chain[:-1]), None), strict=True)
