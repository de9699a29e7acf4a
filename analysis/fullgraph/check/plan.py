"""What there is to trace: the targets in the paths, found in their text. Nothing of the user's runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path

from .. import static
from ..discovery import (
    ASKED_FOR,
    EXPORTED,
    FINDERS,
    RepositoryIndex,
    Roles,
    could_have_target,
    discover,
    discover_in_document,
    evidence_in,
    mentions_target,
    resolve_precedence,
    spares_of,
    with_inputs_of,
)
from ..discovery.documents import NOTEBOOKS, is_document, whole_code_in
from ..discovery.repository.index import naming_any
from ..discovery.repository.parsed import ParsedFile
from ..model import Finding, FoundModel, Limits, Target, TraceRequest
from ..project import files
from ..project.exclusion import excluded_by
from ..project.snapshot import Snapshot
from ..project.walk import CannotWalk, documents, python_files
from ..settings.config import Config
from ..text.source import SourceText
from ..workers import Interpreter, default_memory
from .deadline import Deadline
from .importance import main_first, of_models_first
from .names import named_apart
from .options import Options, Tracing
from .projects import ProjectContext, Projects
from .repository import repository_of
from .static_notes import of_models

Expected = Callable[[Interpreter, str], None]
"""Hears of an interpreter and a project's root."""

HOW_FOUND: Mapping[str, str] = {finder.origin: finder.described for finder in FINDERS}
"""By a target's origin: how it was found, in a few words."""

CALLS = frozenset(finder.origin for finder in FINDERS if finder.tier in ("call", "eager"))
"""The origins that are a place in the user's code: there a model is `called`, or `given to a tool`."""

_MOST_EVIDENCE = 200
"""Texts that are looked through for calls of the models that were asked for."""
_LARGEST_NOTEBOOK = 4_000_000
"""Bytes: one with its pictures may have more, and is checked where it is named."""
_MOST_JOBS = 8  # a trace can take gigabytes, so a large machine does not start one for each core


class CannotRun(Exception):  # noqa: N818 (what it says, not what it is)
    """No interpreter, a path that is not there …; str() is what is so, in words that hold for every face."""


@dataclass(frozen=True, slots=True)
class Task:
    """One target to trace, with the interpreter that traces it. `lasting`: it will be traced again.

    `fallbacks` are tried in its place, one after the other, where its target cannot be loaded.
    """

    request: TraceRequest
    interpreter: Interpreter
    lasting: bool = False
    fallbacks: tuple[TraceRequest, ...] = ()

    def asking(self, change: Callable[[TraceRequest], TraceRequest]) -> Task:
        """The same with other requests."""
        return replace(self, request=change(self.request), fallbacks=tuple(map(change, self.fallbacks)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to trace, and what could be said without."""

    tasks: tuple[Task, ...] = ()
    findings: tuple[Finding, ...] = ()
    configs: Mapping[str, Config] = field(default_factory=dict)  # by project root
    models: tuple[FoundModel, ...] = ()  # all that were found, those first that matter most
    complete: bool = True  # whether every file was read in time


def plan_for(options: Options, expected: Expected = lambda *_: None, until: Deadline | None = None) -> Plan:
    """The targets in the paths, found in their text; nothing of the user's runs.

    `expected` hears early who will trace, and in which project: it may start while the rest is read. No file is
    begun after a deadline.

    Raises:
        CannotRun: a path is not there.
    """
    snapshot = Snapshot(options.texts)
    projects = Projects(snapshot)
    ask = partial(
        _plans, snapshot=snapshot, projects=projects, options=options, expected=expected, until=until
    )
    parts = [part for path in options.paths for part in ask(path)]
    tasks = {task.request.target: task for part in parts for task in part.tasks}
    # A class may be written down in its own file and exported by a call in another.
    kept = resolve_precedence(tuple(tasks))
    found = tuple(dict.fromkeys(chain.from_iterable(part.models for part in parts)))
    models = main_first(found, kept)
    kept = of_models_first(kept, models)
    spares = {target: spares_of(target, tasks) for target in kept}
    every = tuple(dict.fromkeys((*kept, *(each for target in kept for each in spares[target]))))
    names = {target: named.name for target, named in zip(every, named_apart(every), strict=True)}
    return Plan(
        tasks=tuple(_with_spares(target, spares[target], tasks, names) for target in kept),
        findings=tuple(chain.from_iterable(part.findings for part in parts)),
        configs={root: config for part in parts for root, config in part.configs.items()},
        models=models,
        complete=all(part.complete for part in parts),
    )


def _with_spares(
    target: Target, spares: Sequence[Target], tasks: Mapping[Target, Task], names: Mapping[Target, str]
) -> Task:
    """With those that stand in for it where it cannot be loaded, under its name; an export call keeps that."""
    task = _named(tasks[target], names[target])
    keeps = target.origin in EXPORTED
    others = [_named(tasks[each], names[each if keeps else target]) for each in spares]
    requests = [request for each in others for request in (each.request, *each.fallbacks)]
    if keeps:
        requests = [r for each in requests for r in (*_with_inputs_of(target, each), each)]
    return replace(task, fallbacks=(*task.fallbacks, *requests)) if spares else task


def _with_inputs_of(call: Target, spare: TraceRequest) -> Iterator[TraceRequest]:
    target = with_inputs_of(call, spare.target)
    if target is not None:
        yield replace(spare, target=target)


def _named(task: Task, name: str) -> Task:
    return task.asking(lambda request: replace(request, target=replace(request.target, name=name)))


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is asked of each file of a path. `named`: it was given itself, and not its folder.

    With `looks`, what is not traced is looked at as text, and `notes` keeps all that is seen there. `parts`
    are not checked by themselves, and with `all_parts` every class is. `abroad`: other files' calls count.
    """

    named: bool
    strict: bool
    looks: bool
    notes: bool
    tracing: Tracing | None
    models: tuple[FoundModel, ...] = ()
    all_parts: bool = False
    abroad: bool = True
    parts: frozenset[tuple[str, str]] = frozenset()


def _plans(
    path: str,
    snapshot: Snapshot,
    projects: Projects,
    options: Options,
    expected: Expected,
    until: Deadline | None,
) -> Iterator[Plan]:
    """What one path adds: what its project says of itself, and its files one by one."""
    here = projects.of(path)
    named = not options.editing and not Path(path).is_dir()
    yield Plan(findings=(*here.findings, *(() if named else here.gone)), configs={here.root: here.config})
    found = _files(path, here, options)
    configured = () if named else tuple(file for file in here.targets if _is_below(file, path))
    notebooks = () if named or options.editing else _notebooks(path, here, snapshot)
    every = tuple(dict.fromkeys((*found, *configured, *notebooks)))
    if options.tracing and any(_could_have_target(snapshot.source(file)) for file in every):
        expected(_interpreter(here.config, here.root, options.tracing), here.root)
    indexed = options.repositories or partial(repository_of, until=until)
    index = indexed(here, every, snapshot, options)
    whole = Path(path).is_dir() or not options.editing  # to open a file is not to ask which models there are
    models = _in_files(Roles(index).models(), every) if whole and options.models else ()
    asked = named or options.editing or options.parts
    parts = frozenset(each.key for each in models if each.role == "part" and not asked)
    # An editor looks by itself.
    looks, notes = not options.editing, named or options.static or options.notes
    scope = _Scope(named, options.strict, looks, notes, options.tracing, models, options.parts, whole, parts)
    yield Plan(models=models)
    for file in every:
        if until is not None and until.passed:
            yield Plan(complete=False)
            return
        yield _plan_for_file(file, scope, projects.of(file), snapshot, index)
    yield _plan_for_evidence(every, scope, here, index)
    yield Plan(complete=until is None or not until.passed)


def _could_have_target(source: SourceText | files.Unreadable) -> bool:
    return isinstance(source, SourceText) and could_have_target(source.text)


def _in_files(models: Iterable[FoundModel], files: Iterable[str]) -> tuple[FoundModel, ...]:
    """A model in a file that was not asked for is none of this run's."""
    asked = frozenset(files)
    return tuple(each for each in models if each.place.file in asked)


def _files(path: str, here: ProjectContext, options: Options) -> tuple[str, ...]:
    excluded = excluded_by(here.config.exclude, Path(here.root))
    found = python_files([path], excluded, options.texts, gitignore=here.config.respect_gitignore)
    if isinstance(found, CannotWalk):
        raise CannotRun(found.message)
    return tuple(file for file in found if not excluded(Path(file))) if options.editing else found


def _notebooks(path: str, here: ProjectContext, snapshot: Snapshot) -> Iterator[str]:
    """Those of a folder that define models: such a notebook is a program of its own."""
    excluded = excluded_by(here.config.exclude, Path(here.root))
    respect = here.config.respect_gitignore
    for file in documents(path, NOTEBOOKS, excluded, gitignore=respect, largest=_LARGEST_NOTEBOOK):
        source = snapshot.source(file)
        if isinstance(source, SourceText) and "nn.Module" in source.text:
            yield file


def _plan_for_file(
    file: str, scope: _Scope, here: ProjectContext, snapshot: Snapshot, index: RepositoryIndex
) -> Plan:
    source = snapshot.source(file)
    # What an editor has of a notebook are its cells, as one Python text.
    if is_document(file) and isinstance(source, SourceText) and not snapshot.is_in_editor(file):
        return _plan_for_document(source, scope, here, index)
    if isinstance(source, files.Unreadable):
        mentioned = scope.named or mentions_target(source.content.decode("latin-1"))
        return Plan(findings=(source.finding,) if mentioned else ())
    module = files.module_name(file, here.project)
    found = discover(
        source,
        module,
        here.targets.get(file, ()),
        strict=here.config.strict or scope.strict,
        # In a run, unlike in an editor, a file that does not parse may hold the very model that counts.
        named=scope.named or (scope.looks and "nn.Module" in source.text),
        index=index,
        recording=here.recording.get(file, ()),
        parts=scope.all_parts,
    )
    every = (*found.targets, *found.spare)
    targets = [each for each in every if each.origin in ASKED_FOR or each.subject not in scope.parts]
    tasks = tuple(_tasks(targets, here, scope.tracing)) if scope.tracing else ()
    # Of what is traced the trace says more, and nothing that it does not know.
    looks = scope.looks and not tasks
    other = partial(snapshot.module, project=here.project)
    looked = static.find(source, module, other) if looks else ()
    if not scope.notes:
        looked = of_models(looked, scope.models, index.file(file))
    return Plan(tasks, (*found.findings, *looked), {here.root: here.config})


def _plan_for_document(
    source: SourceText, scope: _Scope, here: ProjectContext, index: RepositoryIndex
) -> Plan:
    strict = here.config.strict or scope.strict
    found = discover_in_document(source, index, strict=strict, parts=scope.all_parts)
    every = (*found.targets, *found.spare)
    targets = [each for each in every if each.origin in ASKED_FOR or each.subject not in scope.parts]
    # Who asks what stands at a place is shown the code.
    code = {source.file: whole_code_in(source).text}
    tracing = scope.tracing and replace(scope.tracing, texts={**scope.tracing.texts, **code})
    return Plan(
        tuple(_tasks(targets, here, tracing)) if tracing else (), found.findings, {here.root: here.config}
    )


def _evidence_for(asked: Sequence[str], index: RepositoryIndex, *, abroad: bool) -> list[ParsedFile]:
    """The texts that may say something of the models in the files that were asked for.

    In an editor another file's calls are that file's own: to look for them at each keystroke takes seconds.
    """
    files = frozenset(asked)
    read = frozenset(file for file in asked if not is_document(file))
    called = _calling([each for file in asked if (each := index.file(file)) is not None])
    elsewhere = index.mentioning(called, documents=True) if abroad else ()
    examples = [each for each in index.documents if each.file in read and called(each.source.text)]
    return [*(each for each in elsewhere if each.file not in files), *examples]


def _plan_for_evidence(
    asked: Sequence[str], scope: _Scope, here: ProjectContext, index: RepositoryIndex
) -> Plan:
    """What documents, and files that were not asked for, say of the models of those that were."""
    if scope.tracing is None:
        return Plan()
    files = frozenset(asked)
    homes = _evidence_for(asked, index, abroad=scope.abroad)[:_MOST_EVIDENCE]
    found = [target for home in homes for target in evidence_in(home, index)]
    targets = [each for each in found if each.subject[0] in files and each.subject not in scope.parts]
    return Plan(tuple(_tasks(targets, here, scope.tracing)))


def _calling(homes: Iterable[ParsedFile]) -> Callable[[str], bool]:
    """Whether a text names one of the classes or functions of some files."""
    names = {name for home in homes for name in home.definitions}
    return naming_any(names)


def _tasks(targets: Iterable[Target], here: ProjectContext, asked: Tracing) -> Iterator[Task]:
    """Of one file's targets. What they share is found out once: a file can have hundreds."""
    config = here.config
    interpreter = _interpreter(config, here.root, asked)
    limits = Limits(asked.timeout or config.timeout, config.memory or default_memory())
    paths = lru_cache(partial(files.search_path, project=here.project))

    def request(target: Target) -> TraceRequest:
        return TraceRequest(
            target=replace(target, strict=True) if asked.strict else target,
            root=here.root,
            paths=paths(target.file, target.module),
            overlays=asked.texts,
            limits=limits,
            breaks=asked.breaks or config.graph_breaks,
        )

    for target in targets:
        fallbacks = tuple(request(target.by(each)) for each in target.fallbacks)
        yield Task(request(target), interpreter, asked.lasting, fallbacks)


def _interpreter(config: Config, root: str, asked: Tracing) -> Interpreter:
    return Interpreter(
        asked.python or config.python or interpreter_of(root), config.cuda, modest=asked.lasting
    )


def interpreter_of(root: str) -> str:
    """The Python of a project: the active environment's, else that of a `.venv` in it, else our own."""
    program = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    active = (os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    homes = [home for home in active if home] + [str(Path(root, name)) for name in (".venv", "venv")]
    pythons = (Path(home, *program) for home in homes)
    return next((str(python) for python in pythons if python.is_file()), sys.executable)


def jobs_for(options: Options, plan: Plan) -> int:
    """How many targets to trace at the same time: as asked, else as the first path's project says."""
    configured = next((config.jobs for config in plan.configs.values()), None)
    return options.jobs or configured or max(1, min(_MOST_JOBS, os.cpu_count() or 1))


def _is_below(file: str, folder: str) -> bool:
    return Path(folder).resolve() in Path(file).resolve().parents
