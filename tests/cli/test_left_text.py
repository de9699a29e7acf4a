"""What `fix` says at its end: a line for each target that is left, and statuses in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fullgraph.cli.formats.left_text import left_lines, statuses, summed_up
from fullgraph.cli.formats.view import View
from fullgraph.fix.fixpoint import Mended
from fullgraph.fix.standing import kind_of
from fullgraph.model import Checked, Ended, EndReason, Finding, Fix, Report, Verdict, VerdictKind

from tests.cli.sample_reports import Samples


def lines(mended: Mended, *, verbose: bool = False, base: Path | None = None) -> list[str]:
    return [line.plain for line in left_lines(mended, View(base or Path("/"), verbose=verbose))]


def tried(title: str, kind: VerdictKind, reason: str = "") -> Fix:
    return Fix(title, (), Verdict(kind, reason))


def failing(samples: Samples, *fixes: Fix) -> tuple[Checked, Finding]:
    return samples.gate, replace(samples.branch(), fixes=fixes)


def test_a_line_for_a_target_that_is_left_and_none_for_one_that_exports(samples: Samples) -> None:
    gate, finding = failing(
        samples,
        tried("Rewrite as torch.cond", "not-verified", "the outputs differ"),
        tried("Other", "suppresses"),
    )
    mended = Mended({}, Report((gate, samples.passing()), (finding,)))
    (line,) = lines(mended, base=samples.root)
    assert line.startswith("✗ models.gate:Gate()  fails  ")
    assert line.endswith("gate.py:11 data-dependent-branch: Rewrite as torch.cond: the outputs differ")


def test_further_fixes_and_findings_are_counted(samples: Samples) -> None:
    refused = [tried(f"Way {number}", "not-verified", "no") for number in range(3)]
    gate, finding = failing(samples, *refused)
    finding = replace(finding, place=replace(finding.place, file="/gate.py"))  # a long path has words cut off
    other = replace(finding, rule="tensor-to-python")
    (line,) = lines(Mended({}, Report((gate,), (finding, other))))
    assert line.endswith("Way 0: no (and 2 other fixes not applied); 1 more finding")


def test_all_that_was_tried_is_told_to_whoever_asks(samples: Samples) -> None:
    one = tried("Rewrite as torch.where", "verified-one-branch", "equal on 3 inputs")
    gate, finding = failing(samples, one, tried("Way", "not-verified", "the finding remains"))
    first, message, *rest = lines(Mended({}, Report((gate,), (finding,))), verbose=True)
    assert first == "✗ models.gate:Gate()  fails"
    assert finding.message in message
    assert [line.strip() for line in rest] == [
        "Rewrite as torch.where: verified-one-branch, equal on 3 inputs",
        "Way: the finding remains",
    ]


def test_what_nothing_is_known_for_says_so(samples: Samples) -> None:
    gate, finding = failing(samples)
    (line,) = lines(Mended({}, Report((gate,), (finding,))))
    assert line.endswith("no fix is known")


def test_a_finding_of_several_targets_is_told_once(samples: Samples) -> None:
    gate, finding = failing(samples, tried("Way", "not-verified", "no"))
    other = replace(gate, target=replace(gate.target, name="b:B()"))
    shared = replace(finding, also=("b:B()",))
    first, second = lines(Mended({}, Report((gate, other), (shared,))))
    assert first.endswith("Way: no")
    assert second.endswith(f"as for {gate.target.name}")


def test_each_status_has_its_words(samples: Samples) -> None:
    gate, passing = samples.gate, samples.passing()
    unsound = replace(passing, status="unsound")
    assert statuses(Report((unsound,))) == "1 target: 1 exports but is unsound"
    assert statuses(Report((passing,))) == "1 of 1 target exports"
    report = Report(
        (gate, passing, passing, unsound, unsound, replace(gate, status="error")), skipped=(gate,)
    )
    assert statuses(report) == (
        "2 of 7 targets export, 2 export but are unsound, 1 fails, 1 does not run, 1 not checked"
    )


def test_an_end_says_how_many_were_not_finished(samples: Samples) -> None:
    report = Report((samples.gate,), ended=Ended("interrupted", fixes=False))
    said = summed_up(Mended({}, report, unfinished=(samples.gate.target.name,)), diff=False, higher="")
    assert said == "0 fixes applied; 1 target: 1 fails; stopped by Ctrl-C before 1 target had been finished"
    assert lines(Mended({}, report, unfinished=(samples.gate.target.name,)))[0].endswith(
        "fails  not finished"
    )


def test_what_ended_the_run_is_named(samples: Samples) -> None:
    reasons: dict[EndReason, str] = {"terminated": "SIGTERM", "budget": "--budget"}
    for reason, said in reasons.items():
        report = Report((samples.gate,), ended=Ended(reason, fixes=False))
        mended = Mended({}, report, unfinished=(samples.gate.target.name,))
        assert f"stopped by {said} before 1 target" in summed_up(mended, diff=False, higher="")


def test_a_finding_whose_fixes_were_not_looked_for_says_so(samples: Samples) -> None:
    gate, finding = failing(samples)
    report = Report((gate,), (finding,), ended=Ended("interrupted", fixes=False))
    unsearched = frozenset({(gate.target.name, kind_of(finding))})
    mended = Mended({}, report, unfinished=(gate.target.name,), unsearched=unsearched)
    (line,) = lines(mended, base=samples.root)
    assert line.endswith("gate.py:11 data-dependent-branch: fixes were not looked for yet: stopped by Ctrl-C")
    (line,) = lines(Mended({}, report, unfinished=(gate.target.name,)))
    assert line.endswith("no fix is known")
