"""The last line of the text output: what was found, and how much of the models it tells of.

The rule: success is never said of models that were not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...check.coverage import Coverage, coverage
from ...model import Ended, Report
from .coverage_text import checked_words
from .noise import counted_of
from .summary import ENDED_BY, counted, duration, plural
from .view import View


def closing(report: Report, view: View) -> str:
    """As in: Found 1 error. Checked 4 of 9 models: 3 export, 1 fails (4.2 s)."""
    said = " ".join(f"{sentence}." for sentence in _sentences(report, coverage(report), view))
    took = f" ({duration(view.seconds)})." if view.seconds else "."  # of one target its own line says it
    return said[:-1] + took


def _sentences(report: Report, known: Coverage, view: View) -> Iterator[str]:
    if report.ended:
        yield _ended(report.ended)
    found = counted(counted_of(report, view))
    if view.static:
        yield f"Found {found}" if found else "Found nothing"
        yield "No model was checked: static analysis runs none of your code"
        return
    if found:
        yield f"Found {found}"
    if words := checked_words(known):
        yield words
    if suppressed := _suppressed(report):
        yield f"The findings of {plural(suppressed, 'target')} are suppressed"


def is_clean(report: Report) -> bool:
    """Whether there is nothing to read, and nothing was left out."""
    known = coverage(report)
    verdicts = (*known.checked, *known.parts)
    fine = bool(verdicts) and all(each.status == "exports" for each in verdicts)
    return fine and not (known.unchecked or report.findings or report.ended)


def _ended(ended: Ended) -> str:
    why = f"Stopped by {ENDED_BY[ended.reason]}"
    reached = ended.planned and not ended.unreached
    return f"{why} before all fixes were looked for" if reached and not ended.fixes else why


def _suppressed(report: Report) -> int:
    """A target can fail and yet have no finding here: its rule was ignored, or suppressed on its line."""
    named = {name for finding in report.findings for name in finding.targets}
    return sum(each.status != "exports" and each.target.name not in named for each in report.targets)
