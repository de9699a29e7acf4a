"""Which sizes a changed spec no longer declares, and who may take a fix that gives some up."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from fullgraph.fix.accepting import Accepted
from fullgraph.model import DimContradicted, Fix, Frame, Place, Position, Range, Verdict
from fullgraph.model.observed import Construct
from fullgraph.rewrites import GivenUp
from fullgraph.rewrites.shapes.dim_relations import Affine, Bounds, Constant, Solution
from fullgraph.rewrites.shapes.given_up import of_facts, of_solution

PLACE = Place("m.py", Range(Position(0, 0), Position(0, 1)))


def fact(
    allowed: str = "",
    kind: Literal["range", "relation", "specialized"] = "range",
    construct: Construct = "call",
    *,
    least: int | None = None,
    most: int | None = None,
    refuses: bool = False,
) -> DimContradicted:
    frame = Frame(PLACE, construct, refuses=refuses)
    return DimContradicted(
        "n", "x.shape[0]", kind, allowed, "named", frame, example=10, least=least, most=most
    )


def lost(solution: Solution, told: DimContradicted) -> list[str]:
    return [each.words for each in of_solution(solution, ("n",), (told,))]


def kept(lower: int | None, upper: int | None) -> Solution:
    return Solution({"n": Affine("n")}, {"n": Bounds(lower, upper)})


@pytest.mark.parametrize(
    ("told", "lower", "upper", "words"),
    [
        (fact(least=32, most=512), 80, 87, ["32…79 and 88…512"]),
        (fact(), None, 8, ["9 and more"]),
        (fact(most=9), None, 8, ["9"]),
        (fact(most=8), None, 8, []),
        # torch's rule that no size is 0 or 1 leaves larger ones alone.
        (fact(), 5, None, []),
        (fact(construct="if"), 5, None, ["2…4"]),
        (fact(construct="if", refuses=True), 5, 8, []),
        (fact(construct="if", least=5), 5, None, []),
    ],
)
def test_what_a_range_leaves_out(
    told: DimContradicted, lower: int | None, upper: int | None, words: list[str]
) -> None:
    assert lost(kept(lower, upper), told) == words


def test_a_constant_gives_up_all_other_sizes() -> None:
    assert lost(Solution({"n": Constant(3)}, {}), fact("3", "specialized")) == ["other sizes"]


def test_a_multiple_gives_up_what_lies_between_unless_the_model_refuses_it() -> None:
    form = {"n": Affine("_n", 8, 2, fresh=True)}
    told = fact("8*_n + 2", "relation", least=10, most=802)
    (given_up,) = of_solution(Solution(form, {"_n": Bounds(1, 100)}), ("n",), (told,))
    assert [(span.edge, span.words) for span in given_up.spans] == [(11, "sizes other than 8*k + 2")]
    (given_up,) = of_solution(Solution(form, {"_n": Bounds(1, 100)}), ("n",), (replace(told, most=10),))
    assert [span.edge for span in given_up.spans] == [9]
    refuses = fact("8*_n + 2", "relation", least=10, most=802, refuses=True)
    assert lost(Solution(form, {"_n": Bounds(1, 100)}), refuses) == []


def test_a_multiple_gives_up_what_lies_beyond_its_range() -> None:
    form = {"n": Affine("_n", 8, fresh=True)}
    told = replace(fact("8*_n", "relation", least=8, most=800), example=None)
    assert lost(Solution(form, {"_n": Bounds(2, 100)}), told) == []
    assert lost(Solution(form, {"_n": Bounds(2, 50)}), told) == ["8…15 and 401…800"]


def test_what_torch_decides_gives_up_what_its_guards_leave_out() -> None:
    (static,) = of_facts(("n",), (fact("3", "specialized"),))
    assert static == GivenUp("n", "x.shape[0]")
    (narrowed,) = of_facts(("n",), (fact("n <= 8"),))
    assert narrowed.words == "9 and more"
    assert not list(of_facts(("n",), (fact("n + 1", "relation"),)))


def test_who_takes_what() -> None:
    keeps, narrows = (Fix("f", (), Verdict("verified"), gives_up=lost) for lost in ("", "other sizes"))
    one = Fix("f", (), Verdict("verified-one-branch"))
    assert [Accepted.of(()).takes(fix) for fix in (keeps, narrows, one)] == [True, False, False]
    both = Accepted.of(("narrowing", "verified-one-branch"))
    assert [both.takes(fix) for fix in (keeps, narrows, one)] == [True, True, True]
    assert both.words == ("verified-one-branch", "narrowing")
    assert [Accepted.of(("narrowing",)).takes(fix) for fix in (narrows, one)] == [True, False]
