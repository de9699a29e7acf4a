"""Watches how the classes of the workspace that are `nn.Module`s are built and called.

Of a class of the workspace `__call__` is wrapped; of torch's `Module` alone `__init__`, to see what a model
was built from. Modules of torch and of libraries are called as ever. Only the outermost call is noted, after it
has returned; one that raises says nothing of what the model takes.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import inspect
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from . import store
from .describing import described
from .writing import CannotWrite, name_of, placed, written

_MODULE = "torch.nn.modules.module"
_COMPILED = "torch._dynamo.eval_frame"
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_MOST_BETWEEN = 4
_MOST_SEEN = 256
"""Forms of calls that are told apart; a model that has more of them is not looked at any further."""


# What the wrapped calls go by. They are functions of this module and have no closure, so that a class which
# is pickled by its contents (`__main__`'s, by cloudpickle) carries nothing but their names.
_RECORDERS: list[Recorder] = []
_TORCH: dict[str, Any] = {}


def start(out: str, root: str) -> None:
    """From now on the models of the workspace at `root` are recorded in the file `out`."""
    recorder = Recorder(out, root)
    _RECORDERS[:] = [recorder]
    watched = {_MODULE: recorder.attach, _COMPILED: recorder.attach_compiled}
    for name, attach in watched.items():
        if name in sys.modules:
            attach(sys.modules[name])
    sys.meta_path.insert(0, _Watch({n: a for n, a in watched.items() if n not in sys.modules}))


def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The `__call__` of a module class of the workspace."""
    import torch

    # Dynamo follows this code, and must find nothing in it.
    if torch.compiler.is_compiling():
        return torch.nn.Module.__call__(self, *args, **kwargs)
    recorder = _RECORDERS[-1]
    if recorder.is_inside:
        return torch.nn.Module.__call__(self, *args, **kwargs)
    with recorder.noting(self, args, kwargs):
        return torch.nn.Module.__call__(self, *args, **kwargs)


def noted_compiled(self: Any, *args: Any, **kwargs: Any) -> Any:
    """That of what torch.compile gives for a model."""
    call = _TORCH["compiled"]
    recorder = _RECORDERS[-1]
    model = self._orig_mod
    if recorder.is_inside or not recorder.knows(model):
        return call(self, *args, **kwargs)
    with recorder.noting(model, args, kwargs):
        return call(self, *args, **kwargs)


class Recorder:
    """Notes how the models below `root` are built and called, and writes that to `out` at the end."""

    def __init__(self, out: str, root: str) -> None:
        self._out = out
        self._root = str(Path(root).resolve())
        self._built: weakref.WeakKeyDictionary[Any, _Built] = weakref.WeakKeyDictionary()
        self._ways: dict[type, set[_Built]] = {}
        self._files: dict[type, str | None] = {}
        self._seen: dict[type, set[Any]] = {}
        self._inside = threading.local()

    # -- torch has been imported ---------------------------------------------------------------------

    def attach(self, module: ModuleType) -> None:
        """`module` is torch.nn.modules.module, just imported."""
        base = module.Module
        _TORCH["Module"] = base
        initial = base.__init__

        def __init__(self_: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            initial(self_, *args, **kwargs)
            with contextlib.suppress(Exception):
                self._built_now(self_, sys._getframe(1), base)

        __init__.__wrapped__ = initial  # type: ignore[attr-defined]
        base.__init__ = __init__

    def attach_compiled(self, module: ModuleType) -> None:
        """What torch.compile gives for a model calls it from compiled code, which nothing may be put into."""
        compiled = getattr(module, "OptimizedModule", None)
        if compiled is not None:
            _TORCH["compiled"] = compiled.__call__
            compiled.__call__ = noted_compiled

    # -- a model is built ----------------------------------------------------------------------------

    def _built_now(self, model: Any, frame: FrameType | None, base: type) -> None:
        kind = type(model)
        built = self._built[model] = self._constructor(model, frame)
        if self._file_of(kind) is None:
            return
        if kind not in self._seen:
            self._seen[kind] = set()
            if kind.__call__ is base.__call__:
                kind.__call__ = noted
        self._ways.setdefault(kind, set()).add(built)

    def _constructor(self, model: Any, frame: FrameType | None) -> _Built:
        """`Net(3, hidden=64)`, by what the outermost `__init__` was given.

        It is called at the `super().__init__()` of a constructor, when its parameters are still what they were.
        """
        own = _outermost_init(model, frame)
        try:
            name = name_of(type(model))
            return _Built(f"{name}({', '.join(_parts(own, self._text_of) if own else ())})")
        except CannotWrite as error:
            return _Built(None, str(error))

    def _text_of(self, model: Any) -> str:
        built = self._built.get(model, _Built(None, "how it was built was not seen"))
        if built.text is None:
            raise CannotWrite(f"of its `{type(model).__qualname__}`, {built.reason}")
        return built.text

    def _file_of(self, kind: type) -> str | None:
        """The file of a class of the workspace; None for all others, and for classes in functions."""
        if kind not in self._files:
            self._files[kind] = self._find_file(kind)
        return self._files[kind]

    def _find_file(self, kind: type) -> str | None:
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if file is None or "<locals>" in kind.__qualname__:
            return None
        path = Path(os.path.abspath(file))  # noqa: PTH100 (a link is called as it is called)
        try:
            inside = path.resolve().relative_to(self._root)
        except ValueError:
            return None
        return None if _INSTALLED.intersection(inside.parts) else inside.as_posix()

    # -- a model is called ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def noting(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[None]:
        """Around the outermost call of a model; what raises is not noted."""
        self._inside.deep = True
        try:
            form = self._form(model, args, kwargs)
            yield
        finally:
            self._inside.deep = False
        if form is not None:
            self._note(model, form)

    def knows(self, model: Any) -> bool:
        return type(model) in self._seen

    @property
    def is_inside(self) -> bool:
        return getattr(self._inside, "deep", False)

    def _form(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The form of a call, before it could change its arguments; None where it is known."""
        with contextlib.suppress(Exception):
            seen = self._seen.get(type(model))
            if seen is None or len(seen) >= _MOST_SEEN:
                return None
            quick = _quick(args, kwargs)
            if quick is not None and (self._built.get(model), quick) in seen:
                return None
            torch = sys.modules["torch"]
            if torch.jit.is_tracing():  # whose sizes are tensors
                return None
            tensor = torch.Tensor
            form = {
                "args": [described(each, tensor) for each in args],
                "kwargs": {name: described(each, tensor) for name, each in kwargs.items()},
            }
            return quick, form
        return None

    def _note(self, model: Any, noted: Any) -> None:
        quick, form = noted
        with contextlib.suppress(Exception):
            kind = type(model)
            ways = self._ways.get(kind, set())
            # A copy is built as its original was, where all were built alike.
            built = self._built.get(model, next(iter(ways)) if len(ways) == 1 else _UNSEEN)
            key = (built, quick if quick is not None else repr(form))
            if key in self._seen[kind]:
                return
            self._seen[kind].add(key)
            entry = {
                "file": self._file_of(kind),
                "class": kind.__qualname__,
                **_model(built, kind),
                "forward": list(inspect.signature(kind.forward).parameters)[1:],
                "calls": [form],
            }
            store.merge_into(self._out, entry)


def _quick(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A key for calls whose arguments are tensors and plain numbers, cheap to make; None for others."""
    key: list[Any] = []
    for value in (*args, *kwargs.values()):
        shape = getattr(value, "shape", None)
        if shape is not None and hasattr(value, "dtype"):
            sizes = tuple(shape)
            if any(type(size) is not int for size in sizes):
                raise TypeError("a symbol, which must not be compared")
            key.append((sizes, value.dtype))
        elif value is None or isinstance(value, (bool, int)):
            key.append(value)
        else:
            return None
    return tuple(key), tuple(kwargs)


@dataclass(frozen=True)
class _Built:
    """The text that builds a model, its names still to be placed; or the reason why there is none."""

    text: str | None
    reason: str = ""


_UNSEEN = _Built(None, "it was built in more than one way, and this one is a copy")


def _model(built: _Built, kind: type) -> dict[str, Any]:
    """What an entry says of how its model is built."""
    reason = built.reason
    if built.text is not None:
        try:
            return {"model": placed(built.text, kind.__module__)}
        except CannotWrite as error:
            reason = str(error)
    return {"model": None, "reason": reason}


def _outermost_init(model: Any, frame: FrameType | None) -> FrameType | None:
    own: FrameType | None = None
    between = 0  # frames of wrappers: Dynamo puts one around each constructor
    while frame is not None and between < _MOST_BETWEEN:
        if _is_init_of(model, frame):
            own, between = frame, 0
        frame, between = frame.f_back, between + 1
    return own


def _is_init_of(model: Any, frame: FrameType) -> bool:
    code: CodeType = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    return code.co_name == "__init__" and frame.f_locals.get(first) is model


def _parts(frame: FrameType, built_by: Callable[[Any], str]) -> list[str]:
    given = inspect.getargvalues(frame)
    values = [(name, given.locals.get(name)) for name in given.args[1:]]
    further = given.locals.get(given.varargs, ()) if given.varargs else ()
    named = given.locals.get(given.keywords, {}) if given.keywords else {}
    keywords_only = frame.f_code.co_kwonlyargcount
    names = frame.f_code.co_varnames[frame.f_code.co_argcount :][:keywords_only]
    only = [(name, given.locals.get(name)) for name in names]
    front = [f"{'' if further else f'{name}='}{_said(name, value, built_by)}" for name, value in values]
    rest = [_said(given.varargs or "", value, built_by) for value in further]
    back = [f"{name}={_said(name, value, built_by)}" for name, value in (*only, *named.items())]
    return [*front, *rest, *back]


def _said(name: str, value: Any, built_by: Callable[[Any], str]) -> str:
    try:
        return written(value, built_by)
    except CannotWrite as error:
        raise CannotWrite(f"its `{name}` cannot be recreated: {error}") from None


class _Watch(importlib.abc.MetaPathFinder):
    """Calls back when one of some modules has been imported; finds nothing itself."""

    def __init__(self, wanted: dict[str, Callable[[ModuleType], None]]) -> None:
        self._wanted = wanted

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._wanted:
            return None
        then = self._wanted.pop(fullname)
        if not self._wanted and self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        _call_after(spec.loader, then)
        return spec


def _call_after(loader: Any, then: Callable[[ModuleType], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        del loader.exec_module
        with contextlib.suppress(Exception):
            then(module)

    loader.exec_module = exec_module
