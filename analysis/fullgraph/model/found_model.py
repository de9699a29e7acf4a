"""A model of the user's code, whether or not there is a target for it: what coverage is counted in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .places import Place

Role = Literal["model", "part"]
"""model: what a person would export. part: what models are made of, an activation, a norm, a loss."""

Evidence = Literal["used", "composed", "defined"]
"""Why a class is taken for a model, the strongest first.

used      a script, a test, the README, a hub or an export call builds it
composed  it is built of other modules of the project, and none is built of it
defined   there is a `forward`
"""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A class that could be exported. `needs` are the arguments of its constructor that nothing tells."""

    name: str  # as it is imported: `clip.model.CLIP`
    place: Place  # of its name, where it is defined
    role: Role = "model"
    evidence: Evidence = "defined"
    needs: tuple[str, ...] = ()
    made_of: tuple[tuple[str, str], ...] = ()  # the keys of those whose classes its body builds or names
    run_by: str = ""  # a test, else a script, that builds it

    @property
    def key(self) -> tuple[str, str]:
        """Two files may both be called `main` and define a `Net`."""
        return self.place.file, self.name.rpartition(".")[2]
