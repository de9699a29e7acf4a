"""The sentences that count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.cli.commands.check import exit_status
from fullgraph.cli.formats.summary import closing, counted, duration
from fullgraph.model import Report

from tests.cli.sample_reports import Samples


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0.0 s"), (4.24, "4.2 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (133.4, "2 min 13 s")],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_counts_name_the_gravest_first(samples: Samples) -> None:
    note, warning, error = samples.of_counter()[1], samples.of_counter()[0], samples.branch()
    assert counted([]) == ""
    assert counted([warning]) == "1 warning"
    assert counted([note, warning]) == "1 warning and 1 note"
    assert counted([note, error, warning, error]) == "2 errors, 1 warning and 1 note"


def test_closing(samples: Samples) -> None:
    note = samples.of_counter()[1]
    passing = [samples.passing(f"cases:Model({number})") for number in range(3)]

    def said(report: Report) -> str:
        return closing(report, 4.21)

    assert said(samples.clean(*passing)) == "All 3 targets export (4.2 s)."
    assert said(samples.clean(passing[0])) == "The target exports (4.2 s)."
    assert said(samples.clean(*passing, findings=(note,))) == "All 3 targets export, with 1 note (4.2 s)."
    assert said(samples.mixed()) == "Found 4 errors, 1 warning and 1 note in 3 of 4 targets (4.2 s)."
    untied = replace(samples.misspelling(), target=None)
    assert said(samples.clean(*passing, findings=(untied,))) == "Found 1 error (4.2 s)."
    both = replace(samples.mixed(), findings=(*samples.mixed().findings, untied))
    assert said(both) == "Found 5 errors, 1 warning and 1 note; 3 of 4 targets affected (4.2 s)."


def test_a_silenced_failure_is_not_called_success(samples: Samples) -> None:
    sentence = closing(samples.clean(samples.gate, samples.passing()), 4.21)
    assert sentence == "1 of 2 targets exports; the other findings are suppressed (4.2 s)."


def test_exit_status(samples: Samples) -> None:
    warning, note = samples.of_counter()
    assert exit_status(samples.clean()) == 0
    assert exit_status(samples.clean(findings=(note,))) == 0
    assert exit_status(samples.clean(findings=(note, warning))) == 1
    assert exit_status(samples.clean(findings=(samples.branch(),))) == 1
