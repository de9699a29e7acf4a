"""The files of a project as one index: where their names lead, and who builds which model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from ..discovery import RepositoryIndex
from ..project import files
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import CannotWalk, python_files
from ..text.source import SourceText
from .options import Options
from .projects import ProjectContext

_MOST_FILES = 20_000
"""Of a project that is larger the first ones, by name: beyond that, reading takes longer than a check."""


def repository_of(
    here: ProjectContext, asked: Iterable[str], snapshot: Snapshot, options: Options
) -> RepositoryIndex:
    """The index of a project's files, and of those that were `asked` for; nothing is read before a question."""
    name_of = partial(files.module_name, project=here.project)
    every = partial(_sources, here, tuple(asked), snapshot, options)
    return RepositoryIndex(every, name_of, here.project.paths)


def _sources(
    here: ProjectContext, asked: tuple[str, ...], snapshot: Snapshot, options: Options
) -> Iterator[SourceText]:
    found = map(snapshot.source, islice(dict.fromkeys((*asked, *_files(here, options))), _MOST_FILES))
    return (source for source in found if isinstance(source, SourceText))


def _files(here: ProjectContext, options: Options) -> tuple[str, ...]:
    excluded = excluded_by(here.config.exclude, Path(here.root))
    found = python_files([here.root], excluded, options.texts, gitignore=here.config.respect_gitignore)
    return () if isinstance(found, CannotWalk) else found
