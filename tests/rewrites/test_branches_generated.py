"""Whatever branch is generated: what is proposed parses, and gives what the original gives on both sides.

torch's control flow operators are Python here: that they mean the same is torch's to know, and the verdicts'.
"""

from __future__ import annotations

import math
import textwrap
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model

pytest.importorskip("torch")

import torch

NAMES = ("a", "b", "c")
PRELUDE = "a = x - 1\nb = x + 1\nc = x * 2\nflag = True"

names = st.sampled_from(NAMES)
new = st.one_of(
    st.builds("{} + {}".format, names, names),
    st.builds("({} - {}) * 2".format, names, names),
    st.builds("{}.abs()".format, names),
    st.builds("torch.minimum({}, {})".format, names, names),
)
views = st.one_of(names, st.builds("{}.view(-1)".format, names))
values = st.one_of(new, views)
# What is written in place shows under each name that it has; so that is for tensors with one name alone.
common = st.one_of(
    st.builds("{} = {}".format, names, new),
    st.builds("{} = {}  # kept".format, names, new),
    st.builds("# a comment\n{} = {}".format, names, new),
    st.builds("t = {}\n{} = t * t".format, new, names),
)
in_place = st.one_of(common, st.builds("{} += {}".format, names, new))
shared = st.one_of(
    common, st.builds("{} = {}".format, names, views), st.builds("{0}, {1} = {1}, {0}".format, names, names)
)


def _blocks(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(lines, min_size=1, max_size=3).map("\n".join)


def _inside(block: str, head: str) -> str:
    return f"{head}\n{textwrap.indent(block, '    ')}"


conditions = st.sampled_from(
    ("x.sum() > 0", "not x.sum() > 0", "x.sum() > 0 and x.amax() > -9", "-1 < x.sum() or x.any()")
)


@st.composite
def branches(draw: st.DrawFn) -> str:
    """An `if` on data among other statements, with or without an else, with or without returns."""
    blocks = _blocks(draw(st.sampled_from((in_place, shared))))
    nested = st.one_of(blocks, blocks.map(lambda block: _inside(block, "if flag:")))
    true = draw(nested)
    text = _inside(true, f"if ${draw(conditions)}$:")
    returns = draw(st.sampled_from(("", "true", "both")))
    if returns:
        text += f"\n    return {draw(names)}, {draw(values)}"
    if returns == "both" or draw(st.booleans()):
        text += "\n" + _inside(draw(nested), "else:")
    if returns == "both":
        text += f"\n    return {draw(names)}, {draw(names)}"
        return f"{PRELUDE}\n{draw(blocks)}\n{text}"
    result = "return a, b" if returns else "return a, b, c"
    return f"{PRELUDE}\n{draw(blocks)}\n{text}\n{draw(blocks)}\n{result}"


def _cond(condition: Any, true: Any, false: Any, operands: tuple[Any, ...] = ()) -> Any:
    return true(*operands) if condition else false(*operands)


def _while_loop(condition: Any, body: Any, carried: tuple[Any, ...]) -> Any:
    while condition(*carried):
        carried = body(*carried)
    return carried


PYTHON = SimpleNamespace(
    **{name: getattr(torch, name) for name in ("where", "minimum", "tensor", "logical_not", "no_grad")}
)
PYTHON.cond, PYTHON.while_loop, PYTHON.randn = _cond, _while_loop, torch.randn


def outputs(text: str, x: Any) -> Any:
    """What the text's forward gives; `a` is not `x` itself, which the generated code may write to."""
    namespace: dict[str, Any] = {"torch": PYTHON, "nn": SimpleNamespace(Module=object)}
    exec(text.split("\n\n\n", 1)[1], namespace)
    return namespace["Model"]().forward(x.clone())


INPUTS = (torch.tensor([3.0, -1.0]), torch.tensor([-3.0, 1.0]), torch.tensor([0.5, 0.5]))


def same(one: object, other: object) -> bool:
    """Equal to the bit, but that NaN equals NaN: rounds of `a = t * t` overflow, and `inf - inf` follows."""
    try:
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)
    except AssertionError:
        return False
    return True


def test_what_is_the_same() -> None:
    assert same(torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf]))
    assert same(math.nan, math.nan)
    for other in (torch.tensor([1.0]), torch.tensor([2.0, 1.0]), torch.tensor([1, 1])):
        assert not same(torch.tensor([1.0, 1.0]), other)


@settings(max_examples=150)
@given(branches())
def test_what_is_proposed_gives_the_same(body: str) -> None:
    text = model(body)
    for title, new in proposed(text, asks(text)).items():
        for x in INPUTS:
            wanted, found = outputs(text.replace("$", ""), x), outputs(new, x)
            assert len(wanted) == len(found)
            for one, other in zip(wanted, found, strict=True):
                assert same(one, other), f"{title}:\n{new}"


@settings(max_examples=60)
@given(_blocks(in_place), _blocks(in_place))
def test_so_do_loops(block: str, after: str) -> None:
    loop = _inside(f"{block}\nrounds += 1", "while $x.sum() < 99$ and rounds < 4:")
    text = model(f"{PRELUDE}\nrounds = 0\n{loop}\n{after}\nreturn a, b, c")
    found = {title: new for title, new in proposed(text, asks(text)).items() if "while_loop" in title}
    for new in found.values():
        for x in INPUTS:
            for one, other in zip(outputs(text.replace("$", ""), x), outputs(new, x), strict=True):
                assert same(one, other), new


def test_most_that_is_generated_is_taken() -> None:
    """Otherwise the tests above would say nothing."""
    taken: list[bool] = []

    @settings(max_examples=60, database=None)
    @given(branches())
    def count(body: str) -> None:
        text = model(body)
        taken.append(any("torch.cond" in title for title in proposed(text, asks(text))))

    count()
    assert sum(taken) > 0.6 * len(taken)
