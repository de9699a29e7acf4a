"""What one check is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..project import files


@dataclass(frozen=True, slots=True)
class Options:
    """What one check is asked for; None and empty mean: as configured, else the default.

    `texts` are an editor's unsaved texts, by absolute path. `editing`: a file among the paths is treated
    as if its folder had been given, because to open a file is not to ask about it.
    With `static`, and in a folder that is not `trusted`, nothing of the user's runs: what there is to say is
    read from the text.
    """

    paths: tuple[str, ...]
    python: str | None = None
    strict: bool = False
    graph_breaks: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    timeout: float | None = None
    jobs: int | None = None
    texts: files.Texts = field(default_factory=dict)
    editing: bool = False
    static: bool = False
    trusted: bool = True
