"""One target's result in a line, for somebody who waits for the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ...model import NOUNS, Checked, Finding
from ..screen.visible import visible
from .conditions import verdict_note
from .summary import duration
from .target_lines import MARKS
from .view import relative

_GRAVEST_FIRST = tuple(NOUNS)
_LONGEST = 100


def result_line(checked: Checked, findings: Sequence[Finding], encoding: str) -> Text:
    """`✗ m:Net()  fails  1.2 s  models/net.py:12: data-dependent branch …`."""
    skipped = any(each.rule == "target-skipped" for each in findings)
    mark = MARKS[checked.status]
    sign, words = ("-", "not checked") if skipped else (mark.in_(encoding), mark.words)
    words += "" if skipped else verdict_note(checked)
    style = "dim" if skipped else mark.style
    name = visible(checked.target.name, encoding)
    time = f"  {duration(checked.facts.seconds)}" if checked.facts.seconds else ""
    why = "" if skipped else _first(findings)
    return Text.assemble((sign, f"bold {style}"), f" {name}  ", (words, style), (time, "dim"), f"{why}")


def _first(findings: Sequence[Finding]) -> str:
    """Where it fails first."""
    grave = [each for each in findings if each.severity != "information"]
    if not grave:
        return ""
    first = min(grave, key=lambda each: _GRAVEST_FIRST.index(each.severity))
    file, line = relative(first.place.file, Path.cwd()).as_posix(), first.place.range.start.line + 1
    said = f"{file}:{line}: {first.message.splitlines()[0]}"
    return f"  {said[:_LONGEST]}{'…' if len(said) > _LONGEST else ''}"
