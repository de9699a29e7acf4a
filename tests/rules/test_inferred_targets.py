"""What is said of a target whose inputs were made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph import rules
from fullgraph.model import (
    DataDependent,
    DimContradicted,
    Expression,
    Facts,
    Frame,
    InferredInputs,
    NoInputs,
    Place,
    Position,
    Raised,
    Range,
    StateChanged,
    Target,
)

PLACE = Place("/p/net.py", Range(Position(2, 6), Position(2, 9)))
LINE = Place("/p/net.py", Range(Position(5, 11), Position(5, 22)))
GUESS = Target("net:Net", "net", "/p/net.py", "inferred", PLACE, Expression("Net()", PLACE))
INFERRED = InferredInputs("(torch.randn(2, 3),)", '{"scale": 4}', "{}")
BRANCH = DataDependent(Frame(LINE, "if", text="x.sum() > 0"), "u0", "bool")


def test_a_finding_is_one_severity_lower_and_shows_the_inputs() -> None:
    facts = Facts(exported=False, failures=(BRANCH,), inferred=INFERRED)
    [guessed] = rules.find(GUESS, facts)
    [written] = rules.find(replace(GUESS, origin="comment"), replace(facts, inferred=None))
    [partly] = rules.find(replace(GUESS, origin="call"), facts)
    assert (written.severity, guessed.severity, partly.severity) == ("error", "warning", "warning")
    assert guessed.message == written.message
    assert guessed.related[-1].message == (
        'checked with inferred inputs: (torch.randn(2, 3),) and {"scale": 4}'
    )
    assert guessed.related[-1].place == PLACE


@pytest.mark.parametrize(
    ("frame", "findings"),
    [
        (Frame(LINE, "call", text="self.conv(x)"), 0),
        (Frame(LINE, "call", text="int(x.shape[0])"), 1),
        (Frame(LINE, "for", text="range(n)"), 1),
        (None, 0),
    ],
)
def test_that_layers_fix_their_sizes_is_no_news(frame: Frame | None, findings: int) -> None:
    constant = DimContradicted("d", "x.shape[1]", "specialized", "3", "auto", frame)
    facts = Facts(exported=True, failures=(constant,), inferred=INFERRED)
    assert len(rules.find(GUESS, facts)) == findings
    assert len(rules.find(replace(GUESS, origin="comment"), facts)) == 1


@pytest.mark.parametrize(
    "failure",
    [NoInputs("TypeError: no", 40), Raised("load", None, "RefusedError", "this goes to the network")],
)
def test_a_guess_that_leads_nowhere_is_a_note_and_no_target(failure: NoInputs | Raised) -> None:
    facts = Facts(failures=(failure,))
    assert rules.is_skipped(GUESS, facts)
    [finding] = rules.find(GUESS, facts)
    assert (finding.rule, finding.severity) == ("target-skipped", "information")


def test_what_makes_a_model_unsound_is_no_note() -> None:
    lost = StateChanged("self.last", "assigned", tensor=True, frame=Frame(LINE, "call", text="self.last = y"))
    facts = Facts(exported=True, failures=(lost,), inferred=INFERRED)
    [finding] = rules.find(GUESS, facts)
    assert (rules.status(facts), finding.severity) == ("unsound", "warning")
