"""The sentences that count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.check.coverage import Unchecked
from fullgraph.cli.commands.exit_status import exit_status
from fullgraph.cli.formats.closing import closing, is_clean
from fullgraph.cli.formats.coverage_text import step
from fullgraph.cli.formats.summary import counted, duration
from fullgraph.cli.formats.view import View
from fullgraph.model import Ended, Report

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


def test_closing(samples: Samples, view: View) -> None:
    note = samples.of_counter()[1]
    passing = [samples.passing(f"cases:Model({number})") for number in range(3)]

    def said(report: Report) -> str:
        return closing(report, view)

    assert said(samples.clean(*passing)) == "Checked 3 models: 3 export (4.2 s)."
    assert said(samples.clean(passing[0])) == "The model exports (4.2 s)."
    assert said(samples.clean(*passing, findings=(note,))) == (
        "Found 1 note. Checked 3 models: 3 export (4.2 s)."
    )
    assert said(samples.mixed()) == (
        "Found 4 errors, 1 warning and 1 note. "
        "Checked 4 models: 1 exports, 1 fails, 1 exports but is unsound, 1 does not run (4.2 s)."
    )
    untied = replace(samples.misspelling(), target=None)
    assert said(samples.clean(findings=(untied,))) == "Found 1 error. No model was checked (4.2 s)."


def test_a_silenced_failure_is_not_called_success(samples: Samples, view: View) -> None:
    report = samples.clean(samples.gate, samples.passing())
    assert closing(report, view) == (
        "Checked 2 models: 1 exports, 1 fails. The findings of 1 target are suppressed (4.2 s)."
    )
    assert not is_clean(report)


def test_static_analysis_is_no_check(samples: Samples, view: View) -> None:
    models = (samples.model("Gate"),)
    said = closing(Report(models=models), replace(view, static=True))
    assert said == "Found nothing. No model was checked: static analysis runs none of your code (4.2 s)."


def test_a_run_that_was_ended_says_so(samples: Samples, view: View) -> None:
    report = replace(samples.partly(), ended=Ended("interrupted", (samples.gate.target,), fixes=False))
    assert closing(report, view).startswith("Stopped by Ctrl-C. Checked 1 of 3 models: ")
    over = closing(replace(report, ended=Ended("budget", fixes=False)), view)
    assert over.startswith("Stopped by --budget before all fixes were looked for. ")
    unread = closing(replace(report, ended=Ended("budget", fixes=False, planned=False)), view)
    assert unread.startswith("Stopped by --budget. "), "models were not reached, so fixes are the least of it"


@pytest.mark.parametrize(
    ("reason", "what"),
    [("interrupted", "run the check again"), ("budget", "raise --budget, or check fewer files")],
)
def test_what_to_do_about_a_model_that_was_not_reached(
    samples: Samples, reason: str, what: str, view: View
) -> None:
    unreached = Unchecked("Gate", samples.gate.target.place, "time", detail=reason)
    assert step(unreached, view=view) == what


def test_exit_status(samples: Samples) -> None:
    warning, note = samples.of_counter()
    fine = samples.passing()
    assert exit_status(samples.clean(fine)) == 0
    assert exit_status(samples.clean(fine, findings=(note,))) == 0
    assert exit_status(samples.clean(findings=(note, warning))) == 1
    assert exit_status(samples.clean(findings=(samples.branch(),))) == 1


def test_what_was_not_tried_is_not_fine(samples: Samples) -> None:
    for nothing in (Report(), Report(models=(samples.model("Gate"),))):
        assert exit_status(nothing) == 3
        assert exit_status(nothing, allow_unchecked=True) == 0
        assert exit_status(nothing, static=True) == 0
    assert exit_status(samples.partly()) == 3, "the main model was not tried"
    assert exit_status(replace(samples.partly(), ended=Ended("interrupted"))) == 130
