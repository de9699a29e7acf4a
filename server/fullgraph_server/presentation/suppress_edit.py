"""The edit that suppresses a finding by a comment on its line.

The rule: the comment is proposed only where it was read back and found to suppress the line: at the end
of a line inside of a string, or after a backslash, it would be no comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fullgraph.model import Edit, Place, Position, Range
from fullgraph.rules import NAMES
from fullgraph.settings.suppress import suppressions
from fullgraph.text.source import SourceText, SyntaxProblem, parse_module

_LIST = re.compile(r"#\s*fullgraph\s*:\s*ignore\s*\[(?P<names>[^\]]*)\]")


def ignoring(source: SourceText, line: int, rule: str) -> Edit | None:
    """One edit after which findings of a rule on a line are suppressed."""
    for edit, at in _candidates(source, line, rule):
        after = SourceText(source.file, _applied(source, edit))
        rules = suppressions(after, NAMES).by_line.get(at, frozenset())
        if (rules is None or rule in rules) and (_parses(after) or not _parses(source)):
            return edit
    return None


def _parses(source: SourceText) -> bool:
    return not isinstance(parse_module(source.normal), SyntaxProblem)


def _candidates(source: SourceText, line: int, rule: str) -> Iterator[tuple[Edit, int]]:
    """What can be tried, with the line that the finding is on afterwards."""
    text = source.lines[line]
    there = _LIST.search(text)
    if there:
        names = f"{there['names'].rstrip()}, {rule}" if there["names"].strip() else rule
        yield _edit(source, line, there.start("names"), there.end("names"), names), line
    end = len(text.rstrip())
    yield _edit(source, line, end, end, f"  # fullgraph: ignore[{rule}]"), line
    indent = text[: len(text) - len(text.lstrip())]
    yield _edit(source, line, 0, 0, f"{indent}# fullgraph: ignore[{rule}]\n"), line + 1


def _edit(source: SourceText, line: int, start: int, end: int, text: str) -> Edit:
    return Edit(Place(source.file, Range(Position(line, start), Position(line, end))), text)


def _applied(source: SourceText, edit: Edit) -> str:
    start, end = (source.offset_at(edge) for edge in (edit.place.range.start, edit.place.range.end))
    return source.normal[:start] + edit.new_text + source.normal[end:]
