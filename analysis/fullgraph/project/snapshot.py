"""The user's files as one run finds them: what was read once is handed down, and not read again.

The rule: a run makes one snapshot and asks it alone. What it said of a file or a folder it says again, also
where the disk has changed since, so that no two steps of a run work on different texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import final

from ..text.source import SourceText
from . import files
from .files import NOTHING_UNSAVED, ModuleFile, Project, Texts, Unreadable


@final
class Snapshot:
    """`texts` are an editor's unsaved ones, which count in place of the files."""

    def __init__(self, texts: Texts = NOTHING_UNSAVED) -> None:
        self.texts = texts
        self._projects: dict[str, Project] = {}  # by folder
        self._sources: dict[str, SourceText | Unreadable] = {}  # by file

    def project_of(self, path: str) -> Project:
        given = Path(path)
        folder = str(given if given.is_dir() else given.parent)
        if folder not in self._projects:
            self._projects[folder] = files.project_of(path)
        return self._projects[folder]

    def source(self, file: str) -> SourceText | Unreadable:
        if file not in self._sources:
            self._sources[file] = files.read_source(file, self.texts)
        return self._sources[file]

    def module(self, name: str, project: Project) -> SourceText | None:
        """The text of a module of a project, by the name it is imported by."""
        found = files.find_module(name, project)
        source = self.source(found.file) if isinstance(found, ModuleFile) else None
        return source if isinstance(source, SourceText) else None

    def exists(self, file: str) -> bool:
        return file in self.texts or Path(file).is_file()
