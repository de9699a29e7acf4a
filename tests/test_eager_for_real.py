"""Calls that a program makes anyway, with real torch: what is exported is what the call calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking import Checking

pytestmark = pytest.mark.slow

FIXTURE = Path(__file__).parent / "fixtures/finders/eager.py"


WIDTHS = {
    "Fixed": (2, 5),
    "Parametrized": (2, 4),
    "SetUp": (1, 6),
    "Helped": (2, 7),
    "Handed": (1, 9),
    "Trained": (4, 3),
    "Listed": (3, 2),
    "Wrapped": (1, 4),
    "Made": (1, 3),
    "Net": (4, 7),
}
"""By model, the shape of `feat` in the fixture's call."""


def test_values_of_fixtures_helpers_and_set_up_are_those_of_a_real_run(
    checking: Checking, tmp_path: Path
) -> None:
    text = FIXTURE.read_text("utf-8").partition("\n#= ")[0]
    (tmp_path / "calls.py").write_text(text, "utf-8")
    report = checking(tmp_path)
    found = {
        each.target.name.partition(":")[2]: each for each in report.targets if each.target.origin == "eager"
    }
    assert {name: each.status for name, each in found.items()} == dict.fromkeys(WIDTHS, "exports")
    assert {name: each.facts.inputs[0].shape for name, each in found.items()} == WIDTHS
