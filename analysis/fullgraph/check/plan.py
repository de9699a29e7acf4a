"""What there is to trace: the targets in the paths, found in their text. Nothing of the user's runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

from .. import rules, static
from ..discovery import FINDERS, ConstructionIndex, Unbuilt, discover, mentions_target, resolve_precedence
from ..discovery.finders.recorded import ReadRecording, gone, read_recording
from ..model import Finding, Limits, Target, TraceRequest
from ..project import files
from ..settings.config import Config, Configured, read_config
from ..static import legacy
from ..text.source import SourceText
from ..workers import Interpreter, default_memory
from .options import Options

HOW_FOUND: Mapping[str, str] = {finder.origin: finder.described for finder in FINDERS}
"""By a target's origin: how it was found, in a few words."""

_MOST_JOBS = 8  # a trace can take gigabytes, so a large machine does not start one for each core


class CannotRun(Exception):  # noqa: N818 (what it says, not what it is)
    """No interpreter, a path that is not there …; str() is what is so, in words that hold for every face."""


@dataclass(frozen=True, slots=True)
class Task:
    """One target to trace, with the interpreter that traces it. `lasting`: it will be traced again."""

    request: TraceRequest
    interpreter: Interpreter
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to trace, and what could be said without."""

    tasks: tuple[Task, ...] = ()
    findings: tuple[Finding, ...] = ()
    configs: Mapping[str, Config] = field(default_factory=dict)  # by project root
    unbuilt: tuple[Unbuilt, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        return Plan(
            self.tasks + other.tasks,
            self.findings + other.findings,
            {**self.configs, **other.configs},
            self.unbuilt + other.unbuilt,
        )


def plan_for(options: Options) -> Plan:
    """The targets in the paths, found in their text; nothing of the user's runs.

    Raises:
        CannotRun: a path is not there.
    """
    plan = Plan()
    for path in options.paths:
        plan += _plan_for_path(path, options)
    tasks = {task.request.target: task for task in plan.tasks}
    known = {target.model_class for target in tasks}
    return replace(
        plan,
        # A class may be written down in its own file and exported by a call in another.
        tasks=tuple(tasks[target] for target in resolve_precedence(tuple(tasks))),
        unbuilt=tuple(each for each in plan.unbuilt if each.name.replace(":", ".") not in known),
    )


def _plan_for_path(path: str, options: Options) -> Plan:
    here = files.project_of(path)
    configured = _configured(here, options.texts)
    excluded = files.excluded_by(configured.config.exclude, here.root)
    found = files.python_files([path], excluded, options.texts)
    if isinstance(found, files.CannotWalk):
        raise CannotRun(found.message)
    if options.editing:
        found = tuple(file for file in found if not excluded(file))
    named = not options.editing and not Path(path).is_dir()
    elsewhere = () if named else tuple(t.file for t in configured.config.targets if _is_below(t.file, path))
    recording = _recording(here, options.texts)
    lost = (
        () if named else tuple(gone(e) for e in recording.entries if not files.exists(e.file, options.texts))
    )
    plan = Plan(
        findings=(*configured.findings, *recording.findings, *lost), configs={here.root: configured.config}
    )
    every = tuple(dict.fromkeys((*found, *elsewhere)))
    others = ConstructionIndex(lambda: _sources(every, options))
    for file in every:
        plan += _plan_for_file(file, named, options, others)
    return plan


def _sources(paths: Iterable[str], options: Options) -> Iterator[SourceText]:
    read = (files.read_source(path, options.texts) for path in paths)
    return (source for source in read if isinstance(source, SourceText))


def _plan_for_file(file: str, named: bool, options: Options, others: ConstructionIndex) -> Plan:
    here = files.project_of(file)
    config = _configured(here, options.texts).config
    source = files.read_source(file, options.texts)
    if isinstance(source, files.Unreadable):
        mentioned = named or mentions_target(source.content.decode("latin-1"))
        return Plan(findings=(source.finding,) if mentioned else ())
    module = files.module_name(file, here)
    strict = config.strict or options.strict
    found = discover(
        source,
        module,
        config.targets,
        strict=strict,
        named=named,
        elsewhere=others,
        recording=_recording(here, options.texts).entries,
    )
    runs = options.trusted and not options.static
    tasks = tuple(_tasks(found.targets, here, config, options)) if runs else ()
    # Of what is traced the trace says more, and nothing that it does not know. An editor looks by itself.
    looked = (
        ()
        if tasks or options.editing
        else static.find(source, module, partial(_module_text, here=here, options=options))
    )
    return Plan(tasks, (*found.findings, *legacy.find(source), *looked), {here.root: config}, found.unbuilt)


def _module_text(name: str, here: files.Project, options: Options) -> SourceText | None:
    """The text of a module of the project, by the name it is imported by."""
    module = files.find_module(name, here)
    source = files.read_source(module.file, options.texts) if isinstance(module, files.ModuleFile) else None
    return source if isinstance(source, SourceText) else None


def _tasks(
    targets: Iterable[Target], here: files.Project, config: Config, options: Options
) -> Iterator[Task]:
    """Of one file's targets. What they share is found out once: a file can have hundreds."""
    python = options.python or config.python or interpreter_of(here.root)
    interpreter = Interpreter(python, config.cuda, modest=options.editing)
    limits = Limits(options.timeout or config.timeout, config.memory or default_memory())
    paths = lru_cache(partial(files.search_path, project=here))
    for target in targets:
        request = TraceRequest(
            target=replace(target, strict=True) if options.strict else target,
            root=here.root,
            paths=paths(target.file, target.module),
            overlays=options.texts,
            limits=limits,
            breaks=options.graph_breaks or config.graph_breaks,
        )
        yield Task(request, interpreter, lasting=options.editing)


def interpreter_of(root: str) -> str:
    """The Python of a project: the active environment's, else that of a `.venv` in it, else our own."""
    program = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    active = (os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    homes = [home for home in active if home] + [str(Path(root, name)) for name in (".venv", "venv")]
    pythons = (Path(home, *program) for home in homes)
    return next((str(python) for python in pythons if python.is_file()), sys.executable)


def jobs_for(options: Options) -> int:
    """How many targets to trace at the same time: as asked, else as the first path's project says."""
    given = options.paths[:1]
    configured = next(
        (_configured(files.project_of(path), options.texts).config.jobs for path in given), None
    )
    return options.jobs or configured or max(1, min(_MOST_JOBS, os.cpu_count() or 1))


def _configured(here: files.Project, texts: files.Texts) -> Configured:
    source = files.read_pyproject(here, texts)
    if isinstance(source, files.Unreadable):
        return Configured(findings=(source.finding,))
    return read_config(source, partial(files.find_module, project=here), rules.NAMES)


def _recording(here: files.Project, texts: files.Texts) -> ReadRecording:
    source = files.read_recording(here, texts)
    if isinstance(source, files.Unreadable):
        return ReadRecording(findings=(source.finding,))
    return read_recording(source, here.root)


def _is_below(file: str, folder: str) -> bool:
    return Path(folder).resolve() in Path(file).resolve().parents
