"""Workflow commands, which GitHub Actions shows beside the lines of a pull request.

A command is one line; every line break of a message is escaped, so that no user's text can begin a
command of its own. Lines and columns count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...check.coverage import coverage
from ...model import Finding, Place, Report, Severity
from ..screen.visible import visible_lines
from .coverage_text import checked_words, unchecked_lines
from .noise import counted_of
from .view import View, relative

COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "information": "notice"}


def render(report: Report, view: View) -> str:
    findings = "".join(f"{_command(each, view)}\n" for each in counted_of(report, view))
    return findings + (_of_coverage(report, view) if report.targets or report.models else "")


def _of_coverage(report: Report, view: View) -> str:
    """A notice that belongs to no file: how many of the models were checked, and what the others need."""
    known = coverage(report)
    lines = [line for text in unchecked_lines(known, view) for line in visible_lines(text)]
    words = "\n".join((f"{checked_words(known)}.", *lines))
    return f"::notice title=Fullgraph::{_data(words)}\n"


def _command(finding: Finding, view: View) -> str:
    properties = {
        "file": relative(finding.place.file, view.base).as_posix(),
        **_region(finding.place),
        "title": f"Fullgraph ({finding.rule})",
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {listed}::{_data(_message(finding, view))}"


def _region(place: Place) -> dict[str, int]:
    """GitHub refuses a command with columns whose `line` and `endLine` differ."""
    start, end = place.range.start, place.range.end
    lines = {"line": start.line + 1, "endLine": end.line + 1}
    if start.line != end.line:
        return lines
    return {**lines, "col": start.character + 1, "endColumn": end.character + 1}


def _message(finding: Finding, view: View) -> str:
    """The log shows this text alone, so it says the place again."""
    return "\n".join(line for text in _sentences(finding, view) for line in visible_lines(text))


def _sentences(finding: Finding, view: View) -> Iterator[str]:
    yield f"{_where(finding.place, view)}: {finding.message}"
    for related in finding.related:
        yield f"note: {_where(related.place, view)}: {related.message}"
    if finding.hint:
        yield f"help: {finding.hint}"
    if finding.target:
        yield f"target{'s' * bool(finding.also)}: {', '.join(finding.targets)}"
    if finding.link:
        yield f"see: {finding.link}"
    if finding.by_hand:
        yield f"no fix: {finding.by_hand.reason}; see: fullgraph explain {finding.by_hand.pattern}"


def _where(place: Place, view: View) -> str:
    start = place.range.start
    return f"{relative(place.file, view.base).as_posix()}:{start.line + 1}:{start.character + 1}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
