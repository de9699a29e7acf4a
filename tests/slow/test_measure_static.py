"""No finding of the first look is one that the trace of the same model shows to be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from fullgraph.model import Finding, Place, Position, Range, Report

from tests.slow.measure_static import exportdb, measure, of_paths

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", [exportdb(), str(FIXTURES / "models"), str(FIXTURES / "further_models")])
def test_what_is_found_is_so(path: str) -> None:
    measured = of_paths(Path(path).name, [path])
    assert measured.targets > 20
    assert [each for each in measured.refuted if each.rule != "traced-side-effect"] == []


def finding(line: int, target: str | None = None) -> Finding:
    place = Place("/m.py", Range(Position(line - 1, 4), Position(line - 1, 9)))
    return Finding("data-dependent-branch", "error", "…", place, target)


def test_a_wrong_finding_is_seen() -> None:
    report = Report(findings=(finding(3, "m:Net()"), finding(9, "m:Net()")))
    found = [finding(3), finding(5), finding(7)]
    measured = measure("", report, found, {"/m.py": {3, 5}})
    assert (measured.confirmed, measured.refuted, measured.untold) == ([found[0]], [found[1]], [found[2]])
    assert (measured.precision, measured.recall) == ("0.500", "0.500")
    assert measured.missed == [finding(9, "m:Net()")]
