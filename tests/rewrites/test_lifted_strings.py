"""Whether an expression can give a string: what only the data would tell is left to Python."""

from __future__ import annotations

import pytest
from fullgraph.rewrites.lifting.scalars.texts import is_one_of
from fullgraph.rewrites.lifting.value import CannotLiftError, Value

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("f'warm at {level}'", "calm"),
        ("'%d%% of %-5.2f' % (n, total)", "3 of 5"),
        ("'{} of {{}}'.format(n)", "3 of 5"),
        ("'too ' + word", "calm"),
    ],
)
def test_a_template_is_never_what_it_cannot_give(text: str, asked: str) -> None:
    assert not is_one_of(Value(text, "text"), frozenset({asked}))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("f'warm at {level}'", "warm at 3"),
        ("'%d%% of %-5.2f' % (n, total)", "3% of 5"),
        ("'{} of {{}}'.format(n)", "3 of {}"),
        ("'too ' + word", "too hot"),
        ("template % n", "calm"),
        ("word", "calm"),
    ],
)
def test_what_it_may_give_is_nobody_s_to_say(text: str, asked: str) -> None:
    with pytest.raises(CannotLiftError):
        is_one_of(Value(text, "text"), frozenset({"other", asked}))


@pytest.mark.parametrize(
    ("used", "lifted"),
    [
        ("if state == 'hot':\n    x = x + 1", True),
        ("if 'hot' == state or state not in ('calm', 'cool'):\n    x = x + 1", True),
        ("print(state)\nif state != 'calm':\n    x = x + 1", True),
        ("seen = []\nseen.append(state)", False),
        ("tell = lambda: state == 'hot'", False),
        ("seen = state, x", False),
        ("x = x + TABLE[state]", False),
        ("x = x + len(state)", False),
        ("if state == other:\n    x = x + 1", False),
        ("if state < 'd':\n    x = x + 1", False),
    ],
)
def test_a_string_is_asked_or_stays(used: str, lifted: bool) -> None:
    text = model(f"near = torch.allclose(x, x * 2)\nstate = 'calm' if $near$ else 'hot'\n{used}\nreturn x")
    titles = proposed(text, asks(text))
    assert ("Compute it with tensors throughout" in titles) is lifted
