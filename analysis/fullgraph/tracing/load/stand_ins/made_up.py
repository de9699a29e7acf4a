"""Arguments of a constructor that nothing tells: numbers by their names, and settings that hold such.

The rule: all of them are known before the model is built, so that what its code makes of them fits together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ....model import MadeUp
from .likely import by_name
from .notes import Notes, Want
from .unknown import Source, Unknown

_IMAGE = 224
_NOTHING: Mapping[str, Any] = {}


def want(given: MadeUp) -> Want:
    """What is looked for in its place; a list is a tuple, as long as it is one of many to choose from."""
    options = tuple(_frozen(ast.literal_eval(each)) for each in given.options)
    likely = by_name(given.name)
    # Nobody asks for large pictures, and the search for inputs runs the model many times.
    small = (64, *(each for each in likely if each != 64)) if _IMAGE in likely else ()
    return Want(given.name, given.name, options=options or small)


def values(given: Iterable[MadeUp], notes: Notes | None) -> dict[str, Any]:
    """The values of all of them.

    Raises:
        ValueWanted: one was not chosen yet.
    """
    if notes is None:
        return {}
    return {each.name: _settings(each, notes) if each.settings else _value(each, notes) for each in given}


def _settings(given: MadeUp, notes: Notes) -> Settings:
    return Settings(given.name, notes, ast.literal_eval(given.known) if given.known else {})


class Settings:
    """A configuration, as attributes and as items: what is `known`, and beyond that what the names say.

    What is neither known nor a number by its name is unknown.
    """

    def __init__(self, path: str, notes: Notes, known: Mapping[str, Any] = _NOTHING) -> None:
        self.__dict__["_source"] = Source(notes, "option", path, path, path)
        self.__dict__["_known"] = {
            name: _inner(value, f"{path}.{name}", notes) for name, value in known.items()
        }

    def __getattr__(self, name: str) -> Any:
        source, known = self.__dict__["_source"], self.__dict__["_known"]
        if name in known:
            return known[name]
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{source.path}.{name}"
        if by_name(name):
            return source.notes.demand(Want(path, name))
        return Unknown(Source(source.notes, "option", source.root, path, name))

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["_known"][name] = value

    __setitem__ = __setattr__

    def __getitem__(self, key: Any) -> Any:
        return getattr(self, key) if isinstance(key, str) else NotImplemented

    def __contains__(self, key: object) -> bool:
        return key in self.__dict__["_known"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["_known"])

    def __len__(self) -> int:
        return len(self.__dict__["_known"])

    def keys(self) -> Any:
        """Those that are known: all that `**settings` gives."""
        return self.__dict__["_known"].keys()

    def items(self) -> Any:
        """As of a dict."""
        return self.__dict__["_known"].items()

    def values(self) -> Any:
        """As of a dict."""
        return self.__dict__["_known"].values()

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dict: without a default, what it would be as an attribute."""
        if key in self.__dict__["_known"] or default is None:
            return getattr(self, key)
        return default


def _inner(value: Any, path: str, notes: Notes) -> Any:
    return Settings(path, notes, value) if isinstance(value, dict) else value


def _value(given: MadeUp, notes: Notes) -> Any:
    value = notes.demand(want(given))
    is_list = bool(given.options) and given.options[0].startswith("[") and isinstance(value, tuple)
    return list(value) if is_list else value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
