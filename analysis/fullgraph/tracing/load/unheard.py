"""What changes files or starts programs though no audit event tells: functions in C++ or Rust that do it themselves.

The rule: each is asked before, by the name under which it is public; in a library that is not imported yet, as
soon as it is.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ClassMethodDescriptorType, ModuleType
from typing import Any

Question = Callable[[object], None]
"""Raises if what it is given, a path, a command, or a thread, is not allowed."""


@dataclass(frozen=True)
class _Argument:
    at: int
    name: str

    def of(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return args[self.at] if len(args) > self.at else kwargs.get(self.name)


@dataclass(frozen=True)
class _Writer:
    path: _Argument
    only_if: _Argument | None = None
    """A mode, as `open` has it, or a flag, where it may also only read."""

    def path_of(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return (
            self.path.of(args, kwargs)
            if self.only_if is None or _says_so(self.only_if.of(args, kwargs))
            else None
        )


def _says_so(value: object) -> bool:
    return any(letter in value for letter in "wax+") if isinstance(value, str) else bool(value)


def _writer(at: int, name: str) -> _Writer:
    return _Writer(_Argument(at, name))


_MAPPED = _Writer(_Argument(0, "filename"), _Argument(1, "shared"))
_WRITERS: dict[str, dict[str, _Writer]] = {
    "torch": {"save": _writer(1, "f"), "from_file": _MAPPED, "UntypedStorage.from_file": _MAPPED},
    "torch.jit": {
        "save": _writer(1, "f"),
        "RecursiveScriptModule.save": _writer(1, "f"),
        "ScriptFunction.save": _writer(1, "filename"),
    },
    "torch.export": {"save": _writer(1, "f")},
    "torch.package": {"PackageExporter.__init__": _writer(1, "f")},
    "torch.autograd.profiler": {"profile.export_chrome_trace": _writer(1, "path")},
    "os": {"mknod": _writer(0, "path"), "mkfifo": _writer(0, "path")},
    "safetensors.torch": {"serialize_file": _writer(1, "filename")},
    "safetensors.numpy": {"serialize_file": _writer(1, "filename")},
    "torchvision.io.image": {"write_file": _writer(0, "filename")},
    "cv2": {"imwrite": _writer(0, "filename"), "imwritemulti": _writer(0, "filename")},
    "h5py": {"File.__init__": _Writer(_Argument(1, "name"), _Argument(2, "mode"))},
    "soundfile": {"SoundFile.__init__": _Writer(_Argument(1, "file"), _Argument(2, "mode"))},
}
"""By module, which functions write, and to which of their arguments."""

_STARTERS = {"_posixsubprocess": {"fork_exec": _writer(0, "args")}}
"""What multiprocessing calls for `spawn` and `forkserver`. `subprocess`, of which there is an event, holds its own."""


_THREADS = {"threading": {"Thread.start": _writer(0, "self")}}


@contextmanager
def asked(may_write: Question, may_start: Question, starts: Question) -> Iterator[ExitStack]:
    """Within, each of these functions asks first, and `starts` is told of each thread. Who takes all off the stack that is given keeps them asking."""
    with ExitStack() as stack:

        def ask_in(module: ModuleType) -> None:
            for question, table in ((may_write, _WRITERS), (may_start, _STARTERS), (starts, _THREADS)):
                for name, writer in table.get(module.__name__, {}).items():
                    stack.callback(_swapped(module, name, writer, question))

        for name in (*_WRITERS, *_STARTERS, *_THREADS):
            if (module := sys.modules.get(name)) is not None:
                ask_in(module)
        importer = _Importer(ask_in)
        sys.meta_path.insert(0, importer)
        stack.callback(_taken_away, importer)
        yield stack


def _swapped(module: ModuleType, name: str, writer: _Writer, question: Question) -> Callable[[], None]:
    """Puts a function that asks in the place of one, and gives how to undo it."""
    *parents, last = name.split(".")
    owner: Any = module
    for parent in parents:
        owner = getattr(owner, parent, None)
    if not hasattr(owner, last):  # another version, or another system
        return _nothing
    is_own, before = last in vars(owner), vars(owner).get(last)
    asking = _asking(getattr(owner, last), writer, question)
    is_static = isinstance(inspect.getattr_static(owner, last), _STATIC) and inspect.isclass(owner)
    with suppress(TypeError):  # a type that nobody may change
        setattr(owner, last, staticmethod(asking) if is_static else asking)
        return lambda: setattr(owner, last, before) if is_own else delattr(owner, last)
    return _nothing


_STATIC = (staticmethod, classmethod, ClassMethodDescriptorType)


def _nothing() -> None:
    pass


def _asking(function: Callable[..., Any], writer: _Writer, question: Question) -> Callable[..., Any]:
    @functools.wraps(function)
    def asking(*args: Any, **kwargs: Any) -> Any:
        question(writer.path_of(args, kwargs))
        return function(*args, **kwargs)

    return asking


def _taken_away(importer: _Importer) -> None:
    with suppress(ValueError):
        sys.meta_path.remove(importer)


class _Importer:
    """Has a module of these ask once it is executed. It finds none itself."""

    def __init__(self, ask_in: Callable[[ModuleType], None]) -> None:
        self._ask_in = ask_in

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _WRITERS:
            return None
        # Those after it alone: another one of these, which a thread has kept, asks on in turn.
        after = itertools.islice(
            itertools.dropwhile(lambda each: each is not self, list(sys.meta_path)), 1, None
        )
        others = (each for each in after if hasattr(each, "find_spec"))
        spec = next((found for each in others if (found := each.find_spec(name, path, target))), None)
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: Any) -> None:
        execute = loader.exec_module

        def executed(module: ModuleType) -> None:
            execute(module)
            self._ask_in(module)

        with suppress(AttributeError, TypeError):
            loader.exec_module = executed
