"""The lines of source files, read once and only to be shown.

A file that is not there or does not decode has no lines: the finding about it still stands, and is
shown without its source.
"""

from __future__ import annotations

import tokenize
from pathlib import Path

from ...text.source import SourceText


class Sources:
    """Reads each file at most once."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[str, ...]] = {}

    def lines(self, file: str) -> tuple[str, ...]:
        """The lines of `file` without their line breaks; none where it cannot be read."""
        if file not in self._lines:
            self._lines[file] = _read(file)
        return self._lines[file]


def _read(file: str) -> tuple[str, ...]:
    try:
        return SourceText(file, _text(Path(file))).lines
    except (OSError, SyntaxError, ValueError):
        # SyntaxError: an encoding declaration that names no encoding. ValueError: bytes that do not
        # decode, or a NUL in the file's name.
        return ()


def _text(path: Path) -> str:
    with path.open("rb") as file:
        encoding, _ = tokenize.detect_encoding(file.readline)
    return path.read_bytes().decode(encoding)
