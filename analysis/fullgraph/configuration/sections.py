"""What a configuration file holds: sections of values, each section with the line that it begins on.

The rule: plain values alone. What only the program that reads the file could make (`!include`, `!!python/object`)
is `Opaque`, and a key that is no text is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that the file alone does not tell."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Values by name; `line` counts from 0, and `file` holds it."""

    values: Mapping[str, Value]
    line: int
    file: str

    def at(self, path: Path) -> Value:
        """The value that a path of keys and indices leads to; Opaque where there is none."""
        value: Value = self
        for part in path:
            if isinstance(value, tuple) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            elif isinstance(value, Section):
                value = value.values.get(part, Opaque())
            else:
                return Opaque()
        return value

    def without(self, *names: str) -> Section:
        return replace(self, values={name: each for name, each in self.values.items() if name not in names})


Value: TypeAlias = "bool | int | float | str | Opaque | Section | tuple[Value, ...] | None"
Path = tuple[str, ...]


def sections(value: Value, path: Path = ()) -> Iterator[tuple[Path, Section]]:
    """A section and all in it, those outside first, each with the keys that lead to it."""
    if isinstance(value, Section):
        yield path, value
        for name, each in value.values.items():
            yield from sections(each, (*path, name))
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from sections(each, (*path, str(number)))
