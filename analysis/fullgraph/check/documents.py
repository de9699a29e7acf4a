"""The code in a project's documents, notebooks, docstrings and configurations: read here.

It is understood in `discovery/documents` and `discovery/configurations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, takewhile
from pathlib import Path

from ..discovery.command_lines.commands import SUFFIXES as COMMANDS_IN
from ..discovery.command_lines.commands import Command, commands_in
from ..discovery.configurations import code
from ..discovery.configurations.composition import Configurations
from ..discovery.configurations.named_classes import named_classes
from ..discovery.documents import NOTEBOOKS, SUFFIXES, code_in, examples_in
from ..discovery.repository.parsed import ParsedFile
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import documents
from ..text.source import SourceText
from .deadline import Deadline
from .projects import ProjectContext

_MOST = 200
_LARGEST = 4_000_000
"""Bytes: a notebook with its pictures may have more, and is not looked at."""
_LARGEST_PROSE = 1_000_000
"""Characters of a document without pictures: one with more is generated, and its code is too."""


def commands_of(here: ProjectContext, snapshot: Snapshot) -> Iterator[Command]:
    """The command lines in documents and shell scripts, those next to the project's root first."""
    excluded = excluded_by(here.config.exclude, Path(here.root))
    gitignore = here.config.respect_gitignore
    found = documents(here.root, COMMANDS_IN, excluded, gitignore=gitignore, largest=_LARGEST)
    for file in islice(found, _MOST):
        source = snapshot.source(file)
        if isinstance(source, SourceText):
            yield from commands_in(source)


def documents_of(
    here: ProjectContext,
    snapshot: Snapshot,
    name_of: Callable[[str], str],
    configurations: Callable[[], Configurations],
    sources: Mapping[str, SourceText],
    until: Deadline | None = None,
) -> Iterator[ParsedFile]:
    """Those next to the project's root first, then the docstrings of its files, then its configurations.

    None is begun after a deadline.
    """
    every = _documents_of(here, snapshot, name_of, configurations, sources)
    return every if until is None else takewhile(lambda _: not until.passed, every)


def _documents_of(
    here: ProjectContext,
    snapshot: Snapshot,
    name_of: Callable[[str], str],
    configurations: Callable[[], Configurations],
    sources: Mapping[str, SourceText],
) -> Iterator[ParsedFile]:
    excluded = excluded_by(here.config.exclude, Path(here.root))
    gitignore = here.config.respect_gitignore
    found = documents(here.root, SUFFIXES, excluded, gitignore=gitignore, largest=_LARGEST)
    for file in islice(found, _MOST):
        source = snapshot.source(file)
        if isinstance(source, SourceText) and _is_read(source):
            yield from code_in(source)
    for source in sources.values():
        yield from examples_in(source, name_of(source.file))
    known = named_classes(sources.values(), name_of)
    for each in configurations().files:
        yield from code.code_in(each, configurations(), known)


def _is_read(source: SourceText) -> bool:
    return source.file.endswith(NOTEBOOKS) or len(source.text) <= _LARGEST_PROSE
