"""Which warm worker traces a target.

It is the plain one of its interpreter and project, or one that also has the libraries that the target's code
imports.

Importing transformers takes seconds, in each trace anew, since a trace is a fork of a process that never
ran the user's code. So where more checks will follow (in an editor), a second worker with these libraries
is started aside, and takes over once it is warm. It is used only while the user's files import what it
has: a library that they dropped may have changed torch on import, and would still be there.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..model import Facts, StartFailure, TraceRequest
from ..project import files
from ..text.source import SourceText, SyntaxProblem, parse_module
from . import Interpreter, Worker, start

_MOST_LOADED = 2
"""Workers with libraries for one project; each takes some hundred megabytes."""

Roots = frozenset[str]
"""The packages that files name in their imports: `transformers`."""


@dataclass
class _Ready:
    """The workers of one interpreter and project. None among the loaded: getting warm, or unfit to fork."""

    plain: Worker | StartFailure | None = None
    loaded: dict[Roots, Worker | None] = field(default_factory=dict)
    starting: threading.Lock = field(default_factory=threading.Lock)
    launched: list[Callable[[], None]] = field(default_factory=list)
    """What ends processes that may not be warm yet."""
    closed: bool = False

    def workers(self) -> list[Worker]:
        return [each for each in (self.plain, *self.loaded.values()) if isinstance(each, Worker)]


class Workers:
    """Warm workers by interpreter and project, each started by the first task that needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: dict[tuple[Interpreter, str], _Ready] = {}
        self._loads: dict[tuple[str, str], tuple[str, ...]] = {}  # the user's files that a target loads

    def get(self, interpreter: Interpreter, request: TraceRequest) -> Worker | StartFailure:
        """The worker for one trace. Takes seconds the first time."""
        ready = self._of(interpreter, request.root)
        if ready.loaded:
            named = self._named(request)
            fitting = (roots for roots, worker in ready.loaded.items() if worker and roots <= named)
            best = max(fitting, key=len, default=None)
            if best is not None and (worker := ready.loaded[best]):
                return worker
        return self._plain(ready, interpreter, request.root)

    def prepare(self, interpreter: Interpreter, root: str) -> None:
        """A trace will likely be asked for: its worker begins to get warm. Returns at once."""
        arguments = (self._of(interpreter, root), interpreter, root)
        threading.Thread(target=self._plain, args=arguments, name="fullgraph-start", daemon=True).start()

    def learn(self, interpreter: Interpreter, request: TraceRequest, facts: Facts) -> None:
        """More checks of this target will follow: what it imports shall be warm by then."""
        self._loads[request.root, request.target.file] = facts.loaded
        roots = self._named(request) & {name.partition(".")[0] for name in facts.libraries}
        ready = self._of(interpreter, request.root)
        with self._lock:
            if not roots or not interpreter.forks or roots in ready.loaded:
                return
            if len(ready.loaded) >= _MOST_LOADED:
                return
            ready.loaded[roots] = None
        arguments = (interpreter, request.root, roots, facts.libraries)
        threading.Thread(target=self._load, args=arguments, name="fullgraph-warm", daemon=True).start()

    @property
    def projects(self) -> int:
        """How many have workers: each takes some hundred megabytes until it is closed."""
        with self._lock:
            return len(self._ready)

    def close(self, root: str | None = None) -> None:
        """Ends those of one project, or all; what needs one again gets a new one."""
        with self._lock:
            ended = [self._ready.pop(key) for key in list(self._ready) if root in (None, key[1])]
            for ready in ended:
                ready.closed = True
        for worker in (worker for ready in ended for worker in ready.workers()):
            worker.close()
        for end in (end for ready in ended for end in ready.launched):
            end()

    def _of(self, interpreter: Interpreter, root: str) -> _Ready:
        with self._lock:
            return self._ready.setdefault((interpreter, root), _Ready())

    def _plain(self, ready: _Ready, interpreter: Interpreter, root: str) -> Worker | StartFailure:
        with ready.starting:  # it takes seconds, and other projects need not wait for it
            if not isinstance(ready.plain, Worker):
                ready.plain = self._start(ready, interpreter, root)
            return ready.plain

    def _start(self, ready: _Ready, interpreter: Interpreter, root: str) -> Worker | StartFailure:
        """A new worker. Nobody waits for one that is closed meanwhile, and it is not left behind."""

        def launched(end: Callable[[], None]) -> None:
            with self._lock:
                ready.launched.append(end)
            if ready.closed:
                end()

        worker = start(interpreter, root, launched)
        if ready.closed and isinstance(worker, Worker):
            worker.close()
        return worker

    def _load(self, interpreter: Interpreter, root: str, roots: Roots, modules: tuple[str, ...]) -> None:
        ready = self._of(interpreter, root)
        worker = self._start(ready, interpreter, root)
        if isinstance(worker, StartFailure):
            return
        fit = worker.preload(modules)
        with self._lock:
            closed = self._ready.get((interpreter, root)) is not ready
            if fit and not closed:
                ready.loaded[roots] = worker
                return
        worker.close()

    def _named(self, request: TraceRequest) -> Roots:
        """What the user's files of a target import now, as far as is known from its last trace."""
        loaded = self._loads.get((request.root, request.target.file), ())
        paths = dict.fromkeys((request.target.file, *loaded))
        sources = (files.read_source(file, request.overlays) for file in paths)
        return frozenset().union(*(_imports(source) for source in sources if isinstance(source, SourceText)))


def _imports(source: SourceText) -> Iterable[str]:
    tree = parse_module(source.normal)
    for node in ast.walk(tree) if not isinstance(tree, SyntaxProblem) else ():
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
