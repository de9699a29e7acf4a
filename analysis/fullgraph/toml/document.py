"""A TOML file as data, with the place of everything in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Finding, Place, Position, Range
from ..text.messages import target_error
from ..text.source import SourceText
from . import positions
from .positions import Path, Span, Spans, Spelled

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """A parsed TOML text; a path is the keys and indices that lead to a value."""

    source: SourceText
    data: Mapping[str, object]
    spans: Spans = field(repr=False)

    def at(self, path: Path) -> object:
        """The value there; None where there is none, and TOML has no null."""
        value: object = self.data
        for part in path:
            if isinstance(value, list):
                value = dict(enumerate(value))
            if not isinstance(value, Mapping) or part not in value:
                return None
            value = value[part]
        return value

    def key_place(self, path: Path) -> Place:
        """Where `path` is named: the key, or the header of a table. Else the nearest around it."""
        return self._place(self.spans.key(path))

    def value_place(self, path: Path) -> Place:
        """The value as written, quotes included."""
        return self._place(self.spans.value(path))

    def spelled(self, path: Path) -> Spelled | None:
        return positions.spell(self.source.normal, self.spans.value(path))

    def _place(self, span: Span) -> Place:
        start, end = (self.source.position_at(edge) for edge in span)
        return self.source.place(self.source.visible(Range(start, end)))


def read_toml(source: SourceText) -> TomlDocument | Finding:
    """The document, or why it is none, where the reader stopped."""
    try:
        data: dict[str, object] = tomllib.loads(source.text)
        return TomlDocument(source, data, positions.locate(source.normal))
    except RecursionError:
        return _broken(source, "nested too deeply")
    except ValueError as error:  # TOMLDecodeError, and what `int` says of 5,000 digits
        return _broken(source, str(error))


def _broken(source: SourceText, said: str) -> Finding:
    match = _AT.search(said)
    position = Position(0, 0)
    if match:
        line, column = match.groups()
        position = Position(int(line) - 1, int(column) - 1) if line else source.whole.end
    place = source.place(source.visible(_range(source, source.clamped(position))))
    return target_error(f"syntax error: {_AT.sub('', said)}", place)


def _range(source: SourceText, position: Position) -> Range:
    """A place that the reader stopped at; the line, where it stopped at its end: that names no word."""
    line = source.lines[position.line]
    if position.character < len(line):
        return Range(position, position)
    return Range(Position(position.line, len(line) - len(line.lstrip())), position)
