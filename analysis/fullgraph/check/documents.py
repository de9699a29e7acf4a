"""The code in a project's documents, notebooks and docstrings: read here, and understood in `discovery/documents`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from ..discovery.documents import SUFFIXES, code_in, examples_in
from ..discovery.repository.parsed import ParsedFile
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import documents
from ..text.source import SourceText
from .projects import ProjectContext

_MOST = 200
_LARGEST = 4_000_000
"""Characters: a notebook with its pictures may have more, and is not looked at."""


def documents_of(
    here: ProjectContext, snapshot: Snapshot, name_of: Callable[[str], str], sources: Mapping[str, SourceText]
) -> Iterator[ParsedFile]:
    """Those next to the project's root first, then the docstrings of its files."""
    excluded = excluded_by(here.config.exclude, Path(here.root))
    found = documents(here.root, SUFFIXES, excluded, gitignore=here.config.respect_gitignore)
    for file in islice(found, _MOST):
        source = snapshot.source(file)
        if isinstance(source, SourceText) and len(source.text) <= _LARGEST:
            yield from code_in(source)
    for source in sources.values():
        yield from examples_in(source, name_of(source.file))
