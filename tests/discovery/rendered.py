"""What discovery finds in a text, written into the text: carets below each place, and what is there.

A test gives the text as it should come out. The annotations are taken off, the rest is analysed, and the
two are compared as wholes, so that what is found too much fails as well as what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent

from fullgraph.discovery import Discovered, discover
from fullgraph.model import Expression, Finding, Place, Target
from fullgraph.text.source import SourceText

_ANNOTATION = re.compile(r"^\s*\^+( |$)")


def assert_found(annotated: str, **options: bool) -> Discovered:
    """Compares, and gives what was found for whatever else is to be said about it."""
    annotated = dedent(annotated).lstrip("\n")
    lines = [line for line in annotated.split("\n") if not _ANNOTATION.match(line)]
    source = SourceText("/project/cases.py", "\n".join(lines))
    found = discover(source, "cases", **options)  # type: ignore[arg-type]
    assert rendered(source, found) == annotated
    return found


def rendered(source: SourceText, found: Discovered) -> str:
    notes = sorted({*_of_targets(found.targets), *_of_findings(found.findings)})
    lines = []
    for number, line in enumerate(source.lines):
        lines.append(line)
        lines += [
            _annotation(place, label, line) for place, label in notes if place.range.start.line == number
        ]
    return "\n".join(lines)


def _annotation(place: Place, label: str, line: str) -> str:
    start, end = place.range.start, place.range.end
    if start.line == end.line:
        carets, to = end.character - start.character, ""
    else:
        carets, to = len(line) - start.character, f" … {end.line - start.line} down, to {end.character}"
    return f"{' ' * start.character}{'^' * carets} {label}{to}"


def _of_targets(targets: tuple[Target, ...]) -> Iterator[tuple[Place, str]]:
    for target in targets:
        yield target.place, f"{target.name}{' strict' * target.strict}"
        for name in ("model", "args", "kwargs", "dynamic_shapes"):
            expression: Expression | None = getattr(target, name)
            if expression and expression.place != target.place:
                yield expression.place, name


def _of_findings(findings: tuple[Finding, ...]) -> Iterator[tuple[Place, str]]:
    for finding in findings:
        hint = f" ({finding.hint})" if finding.hint else ""
        yield finding.place, f"{finding.severity}[{finding.rule}]: {finding.message}{hint}"
