"""Coverage for programs: all models and parts with their verdicts, and how many have one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...check.coverage import Coverage, Unchecked, Verdict, coverage
from ...model import FoundModel, Report
from .coverage_text import reason, step
from .view import Json, View, relative


def coverage_json(report: Report, view: View) -> Json:
    """The keys `models` and `coverage` of the document."""
    known = coverage(report)
    found = {(each.place, each.key[1]): each for each in report.models}
    models = [*_in_order(known), *known.parts]
    return {
        "models": [_model(each, found.get((each.place, each.name)), view) for each in models],
        "coverage": {
            "models": known.models,
            "checked": len(known.checked),
            "statuses": _counts(known.checked),
            "parts": len(known.parts) + known.other_parts,
            "parts_checked": len(known.parts),
            "main": known.main.name if known.main else None,
            "main_checked": known.main_checked,
        },
    }


def _in_order(known: Coverage) -> list[Verdict | Unchecked]:
    """The main model first, those with a verdict before the others."""
    every: tuple[Verdict | Unchecked, ...] = (*known.checked, *known.unchecked)
    return sorted(every, key=lambda each: each != known.main)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    counts = Counter(each.status for each in verdicts)
    return {status: counts[status] for status in ("exports", "fails", "unsound", "error")}


def _model(model: Verdict | Unchecked, found: FoundModel | None, view: View) -> Json:
    return {
        "name": model.name,
        "file": relative(model.place.file, view.base).as_posix(),
        "line": model.place.range.start.line,
        "role": found.role if found else None,
        "evidence": found.evidence if found else None,
        "status": model.status if isinstance(model, Verdict) else None,
        "not_checked": _why(model, view) if isinstance(model, Unchecked) else None,
    }


def _why(model: Unchecked, view: View) -> Json:
    return {
        "missing": model.missing,
        "names": list(model.names),
        "reason": reason(model),
        "next_step": step(model, view=view),
    }
