"""The files of each folder of the workspace as an index that is kept from keystroke to keystroke.

The rule: a file is read again where the client said that it changed, and parsed again where its text is another.
Documents are few and rarely change: all of them are read again where one did.
Used by the threads that plan, several at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock

from fullgraph.check.configurations import configurations_of
from fullgraph.check.documents import documents_of
from fullgraph.check.options import Options
from fullgraph.check.projects import ProjectContext
from fullgraph.check.repository import MOST_FILES, files_below
from fullgraph.configuration import reading
from fullgraph.discovery import RepositoryIndex, documents
from fullgraph.discovery.configurations.composition import Configurations
from fullgraph.discovery.documents import examples_in
from fullgraph.discovery.repository.parsed import ParsedFile, parsed_file
from fullgraph.project import files
from fullgraph.project.snapshot import Snapshot as Files
from fullgraph.text.source import SourceText, SyntaxProblem

DOCUMENTS = (*documents.SUFFIXES, *(each for each in reading.SUFFIXES if each != ".json"))
"""How files end whose changes are followed. JSON is written by programs all the time, and read at each scan alone."""


@dataclass(frozen=True)
class _Documents:
    """The code in documents, docstrings and configurations; `sources` are the Python files then."""

    code: tuple[ParsedFile, ...]
    sources: Mapping[str, SourceText]

    def among(self, sources: Mapping[str, SourceText], name_of: Callable[[str], str]) -> Iterator[ParsedFile]:
        """The code where the Python files are these."""
        others = [each for each in sources.values() if not _is_same(self.sources.get(each.file), each)]
        changed = {each.file for each in others} | (self.sources.keys() - sources.keys())
        yield from (each for each in self.code if each.file not in changed)
        for each in others:
            yield from examples_in(each, name_of(each.file))


@dataclass
class _Kept:
    """What is known of the files below a folder. `listed` is None until somebody asks."""

    listed: tuple[str, ...] | None = None
    sources: dict[str, SourceText | None] = field(default_factory=dict)
    parsed: dict[str, ParsedFile] = field(default_factory=dict)
    documents: dict[str, _Documents] = field(default_factory=dict)
    """By the root of the project that they are of."""
    configurations: dict[str, Configurations] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """What a file is imported by, in the project with that root."""


class Repositories:
    """Those of one session."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def changed(self, file: str) -> None:
        """A file was written, created or deleted."""
        with self._lock:
            for folder, kept in self._kept.items():
                if file.endswith(DOCUMENTS):
                    kept.documents.clear()
                    kept.configurations.clear()
                elif Path(folder) in Path(file).parents:
                    known = kept.sources.pop(file, None) is not None
                    if not known or not Path(file).is_file():
                        kept.listed = None
                        kept.names.clear()

    def forget(self) -> None:
        """Any file may be another, or left out: all of them are listed and read anew."""
        with self._lock:
            self._kept.clear()

    def within(
        self,
        folder: FolderIndex,
        here: ProjectContext,
        asked: Iterable[str],
        snapshot: Files,
        options: Options,
    ) -> RepositoryIndex:
        """The index of the files below a folder of the workspace, or of a project that reaches further."""
        root = here.root if Path(here.root) in Path(folder.folder).parents else folder.folder
        read = partial(self._read, root, here, tuple(asked), options.texts)
        name_of = partial(self._name, root, here.project)
        roots = tuple(dict.fromkeys((*here.project.paths, root)))
        parse = parsed_file if folder.once else partial(self._parse, root)
        configurations = partial(self._configurations, root, here, snapshot)
        code = partial(self._documents, root, here, snapshot, name_of)
        return RepositoryIndex(read, name_of, roots, parse, code, configurations)

    def _configurations(self, root: str, here: ProjectContext, snapshot: Files) -> Configurations:
        known = self._kept.setdefault(root, _Kept()).configurations
        if here.root not in known:
            known[here.root] = Configurations(configurations_of(here, snapshot))
        return known[here.root]

    def _documents(
        self,
        root: str,
        here: ProjectContext,
        snapshot: Files,
        name_of: Callable[[str], str],
        sources: Mapping[str, SourceText],
    ) -> Iterator[ParsedFile]:
        kept = self._kept.setdefault(root, _Kept()).documents
        known = kept.get(here.root)
        if known is None:
            configurations = partial(self._configurations, root, here, snapshot)
            code = documents_of(here, snapshot, name_of, configurations, sources)
            known = kept[here.root] = _Documents(tuple(code), sources)
        return known.among(sources, name_of)

    def _read(
        self, root: str, here: ProjectContext, asked: tuple[str, ...], texts: files.Texts
    ) -> Iterator[SourceText]:
        with self._lock:
            kept = self._kept.setdefault(root, _Kept())
            if kept.listed is None:
                kept.listed = files_below(root, here, files.NOTHING_UNSAVED)
            below = f"{root.rstrip(os.sep)}{os.sep}"
            unsaved = (file for file in texts if file.startswith(below) and file.endswith(".py"))
            every = dict.fromkeys((*asked, *kept.listed, *unsaved))
            found = [_source(file, kept.sources, texts) for file in islice(every, MOST_FILES)]
        return (source for source in found if source is not None)

    def _name(self, root: str, project: files.Project, file: str) -> str:
        names = self._kept.setdefault(root, _Kept()).names
        key = (project.root, file)
        if key not in names:
            names[key] = files.module_name(file, project)
        return names[key]

    def _parse(self, root: str, source: SourceText, name: str) -> ParsedFile | SyntaxProblem:
        parsed = self._kept.setdefault(root, _Kept()).parsed
        known = parsed.get(source.file)
        if known is not None and known.name == name and known.source.text == source.text:
            return known
        found = parsed_file(source, name)
        if isinstance(found, ParsedFile):
            parsed[source.file] = found
        return found


def _is_same(one: SourceText | None, other: SourceText) -> bool:
    return one is other or (one is not None and one.text == other.text)


def _source(file: str, known: dict[str, SourceText | None], texts: Mapping[str, str]) -> SourceText | None:
    """A file as the editor has it, else as it was read."""
    text, before = texts.get(file), known.get(file)
    if before is not None and text in (None, before.text):
        return before
    if text is None and file in known:
        return None  # it cannot be read
    read = files.read_source(file, texts)
    known[file] = read if isinstance(read, SourceText) else None
    return known[file]


@dataclass(frozen=True)
class FolderIndex:
    """What a plan asks for the index: that of the folder which the planned file lies in.

    `once`: what is parsed is not kept. To know all models of a folder, each of its files is parsed, and the
    trees of a large one are more than a session may hold.
    """

    repositories: Repositories
    folder: str
    once: bool = False

    def __call__(
        self, here: ProjectContext, asked: Iterable[str], snapshot: Files, options: Options, /
    ) -> RepositoryIndex:
        """As `fullgraph.check.repository.Repositories`; the session's own texts are in the options."""
        return self.repositories.within(self, here, asked, snapshot, options)
