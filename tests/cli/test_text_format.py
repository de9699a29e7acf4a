"""The text format, as whole outputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from fullgraph.check.coverage import Unchecked
from fullgraph.cli.formats.coverage_text import reason
from fullgraph.cli.formats.text import render
from fullgraph.cli.formats.view import View
from fullgraph.model import INFERRED, Assumed, ByHand, Edit, Finding, Fix, Lost, Report, Runtime, Verdict
from rich.cells import cell_len

from tests.cli.sample_reports import Samples

Snapshot = Callable[[str, str], None]


def test_findings_targets_and_counts(samples: Samples, view: View, snapshot: Snapshot) -> None:
    snapshot("mixed.txt", render(samples.mixed(), view))


def test_color(samples: Samples, view: View, snapshot: Snapshot) -> None:
    snapshot("mixed.ansi", render(samples.mixed(), replace(view, color=True)))


def test_color_changes_no_character(samples: Samples, view: View) -> None:
    colored = render(samples.mixed(), replace(view, color=True))
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == render(samples.mixed(), view)


def test_an_encoding_with_little_in_it(samples: Samples, view: View, snapshot: Snapshot) -> None:
    report = Report(samples.mixed().targets, samples.mixed().findings + samples.odd().findings)
    output = render(report, replace(view, encoding="ascii"))
    assert output.isascii()
    snapshot("ascii.txt", output)


def test_a_narrow_terminal(samples: Samples, view: View, snapshot: Snapshot) -> None:
    report = Report(samples.mixed().targets, samples.mixed().findings + samples.odd().findings)
    output = render(report, replace(view, width=72))
    snapshot("narrow.txt", output)
    findings, _, _ = output.partition("\u2717 ")
    long = [line.strip() for line in findings.splitlines() if cell_len(line) > 72 and "::: /" not in line]
    # The code in a hint is left whole: broken lines of code are worse than the terminal's own wrapping.
    assert long == ["x = torch.cond(scores.sum() > 0, scale, keep, (x, scores))"]


def test_odd_sources(samples: Samples, view: View, snapshot: Snapshot) -> None:
    snapshot("odd.txt", render(samples.odd(), view))


def test_nothing_of_a_user_acts_on_the_screen(samples: Samples, view: View) -> None:
    output = render(samples.odd(), view)
    assert "\x1b" not in output
    assert "\u202e" not in output
    assert "\t" not in output
    assert "[bold]x[/bold]" in output


def test_quiet(samples: Samples, view: View) -> None:
    whole = render(samples.mixed(), view)
    findings = render(samples.mixed(), replace(view, quiet=True))
    assert findings in whole
    assert "✗" not in findings
    assert "Found" not in findings


def test_what_a_fix_lacks_is_said(samples: Samples, view: View) -> None:
    verdict = Verdict("unverified-exports", "the result is used afterwards")
    branch = samples.branch()
    finding = replace(branch, fixes=(replace(samples.fix(), verdict=verdict),))
    text = render(Report(findings=(finding,)), view)
    assert "fix (exports, not compared): Rewrite as torch.where\n     the result is used afterwards\n" in text
    assert "same outputs on both sides" not in render(Report(findings=(branch,)), view)


def test_what_is_not_checked_is_said_with_the_step_that_helps(
    samples: Samples, view: View, snapshot: Snapshot
) -> None:
    snapshot("partly.txt", render(samples.partly(), view))
    assert "target-skipped" not in render(samples.partly(), view)
    assert "target-skipped" in render(samples.partly(), replace(view, verbose=True))


def test_a_finding_of_several_targets_names_them(samples: Samples, view: View) -> None:
    shared = replace(samples.branch(), also=("a", "b", "c"))
    output = render(Report(findings=(shared,)), view)
    assert "= targets: models.gate:Gate(), a and 2 more\n" in output
    whole = render(Report(findings=(shared,)), replace(view, verbose=True))
    assert "= targets: models.gate:Gate(), a, b, c\n" in whole


def test_notes_of_one_file_are_folded(samples: Samples, view: View) -> None:
    notes = tuple(
        Finding(
            "legacy-export", "information", f"{text} is superseded", samples.place("models/gate.py", text)
        )
        for text in ("scores", "top", "calls")
    )
    assert render(Report(findings=notes), view).count("note[legacy-export]") == 1
    assert " (models/gate.py:9:9; 2 more in this file: lines 10, 23)\n" in render(
        Report(findings=notes), view
    )
    assert render(Report(findings=notes), replace(view, verbose=True)).count("note[legacy-export]") == 3
    grave = tuple(replace(each, severity="warning") for each in notes)
    assert render(Report(findings=grave), view).count("warning[legacy-export]") == 3


def test_notes_of_several_files_are_folded_into_one(samples: Samples, view: View) -> None:
    here, there = samples.place("models/gate.py", "scores"), samples.place("models/gate.py", "top")
    others = (there, replace(here, file="/elsewhere/a.py"), replace(here, file="/elsewhere/b.py"))
    notes = tuple(Finding("legacy-export", "information", "superseded", each) for each in (here, *others))
    output = render(Report(findings=notes), view)
    assert (
        "; 1 more in this file: line 10; 2 more `legacy-export` in 2 other files: use --verbose)\n" in output
    )


def test_why_there_is_no_fix_is_cut_unless_all_is_asked_for(samples: Samples, view: View) -> None:
    reason = "“Rewrite as torch.cond” was refused: " + "it introduces another finding, " * 9 + "the last one"
    finding = Finding(
        "data-dependent-branch",
        "error",
        "it is data-dependent",
        samples.place("models/gate.py", "scores"),
        by_hand=ByHand("split-model", reason),
    )
    report = Report(findings=(finding,))
    assert f"= no fix: {reason}; see: fullgraph explain split-model\n" in render(
        report, replace(view, verbose=True)
    )
    cut = render(report, view)
    assert " …; see: fullgraph explain split-model\n" in cut
    assert "the last one" not in cut


def test_what_a_verified_fix_was_compared_in_is_said(samples: Samples, view: View) -> None:
    place = samples.place("models/gate.py", "scores")
    why = "compared in eager mode, as other findings still prevent export"
    fix = Fix("Rewrite it", (), Verdict("verified", f"equal on 25 inputs; {why}"))
    output = render(
        Report(findings=(Finding("graph-break", "error", "it breaks", place, fixes=(fix,)),)), view
    )
    assert "= fix (verified): Rewrite it\n" in output
    assert f" {why}\n" in output
    assert "25 inputs" not in output


def test_an_edit_that_mends_two_findings_is_shown_once(samples: Samples, view: View) -> None:
    one, two = samples.place("models/gate.py", "scores"), samples.place("models/gate.py", "top")
    fix = Fix("Rewrite it", (Edit(one, "written_anew"),), Verdict("verified"))
    findings = tuple(Finding("graph-break", "error", "it breaks", each, fixes=(fix,)) for each in (one, two))
    output = render(Report(findings=findings), view)
    assert output.count("= fix (verified): Rewrite it\n") == 2
    assert output.count("written_anew") == 1
    assert " the same edit as for models/gate.py:9:9\n" in output


def test_a_report_of_nothing_is_no_text(view: View) -> None:
    assert render(Report(), view) == ""


def test_a_target_is_named_where_its_file_has_two(samples: Samples, view: View) -> None:
    finding = samples.of_counter()[0]
    alone = render(samples.clean(samples.counter, findings=(finding,)), view)
    assert "= target:" not in alone
    beside = render(samples.clean(samples.counter, samples.passing(), findings=(finding,)), view)
    assert "= target: models.gate:Counter()" in beside


@pytest.mark.parametrize("width", [1, 20, 41, 80, 500])
def test_no_width_is_too_narrow(samples: Samples, view: View, width: int) -> None:
    for line in render(samples.odd(), replace(view, width=width)).splitlines():
        if re.match(r" *\d* \|", line):
            assert cell_len(line) <= max(width, 50)


def test_what_could_not_be_observed_is_said_once_for_each_torch(samples: Samples, view: View) -> None:
    lost = Lost("ShapeEnv.replacements", "which replacements are new")
    targets = [
        replace(each, facts=replace(each.facts, lost=(lost,)), runtime=Runtime("3.11.7", "2.99.0"))
        for each in samples.mixed().targets
    ]
    output = render(Report(tuple(targets)), view)
    said = "note: torch 2.99.0 has no `ShapeEnv.replacements`; not observed: which replacements are new"
    assert output.count(said) == 1
    assert "has no `" not in render(samples.mixed(), view)


def test_on_a_narrow_terminal_the_inputs_stand_below_the_verdict(samples: Samples, view: View) -> None:
    lines = render(samples.partly(), replace(view, width=60)).splitlines()
    assert lines[:3] == [
        "\u2713 models.gate:Counter()  exports  0.4 s",
        "    inputs inferred: x=(2, 3), y=None",
        "    weights as initialized in place of best.pt",
    ]


def test_what_inferred_inputs_are_in_place_of_is_said_with_them(samples: Samples, view: View) -> None:
    report = samples.partly()
    (checked,) = report.targets
    assumed = (Assumed("data", "train.bin", INFERRED), *checked.facts.assumed)
    told = replace(checked, facts=replace(checked.facts, assumed=assumed))
    lines = render(replace(report, targets=(told,)), view).splitlines()
    assert lines[0].endswith("  inputs inferred in place of train.bin: x=(2, 3), y=None")
    assert lines[1] == "    weights as initialized in place of best.pt"


def test_the_class_is_said_where_the_name_does_not_have_it(samples: Samples, view: View) -> None:
    report = samples.partly()
    (checked,) = report.targets
    converted = replace(checked.target, name="export:model (onnx)", model_class="nets.pose.PoseNet")
    told = replace(report, targets=(replace(checked, target=converted),))
    assert "  PoseNet" in render(told, view).splitlines()[0]
    assert "  Counter" not in render(report, view).splitlines()[0]


def test_sizes_that_are_not_dynamic_are_said_in_their_own_words(samples: Samples, view: View) -> None:
    report = samples.partly()
    (checked,) = report.targets
    assumed = (Assumed("sizes", "dynamic sizes", "checked with static sizes"),)
    told = replace(checked, facts=replace(checked.facts, assumed=assumed))
    lines = render(replace(report, targets=(told,)), view).splitlines()
    assert lines[1] == "    checked with static sizes"


def test_a_long_reason_is_never_cut_within_a_shape(samples: Samples) -> None:
    place = samples.gate.target.place
    said = (
        "expected 3 dimensions " + "and then " * 40 + "got (2, 6, 32, 32), which is no batch " + "of it " * 40
    )
    told = reason(Unchecked("Gate", place, "code", detail=said), verbose=False)
    assert told.endswith("…")
    assert told.count("(") == told.count(")")
    assert reason(Unchecked("Gate", place, "code", detail=said)).endswith(said)
    short = "x" * 150 + " (2, 6, 32, 32)"
    assert reason(Unchecked("Gate", place, "code", detail=short), verbose=False).endswith(short)
