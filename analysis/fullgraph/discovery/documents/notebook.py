r"""The code cells of a notebook as one text, each line at the line that its JSON string stands on.

nbformat writes a cell's `source` as an array with a string for each line. A notebook that is written otherwise
(all on one line) has no lines to point at, and is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from ...model import Place, Position, Range
from ...text.source import SourceText
from .blocks import CodeBlock, virtual_text

_KIND = re.compile(r'^\s*"cell_type":\s*"(\w+)"')
_SOURCE = re.compile(r'^\s*"source":\s*\[\s*$')
_END = re.compile(r"^\s*\]")
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.")
"""One of the code, as JSON writes it: those beyond 0xFFFF may be two escapes."""
_MAGIC = re.compile(r"\s*(%{1,2}[A-Za-z]|!(?!=)|\?|[\w.*]+\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(\s*[\w., ]+=\s*)([!%](?!=).*)")
_OF_PYTHON = re.compile(r"%%(time|timeit|capture|prun)\b")
"""Magics of a whole cell that run it as Python."""


def texts(source: SourceText) -> tuple[SourceText, ...]:
    """All cells that are Python, as one text: each builds on those before it."""
    cells = [each for each in _cells(source) if each.tree is not None]
    return (virtual_text(source, cells),) if cells else ()


def place_in_file(place: Place, source: SourceText) -> Place:
    """Where in the file's JSON a place of the code stands: behind a quote, with a backslash before some characters."""
    start, end = (_position(each, source) for each in (place.range.start, place.range.end))
    return Place(place.file, Range(start, end))


def _position(position: Position, source: SourceText) -> Position:
    line = source.lines[position.line] if position.line < len(source.lines) else ""
    begin = line.find('"') + 1
    passed = list(_CHARACTER.finditer(line, begin))[: position.character]
    return Position(position.line, passed[-1].end() if passed else begin)


def _cells(source: SourceText) -> Iterator[CodeBlock]:
    kind, begin = "", None
    lines: list[str] = []
    for number, line in enumerate(source.lines):
        if begin is None:
            if match := _KIND.match(line):
                kind = match[1]
            elif _SOURCE.match(line):
                begin, lines = number + 1, []
        elif _END.match(line):
            if kind == "code" and not any(map(_is_foreign, lines)):
                yield CodeBlock(begin, tuple(_without_magics(lines)))
            begin = None
        else:
            lines.append(_string(line))


def _string(line: str) -> str:
    try:
        return str(json.loads(line.strip().rstrip(","))).rstrip("\n")
    except ValueError:
        return ""


def _is_foreign(line: str) -> bool:
    """Whether a line says that its cell is no Python: `%%bash`."""
    return line.startswith("%%") and not _OF_PYTHON.match(line)


def _without_magics(lines: Iterable[str]) -> Iterator[str]:
    """A magic goes on where its line ends in a backslash."""
    inside = False
    for line in lines:
        yield _magic_as_python(line) if not inside else ""
        inside = line.endswith("\\") and (inside or _is_magic(line))


def _is_magic(line: str) -> bool:
    return bool(_MAGIC.match(line) or _ASSIGNED.fullmatch(line))


def _magic_as_python(line: str) -> str:
    """A magic that stands alone in its block leaves a statement there: `if show: %matplotlib inline`.

    What one gives is as IPython writes it: `files = get_ipython().getoutput('ls')`.
    """
    if match := _ASSIGNED.fullmatch(line):
        return f"{match[1]}get_ipython().getoutput({match[2]!r})"
    if not _MAGIC.match(line):
        return line
    return f"{line[: len(line) - len(line.lstrip())]}pass"
