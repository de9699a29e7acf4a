"""What each project of a run says of itself: its settings, its targets and its recording, read once.

A file of the run is given what concerns it by its name. To read the settings for each file again took
planning of 420 files with 100 configured targets 40 times as long as without any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar, final

from .. import rules
from ..discovery.finder import Recorded
from ..discovery.finders.recorded import ReadRecording, gone, read_recording
from ..model import Finding, Target
from ..project import files
from ..project.snapshot import ProjectFiles, Snapshot
from ..settings.config import Config, Configured, read_config


@dataclass(frozen=True)
class ProjectContext:
    """One project; `findings` are about its settings and its recording, `gone` about files that they name."""

    project: files.Project
    config: Config
    findings: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    targets: Mapping[str, tuple[Target, ...]]  # by file
    recording: Mapping[str, tuple[Recorded, ...]]  # by file

    @property
    def root(self) -> str:
        return self.project.root


@final
class Projects:
    """The projects of one run, each understood when the first of its files is met."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[str, ProjectContext] = {}  # by root

    def of(self, path: str) -> ProjectContext:
        own = self._snapshot.project(path)
        if own.project.root not in self._known:
            self._known[own.project.root] = _context(own, self._snapshot.exists)
        return self._known[own.project.root]


def _context(own: ProjectFiles, exists: Callable[[str], bool]) -> ProjectContext:
    configured, recording = _configured(own), _recorded(own)
    return ProjectContext(
        own.project,
        configured.config,
        (*configured.findings, *recording.findings),
        tuple(gone(entry) for entry in recording.entries if not exists(entry.file)),
        _by_file(configured.config.targets),
        _by_file(recording.entries),
    )


def _configured(own: ProjectFiles) -> Configured:
    if isinstance(own.pyproject, files.Unreadable):
        return Configured(findings=(own.pyproject.finding,))
    return read_config(own.pyproject, partial(files.find_module, project=own.project), rules.NAMES)


def _recorded(own: ProjectFiles) -> ReadRecording:
    if isinstance(own.recording, files.Unreadable):
        return ReadRecording(findings=(own.recording.finding,))
    return read_recording(own.recording, own.project.root)


class _OfAFile(Protocol):
    @property
    def file(self) -> str: ...


_T = TypeVar("_T", bound=_OfAFile)


def _by_file(found: Iterable[_T]) -> dict[str, tuple[_T, ...]]:
    by_file: dict[str, list[_T]] = {}
    for each in found:
        by_file.setdefault(each.file, []).append(each)
    return {file: tuple(own) for file, own in by_file.items()}
