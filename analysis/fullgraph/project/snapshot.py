"""The user's files as one run finds them: what was read once is handed down, and not read again.

The rule: a run makes one snapshot and asks it alone. What it said of a file or a folder it says again, also
where the disk has changed since, so that no two steps of a run work on different texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..text.source import SourceText
from . import files
from .files import NOTHING_UNSAVED, ModuleFile, Project, Texts, Unreadable


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """A project's own files: the texts of its pyproject.toml and of its recording."""

    project: Project
    pyproject: SourceText | Unreadable
    recording: SourceText | Unreadable


@final
class Snapshot:
    """`texts` are an editor's unsaved ones, which count in place of the files."""

    def __init__(self, texts: Texts = NOTHING_UNSAVED) -> None:
        self._texts = texts
        self._roots: dict[str, str] = {}  # by folder
        self._projects: dict[str, ProjectFiles] = {}  # by root
        self._sources: dict[str, SourceText | Unreadable] = {}  # by file

    def project(self, path: str) -> ProjectFiles:
        """The project of a file or folder."""
        given = Path(path)
        folder = str(given if given.is_dir() else given.parent)
        if folder not in self._roots:
            project = files.project_of(path)
            self._roots[folder] = project.root
            if project.root not in self._projects:
                read = (
                    files.read_pyproject(project, self._texts),
                    files.read_recording(project, self._texts),
                )
                self._projects[project.root] = ProjectFiles(project, *read)
        return self._projects[self._roots[folder]]

    def source(self, file: str) -> SourceText | Unreadable:
        if file not in self._sources:
            self._sources[file] = files.read_source(file, self._texts)
        return self._sources[file]

    def is_in_editor(self, file: str) -> bool:
        return file in self._texts

    def module(self, name: str, project: Project) -> SourceText | None:
        """The text of a module of a project, by the name it is imported by."""
        found = files.find_module(name, project)
        source = self.source(found.file) if isinstance(found, ModuleFile) else None
        return source if isinstance(source, SourceText) else None

    def exists(self, file: str) -> bool:
        return files.exists(file, self._texts)
