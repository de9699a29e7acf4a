"""The files of a project as one index: where their names lead, and who builds which model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from ..discovery import RepositoryIndex
from ..discovery.configurations.composition import Configurations
from ..discovery.documents import is_document, whole_code_in
from ..project import files
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import CannotWalk, python_files
from ..text.source import SourceText
from .configurations import configurations_of
from .deadline import Deadline
from .documents import commands_of, documents_of
from .options import Options
from .projects import ProjectContext

MOST_FILES = 20_000
"""Of a project that is larger the first ones, by name: beyond that, reading takes longer than a check."""


class Repositories(Protocol):
    """Who gives a run the index of a project: an editor asks with each keystroke, and keeps what it read."""

    def __call__(
        self, here: ProjectContext, asked: Iterable[str], snapshot: Snapshot, options: Options, /
    ) -> RepositoryIndex:
        """The index of a project's files, and of those that were `asked` for."""


def repository_of(
    here: ProjectContext,
    asked: Iterable[str],
    snapshot: Snapshot,
    options: Options,
    until: Deadline | None = None,
) -> RepositoryIndex:
    """The index of a project's files, and of those that were `asked` for; nothing is read before a question.

    No document is begun after a deadline.
    """
    name_of = partial(_name_of, here.project)
    every = partial(_sources, here, tuple(asked), snapshot, options)
    configurations = cache(lambda: Configurations(configurations_of(here, snapshot)))
    read = partial(documents_of, here, snapshot, name_of, configurations, until=until)
    return RepositoryIndex(
        every,
        name_of,
        here.project.paths,
        documents=read,
        configurations=configurations,
        commands=partial(commands_of, here, snapshot),
    )


def _name_of(project: files.Project, file: str) -> str:
    """A document is imported by no name, and called by its own."""
    return Path(file).stem if is_document(file) else files.module_name(file, project)


def _sources(
    here: ProjectContext, asked: tuple[str, ...], snapshot: Snapshot, options: Options
) -> Iterator[SourceText]:
    every = dict.fromkeys((*asked, *files_below(here.root, here, options.texts)))
    found = map(snapshot.source, islice(every, MOST_FILES))
    return (_as_python(source) for source in found if isinstance(source, SourceText))


def _as_python(source: SourceText) -> SourceText:
    """A document that was asked for stands with the code that is in it."""
    return whole_code_in(source) if is_document(source.file) else source


def files_below(folder: str, here: ProjectContext, texts: files.Texts) -> tuple[str, ...]:
    """The Python files below a folder that the project's settings do not leave out."""
    excluded = excluded_by(here.config.exclude, Path(here.root))
    found = python_files([folder], excluded, texts, gitignore=here.config.respect_gitignore)
    return () if isinstance(found, CannotWalk) else found
