"""Conversion between the model and the protocol, position encodings included.

The analysis counts Unicode code points, an editor UTF-16 code units unless another encoding was negotiated.
Converting needs the text of the line; a position beyond its end is clamped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fullgraph.model import Finding, Position, Range, Severity
from fullgraph.text.source import SourceText
from lsprotocol import types

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_SEVERITIES: Mapping[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


# -- units -------------------------------------------------------------------------------------------


def encoding_of(kind: types.PositionEncodingKind | str | None) -> Encoding:
    value = kind.value if isinstance(kind, types.PositionEncodingKind) else kind
    return "utf-8" if value == "utf-8" else "utf-32" if value == "utf-32" else "utf-16"


def _units(text: str, encoding: Encoding) -> int:
    """How many units a text is long."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def _characters(text: str, units: int, encoding: Encoding) -> int:
    """How many characters the first `units` units of a text are; one that is cut counts in front of it."""
    if encoding == "utf-32" or text.isascii():
        return min(units, len(text))
    seen = 0
    for index, character in enumerate(text):
        seen += _units(character, encoding)
        if seen > units:
            return index
    return len(text)


def position_in(source: SourceText, position: types.Position, encoding: Encoding) -> Position:
    """A position as the analysis counts."""
    if position.line >= len(source.lines):
        return source.whole.end
    line = source.lines[position.line]
    return Position(position.line, _characters(line, position.character, encoding))


def range_in(source: SourceText, where: types.Range, encoding: Encoding) -> Range:
    return Range(position_in(source, where.start, encoding), position_in(source, where.end, encoding))


def position_out(source: SourceText, position: Position, encoding: Encoding) -> types.Position:
    """A position as the editor counts."""
    clamped = source.clamped(position)
    before = source.lines[clamped.line][: clamped.character]
    return types.Position(clamped.line, _units(before, encoding))


def range_out(source: SourceText, where: Range, encoding: Encoding) -> types.Range:
    return types.Range(position_out(source, where.start, encoding), position_out(source, where.end, encoding))


# -- findings ----------------------------------------------------------------------------------------


def diagnostic(
    finding: Finding,
    where: types.Range,
    related: list[types.DiagnosticRelatedInformation],
    page: str | None,
    data: object,
) -> types.Diagnostic:
    """A finding; `page` is the address of what explains its rule."""
    see = f"see: {finding.link}" if finding.link else ""
    return types.Diagnostic(
        range=where,
        message="\n".join(filter(None, (finding.message, finding.hint, see))),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(page) if page else None,
        source="fullgraph",
        related_information=related or None,
        data=data,
    )


def range_json(where: types.Range) -> dict[str, dict[str, int]]:
    """A range for the requests that lsprotocol does not know."""
    edges = {"start": where.start, "end": where.end}
    return {name: {"line": edge.line, "character": edge.character} for name, edge in edges.items()}
