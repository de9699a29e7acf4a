"""Arguments of a constructor that nothing tells: numbers by their names, and settings that hold such.

The rule: all of them are known before the model is built, so that what its code makes of them fits together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from ....model import MadeUp
from .likely import by_name
from .notes import Notes, Want
from .unknown import Source, Unknown

_IMAGE = 224


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
    return {each.name: Settings(each.name, notes) if each.settings else _value(each, notes) for each in given}


class Settings:
    """A configuration whose attributes are what their names say; those that say no number are unknown."""

    def __init__(self, path: str, notes: Notes) -> None:
        self.__dict__["_source"] = Source(notes, "option", path, path, path)

    def __getattr__(self, name: str) -> Any:
        source: Source = self.__dict__["_source"]
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{source.path}.{name}"
        if by_name(name):
            return source.notes.demand(Want(path, name))
        return Unknown(Source(source.notes, "option", source.root, path, name))

    def __getitem__(self, key: Any) -> Any:
        return getattr(self, key) if isinstance(key, str) else NotImplemented

    def __contains__(self, _key: object) -> bool:
        return False

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dict: without a default, what it would be as an attribute."""
        return getattr(self, key) if default is None else default


def _value(given: MadeUp, notes: Notes) -> Any:
    value = notes.demand(want(given))
    is_list = bool(given.options) and given.options[0].startswith("[") and isinstance(value, tuple)
    return list(value) if is_list else value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
