"""What one check is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..project import files

if TYPE_CHECKING:
    from .repository import Repositories


@dataclass(frozen=True, slots=True)
class Tracing:
    """How targets are traced, where the project's settings do not say it; `lasting` as a `Task` has it."""

    python: str | None
    strict: bool
    breaks: bool
    timeout: float | None
    texts: files.Texts
    lasting: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that are reported, before what the project's settings say; `select` is empty for all."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What one check is asked for; None and empty mean: as configured, else the default.

    `texts` are an editor's unsaved texts, by absolute path. `editing`: a file among the paths is treated
    as if its folder had been given, because to open a file is not to ask about it.
    With `parts`, what other models are made of is checked by itself too.
    With `notes`, static analysis speaks also of parts, and of files without a model.
    Without `models` it is not found out which there are, for which all files of a project are read.
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
    parts: bool = False
    notes: bool = False
    static: bool = False
    trusted: bool = True
    models: bool = True
    repositories: Repositories | None = field(default=None, repr=False)
    """Who indexes the repository; None: each run does so anew."""

    @property
    def tracing(self) -> Tracing | None:
        """None where nothing of the user's is to run."""
        if self.static or not self.trusted:
            return None
        return Tracing(
            self.python, self.strict, self.graph_breaks, self.timeout, self.texts, lasting=self.editing
        )

    @property
    def selection(self) -> Selection:
        return Selection(self.select, self.ignore)
