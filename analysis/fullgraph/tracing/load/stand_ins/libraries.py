"""Placeholders for libraries that are not installed.

A check needs a library only where the model or its inputs do. To import one that is missing gives a
placeholder, as do its names, which stand in annotations, base classes and at the top of modules. To call one
of them in a function, or to make an instance of a class that inherits one, raises the ModuleNotFoundError of
the user's run. The rule: who tries to import and handles the error still gets the error.
"""

from __future__ import annotations

import builtins
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ...torch_compat.hooks import patched
from .containers import CONTAINERS, made
from .notes import Notes
from .unknown import Source, Unknown

SERVICES = frozenset(
    [
        "wandb",
        "mlflow",
        "comet_ml",
        "neptune",
        "clearml",
        "swanlab",
        "tensorboard",
        "tensorboardX",
        "aim",
        "loguru",
        "tqdm",
        "colorlog",
        "coloredlogs",
        "termcolor",
        "rich",
        "dotenv",
        "setproctitle",
        "icecream",
        "sentry_sdk",
        "prettytable",
        "tabulate",
        "fvcore",
        "thop",
        "torchinfo",
        "torchsummary",
    ]
)
"""Libraries that only note or show: what they are asked for is left out, wherever they are called."""


TOLERANT = "__fullgraph_failures__"
"""A name that modules have of which only what the target needs is run."""

_KEEP_OPTIONS = ("wandb", "swanlab")


class Missing:
    """A library that is not installed, or something in it; `path` is its dotted name."""

    def __init__(self, path: str, notes: Notes) -> None:
        self.__dict__.update(path=path, notes=notes)

    @property
    def _root(self) -> str:
        return str(self.__dict__["path"]).partition(".")[0]

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return "0"
        if name.startswith("__"):
            raise AttributeError(name)
        path, notes = f"{self.__dict__['path']}.{name}", self.__dict__["notes"]
        if name == "config" and self._root in _KEEP_OPTIONS:
            return Unknown(Source(notes, "option", path, path, name))
        return Missing(path, notes)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__["path"] in CONTAINERS and (settings := made(self.error, args, kwargs)) is not None:
            return settings
        if self._root == "tqdm" and args:
            return range(*args) if isinstance(args[0], int) else args[0]
        if self._root not in SERVICES and _is_needed(sys._getframe(1)):
            raise self.error()
        return Missing(f"{self.__dict__['path']}()", self.__dict__["notes"])

    def error(self) -> ModuleNotFoundError:
        return not_installed(self._root)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (_base(self._root),)

    def __instancecheck__(self, _instance: object) -> bool:
        return False

    def __subclasscheck__(self, _subclass: type) -> bool:
        return False

    def __getitem__(self, _key: Any) -> Any:
        return self

    def __or__(self, _other: Any) -> Any:
        return self

    __ror__ = __or__

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        raise self.error()

    def __repr__(self) -> str:
        return f"<{self.__dict__['path']}, which is not installed>"


def not_installed(library: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {library!r}", name=library)


def _base(library: str) -> type:
    """What a class inherits in the place of a class of a missing library."""

    class Base:
        def __new__(cls, *_args: Any, **_kwargs: Any) -> Any:
            raise not_installed(library)

        def __init_subclass__(cls, **_kwargs: Any) -> None:
            pass

    return Base


def _is_needed(frame: FrameType) -> bool:
    """Whether the code that runs is a part of the target's, or of a function, and not of a module or a class."""
    return TOLERANT in frame.f_globals or bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)


@contextmanager
def placeholders(notes: Notes, paths: tuple[str, ...], imported: Callable[[], None]) -> Iterator[None]:
    """Within, the user's imports of what is not installed give placeholders; `imported` hears of each import."""

    def make(original: Any) -> Any:
        def load(
            name: str,
            namespace: Mapping[str, Any] | None = None,
            local: Any = None,
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            try:
                return original(name, namespace, local, fromlist, level)
            except ModuleNotFoundError as error:
                frame = sys._getframe(1)
                if level or not _is_replaceable(error, frame, notes, paths):
                    raise
                library = (error.name or name).partition(".")[0]
                notes.add("library", library, "a placeholder")
                return Missing(name if fromlist else name.partition(".")[0], notes)
            finally:
                # What a library imports is not complete before the library is.
                if notes.user_code.is_user(sys._getframe(1).f_code.co_filename):
                    imported()

        return load

    with patched(builtins, "__import__", make):
        yield


def _is_replaceable(
    error: ModuleNotFoundError, frame: FrameType, notes: Notes, paths: tuple[str, ...]
) -> bool:
    """Whether the user's own code imports a library that is not there, and does not deal with it."""
    library = (error.name or "").partition(".")[0]
    if not library or not notes.user_code.is_user(frame.f_code.co_filename):
        return False
    return not is_there(library, paths) and not notes.is_handled(error, frame)


def is_there(library: str, paths: tuple[str, ...]) -> bool:
    """Whether it is installed, or is a part of the user's own code that lacks something."""
    for path in paths:
        if os.path.isdir(Path(path, library)) or Path(path, f"{library}.py").exists():  # noqa: PTH112
            return True
    try:
        return importlib.util.find_spec(library) is not None
    except (ImportError, ValueError, AttributeError):
        return False
