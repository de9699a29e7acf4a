"""A configuration file, read when somebody asks for what it holds: to parse YAML takes longer than Python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..model import Place, Position, Range
from ..text.source import SourceText
from .reading import read
from .sections import Section


@dataclass(frozen=True, eq=False)
class ConfigurationFile:
    """A text that may be a configuration."""

    source: SourceText

    @property
    def file(self) -> str:
        return self.source.file

    @cached_property
    def top(self) -> Section | None:
        return read(self.source)

    def place(self, line: int) -> Place:
        """A line without its indentation."""
        lines = self.source.lines
        text = lines[line] if line < len(lines) else ""
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return self.source.place(Range(Position(line, min(start, end)), Position(line, end)))
