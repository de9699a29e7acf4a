"""What each project of a run says of itself: its settings, its targets and its recording, read once.

A file of the run is given what concerns it by its name. To read the settings for each file again took
planning of 420 files with 100 configured targets 40 times as long as without any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar, final

from .. import rules
from ..discovery.finder import Recorded
from ..discovery.finders.recorded import ReadRecording, gone, read_recording
from ..model import Finding, Target
from ..project import files
from ..project.snapshot import Snapshot
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
        project = self._snapshot.project_of(path)
        if project.root not in self._known:
            self._known[project.root] = _context(project, self._snapshot)
        return self._known[project.root]


def _context(project: files.Project, snapshot: Snapshot) -> ProjectContext:
    configured, recording = _configured(project, snapshot.texts), _recording(project, snapshot.texts)
    return ProjectContext(
        project,
        configured.config,
        (*configured.findings, *recording.findings),
        tuple(gone(entry) for entry in recording.entries if not snapshot.exists(entry.file)),
        _by_file(configured.config.targets),
        _by_file(recording.entries),
    )


def _configured(project: files.Project, texts: files.Texts) -> Configured:
    source = files.read_pyproject(project, texts)
    if isinstance(source, files.Unreadable):
        return Configured(findings=(source.finding,))
    return read_config(source, partial(files.find_module, project=project), rules.NAMES)


def _recording(project: files.Project, texts: files.Texts) -> ReadRecording:
    source = files.read_recording(project, texts)
    if isinstance(source, files.Unreadable):
        return ReadRecording(findings=(source.finding,))
    return read_recording(source, project.root)


class _OfAFile(Protocol):
    @property
    def file(self) -> str: ...


_T = TypeVar("_T", bound=_OfAFile)


def _by_file(found: Iterable[_T]) -> dict[str, tuple[_T, ...]]:
    by_file: dict[str, list[_T]] = {}
    for each in found:
        by_file.setdefault(each.file, []).append(each)
    return {file: tuple(own) for file, own in by_file.items()}
