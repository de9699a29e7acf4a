"""A trace of a rewritten text ends at the first failure that the original does not have, and at no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph import rules
from fullgraph.fix.early_end import EarlyEnd, RefusedEarlyError
from fullgraph.model import (
    Checked,
    DataDependent,
    Expression,
    Facts,
    Failure,
    Frame,
    InferredInputs,
    OtherSide,
    Place,
    Position,
    Range,
    Target,
)

WHERE = Place("/p/m.py", Range(Position(3, 0), Position(3, 8)))
TARGET = Target("m:Net()", "m", "/p/m.py", "comment", WHERE, Expression("Net()", WHERE))


def branch(text: str, line: int) -> DataDependent:
    place = Place("/p/m.py", Range(Position(line, 8), Position(line, 8 + len(text))))
    return DataDependent(Frame(place, "if", text=text), f"{text} > 0", "bool")


def early(*failures: Failure, mended: int = 0, **other: object) -> EarlyEnd:
    facts = replace(Facts(exported=False, failures=failures), **other)  # type: ignore[arg-type]
    finding = rules.find(TARGET, facts)[mended]
    return EarlyEnd(Checked(TARGET, "fails", facts), (finding,))


def ends_at(end: EarlyEnd, *failures: Failure) -> bool:
    try:
        end.heard(TARGET, Facts(preliminary=failures))
    except RefusedEarlyError:
        return True
    return False


ONE, OTHER = branch("x.sum()", 5), branch("x.mean()", 9)


def test_one_that_is_not_the_originals_ends_it() -> None:
    assert ends_at(early(ONE), OTHER)
    assert ends_at(early(ONE, OTHER), branch("x.max()", 5))


def test_what_was_heard_by_then_is_told() -> None:
    with pytest.raises(RefusedEarlyError) as refused:
        early(ONE).heard(TARGET, Facts(preliminary=(OTHER,)))
    assert refused.value.facts.failures == (OTHER,)
    assert refused.value.facts.exported is False


def test_the_others_of_the_original_do_not_wherever_they_stand() -> None:
    assert not ends_at(early(ONE, OTHER), OTHER)
    assert not ends_at(early(ONE, OTHER), branch("x.mean()", 90))


def test_the_mended_one_ends_it_where_it_remains() -> None:
    assert ends_at(early(ONE, OTHER), ONE)


def test_of_two_alike_one_may_remain() -> None:
    twice = early(ONE, branch("x.sum()", 7))
    assert not ends_at(twice, ONE)
    assert ends_at(early(ONE, branch("x.sum()", 7)), ONE, branch("x.sum()", 7))


def test_what_was_seen_on_the_other_side_of_a_branch_is_the_originals() -> None:
    side = OtherSide(ONE.frame.place if ONE.frame else WHERE, True, failures=(OTHER,))
    assert not ends_at(early(ONE, sides=(side,)), OTHER)


def test_a_trace_that_may_be_made_again_is_not_ended() -> None:
    inferred = InferredInputs(args="()", kwargs="{}", dynamic_shapes="None")
    assert not ends_at(early(ONE, inferred=inferred), OTHER)


@pytest.mark.parametrize("part", [Facts(), Facts(exported=True, steps=("export",))])
def test_what_is_no_failure_goes_on(part: Facts) -> None:
    early(ONE).heard(TARGET, part)
