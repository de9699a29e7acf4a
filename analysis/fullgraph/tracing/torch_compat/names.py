"""Names of torch that no documentation promises: declared where they are needed, looked up when used.

The rule: each is looked up by itself. A torch that has one no more costs what was observed through it, and
nothing else; that it was lost is noted here, once, and told with the facts.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ...model import Lost

MISSING: Any = object()

_LOST: dict[Lost, None] = {}
_KNOWN: dict[str, Any] = {}


@dataclass(frozen=True)
class Private:
    """A dotted name below `torch`, and what is lost without it."""

    name: str
    observation: str

    def get(self) -> Any:
        """The object; None where this torch has none."""
        if self.name not in _KNOWN:
            _KNOWN[self.name] = found(self.name, lambda: _resolved(self.name))
        return _given(_KNOWN[self.name], self.name, self.observation)

    def types(self) -> tuple[type, ...]:
        """For `isinstance` and `except`: the class alone, or no class at all."""
        kind = self.get()
        return (kind,) if kind is not None else ()


@dataclass(frozen=True)
class Attribute:
    """An attribute of one of torch's objects, by the name of its class; `older` is what it was called before."""

    name: str  # `ShapeEnv.replacements`
    observation: str
    older: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.name.rpartition(".")[2], *self.older

    def of(self, owner: Any, default: Any = None) -> Any:
        value = found(self.name, lambda: self._read(owner))
        return default if _given(value, self.name, self.observation) is None else value

    def named(self, owner: Any) -> str | None:
        """What `owner` calls it."""
        present = found(self.name, lambda: next(name for name in self.names if hasattr(owner, name)))
        name: str | None = _given(present, self.name, self.observation)
        return name

    def _read(self, owner: Any) -> Any:
        return getattr(owner, next((name for name in self.names if hasattr(owner, name)), self.names[0]))


def found(asked: str, look: Callable[[], Any]) -> Any:  # noqa: ARG001 (a test takes single names away here)
    """What `look` gives; MISSING where torch has no such name."""
    try:
        return look()
    except (AttributeError, ImportError, StopIteration):
        return MISSING


def lost() -> tuple[Lost, ...]:
    """What this process has lost so far."""
    return tuple(_LOST)


def note_loss(name: str, observation: str) -> None:
    _LOST[Lost(name, observation)] = None


def forget() -> None:
    """Begins anew, as a new process would."""
    _LOST.clear()
    _KNOWN.clear()


def _given(value: Any, name: str, observation: str) -> Any:
    if value is not MISSING:
        return value
    note_loss(name, observation)
    return None


def _resolved(name: str) -> Any:
    """The object of a dotted name, of which submodules are imported as they come."""
    first, *rest = name.split(".")
    here: Any = importlib.import_module(first)
    path = first
    for part in rest:
        path = f"{path}.{part}"
        if isinstance(here, ModuleType) and not hasattr(here, part):
            here = importlib.import_module(path)
        else:
            here = getattr(here, part)
    return here
