"""Placeholders for libraries that are not installed, and for extensions of the project's that are not built.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

from ...torch_compat.hooks import patched
from .. import extensions
from . import trackers
from .containers import CONTAINERS, made
from .notes import Notes
from .unknown import Source

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

_PLACEHOLDER = "a placeholder"


class Missing:
    """A library that is not installed, or something in it; `path` is its dotted name.

    `extension` is the module, where it is one that the project builds.
    """

    def __init__(self, path: str, notes: Notes, extension: str = "") -> None:
        self.__dict__.update(path=path, notes=notes, extension=extension)

    @property
    def _root(self) -> str:
        return str(self.__dict__["extension"] or str(self.__dict__["path"]).partition(".")[0])

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return "0"
        if name.startswith("__"):
            raise AttributeError(name)
        path, notes = f"{self.__dict__['path']}.{name}", self.__dict__["notes"]
        if name == "config" and self._root in trackers.KEEPING:
            return trackers.Options(Source(notes, "option", path, path, name), self._options())
        return Missing(path, notes, self.__dict__["extension"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__["path"] in CONTAINERS and (settings := made(self.error, args, kwargs)) is not None:
            return settings
        if self._root == "tqdm" and args:
            return range(*args) if isinstance(args[0], int) else args[0]
        if self._root in trackers.KEEPING and "config" in kwargs:
            trackers.given_to(self._options(), {"config": kwargs["config"]})
        if self._root not in SERVICES and _is_needed(sys._getframe(1)):
            raise self.error()
        return Missing(f"{self.__dict__['path']}()", self.__dict__["notes"], self.__dict__["extension"])

    def _options(self) -> dict[str, Any]:
        """Those that a tracker was given in this run, by any of its names."""
        notes: Notes = self.__dict__["notes"]
        return notes.options.setdefault(self._root, {})

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
def placeholders(
    notes: Notes, root: str, paths: tuple[str, ...], imported: Callable[[], None]
) -> Iterator[None]:
    """Within, the user's imports of what is not installed give placeholders; `imported` hears of each import."""
    replacing = _Replacing(notes, root, paths)

    def make(original: Any) -> Any:
        def load(
            name: str,
            namespace: Mapping[str, Any] | None = None,
            local: Any = None,
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            frame = sys._getframe(1)
            is_users = notes.user_code.is_user(frame.f_code.co_filename)
            try:
                module = original(name, namespace, local, fromlist, level)
            except ModuleNotFoundError as error:
                if not is_users or notes.is_handled(error, frame):
                    raise
                return replacing.module(error, _Import(name, fromlist, level))
            finally:
                # What a library imports is not complete before the library is.
                if is_users:
                    imported()
            return replacing.names(module, fromlist, frame) if is_users and fromlist else module

        return load

    with patched(builtins, "__import__", make):
        yield


@dataclass(frozen=True)
class _Import:
    """An import as Python asks for it: `from .ops import _C` has a name, names in it, and a level."""

    name: str
    names: Any
    level: int


class _Replacing:
    """What stands for modules that the user's own code imports, that are not there, and that it does not handle."""

    def __init__(self, notes: Notes, root: str, paths: tuple[str, ...]) -> None:
        self._notes = notes
        self._root = root
        self._paths = paths

    def module(self, error: ModuleNotFoundError, asked: _Import) -> Missing:
        """The placeholder of a module.

        Raises:
            ModuleNotFoundError: the module is the project's, and no extension.
        """
        absent = error.name or asked.name
        library = absent.partition(".")[0]
        if self._is_extension(absent):
            self._notes.add("library", absent, _PLACEHOLDER)
            return Missing(absent if asked.names else library, self._notes, absent)
        if asked.level or is_there(library, (self._root, *self._paths)):
            raise error
        self._notes.add("library", library, _PLACEHOLDER)
        return Missing(asked.name if asked.names else library, self._notes)

    def names(self, module: Any, names: Sequence[str], frame: FrameType) -> Any:
        """The module, with placeholders for extensions in it that are asked for by name."""
        package = getattr(module, "__name__", "")
        absent = [each for each in names if each != "*" and not hasattr(module, each)]
        built = [each for each in absent if self._is_extension(f"{package}.{each}")]
        if not built or self._notes.is_handled(ImportError(), frame):
            return module
        found = {each: getattr(module, each) for each in names if each not in absent}
        for each in built:
            name = f"{package}.{each}"
            self._notes.add("library", name, _PLACEHOLDER)
            found[each] = Missing(name, self._notes, name)
        return SimpleNamespace(__name__=package, **found)

    def _is_extension(self, name: str) -> bool:
        return "." in name and extensions.is_one(name, self._root, self._paths)


def is_there(library: str, paths: tuple[str, ...]) -> bool:
    """Whether it is installed, or is a part of the user's own code that lacks something."""
    for path in paths:
        if os.path.isdir(Path(path, library)) or Path(path, f"{library}.py").exists():  # noqa: PTH112
            return True
    try:
        return importlib.util.find_spec(library) is not None
    except (ImportError, ValueError, AttributeError):
        return False
