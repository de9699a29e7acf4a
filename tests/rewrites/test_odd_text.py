"""Text that is laid out in odd ways: what is proposed parses and gives what the original gives, or is not proposed.

The same small models are written with tabs, joined lines, semicolons, comments, other line ends, walrus, match,
closures, `global` and `del`. torch's control flow operators are Python here, as in the tests of plain branches.
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model
from tests.rewrites.test_branches_generated import INPUTS, outputs, same

pytest.importorskip("torch")

import torch

PRELUDE = "a = x - 1\nb = x + 1\nc = x * 2\nk = 1"

conditions = st.sampled_from(
    (
        "x.sum() > 0",
        "(x.sum() >\n    0)",
        "x.sum() \\\n    > 0",
        "(\n    x.sum() > 0  # why\n)",
        "(total := x.sum()) > 0",
        "x.sum().item() > 0",
        "'ä' and x.sum() > 0",
        "x.sum()",
        "x.sum() and x.amax() > -9",
        "not (x.sum() > 0 or x.amin() > 5)",
    )
)
lines = st.sampled_from(
    (
        "a = a + 1",
        "a = a + 1; b = b - 1",
        "a = (a +\n     b)  # joined",
        "a = a + \\\n    b",
        "# alone\na = a - b",
        "a = b  # 'quoted # sign'",
        "a += b",
        "a[0] = 7",
        "a, *rest = a + 1, b, c\nb = rest[0]",
        "a = b = c + 1",
        "del k\nk = 2\na = a + k",
        "a = (lambda a: a + 1)(b)",
        "a = [b + i for i in range(2)][1]",
        "if k: a = a + 1",
        "for i in range(2): a = a + i",
        "note = '''two\n  lines'''\na = a + len(note)",
        "note = 'two  spaces'\na = a + len(note)",
        "ä = a + 1\na = ä * 2",
        "def inner(v):\n    nonlocal c\n    c = v + 1\n    return c\na = inner(a)",
        "def inner(v):\n    return v + b\na = inner(a)",
        "match k:\n    case 1:\n        a = a + 1\n    case _:\n        a = a - 1",
        "try:\n    a = a + 1\nfinally:\n    b = b + 1",
        "with torch.no_grad():\n    a = a * 2",
        "self.seen = a",
        "self.kept[0] = 3",
        "assert k == 1, 'no'\na = -a",
        "print(a)",
        "pass",
        "a: object = a + 1",
        "a = f'{k}' and a + 1",
        "a = a if k else b",
        "while k > 3: k = k - 1",
        "a = a - 1  # last comment\n# trailing",
    )
)
blocks = st.lists(lines, min_size=1, max_size=3).map("\n".join)


def _inside(block: str, head: str, step: str) -> str:
    """A block below its head; the lines of a string that goes over several stay where they are."""
    indented, in_string = [], False
    for line in block.split("\n"):
        indented.append(line if in_string or not line else step + line)
        in_string ^= line.count("'''") == 1
    return "\n".join((head, *indented))


@st.composite
def branches(draw: st.DrawFn) -> str:
    """An `if` on data with whatever stands around it."""
    condition = draw(conditions)
    form = draw(
        st.sampled_from(("block", "block", "else", "elif", "one line", "return", "value", "closure", "raise"))
    )
    marked = f"${condition}$"
    if form == "one line":
        return f"if {marked}: a = b + 1  # one\nelse: a = c  # two\nreturn a, b, c"
    if form == "value":
        return f"a = ((b  +  1) if {marked} else (c))\nreturn a, b, c"
    if form == "raise":
        return f"if {marked}: raise ValueError('no  way')\nreturn a, b, c"
    text = _inside(draw(blocks), f"if {marked}:", "    ")
    if form == "elif":
        text = f"if k > 5:\n    a = b\nelif {marked}:\n    a = c + 1\n# before the else\nelse:\n    a = b + 2"
    elif form == "else":
        text += "\n" + _inside(draw(blocks), "else:  # otherwise", "    ")
    elif form == "return":
        text += "\n    return a, b, c"
    elif form == "closure":
        inner = _inside(f"nonlocal b\n{text}\nb = b + 1\nreturn a", "def work(a):", "    ")
        return f"{inner}\na = work(a)\nreturn a, b, c"
    return f"{text}\n{draw(blocks)}\nreturn a, b, c"


layouts = st.sampled_from(("plain", "tabs", "windows", "two"))


def laid_out(text: str, layout: str) -> str:
    if layout == "tabs":
        return text.replace("    ", "\t")
    if layout == "windows":
        return text.replace("\n", "\r\n")
    return text.replace("    ", "  ") if layout == "two" else text


def gives(text: str, x: Any) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = outputs(text.replace("\r\n", "\n"), x)
    except Exception as error:  # noqa: BLE001 (what the generated code raises, the rewritten one has to)
        return type(error).__name__ if not isinstance(error, (RuntimeError, ValueError)) else "raised"
    return [each.detach().clone() if isinstance(each, torch.Tensor) else each for each in found]


def _same(one: object, other: object) -> bool:
    if not isinstance(one, list) or not isinstance(other, list):
        return one == other
    return len(one) == len(other) and all(map(same, one, other))


@settings(max_examples=120)
@given(branches(), layouts)
def test_odd_text_is_done_right_or_not_at_all(body: str, layout: str) -> None:
    text = laid_out(model(f"{PRELUDE}\n{body}"), layout)
    wanted = [gives(text.replace("$", ""), x) for x in INPUTS]
    for title, new in proposed(text, asks(text)).items():
        if "where" not in title and "cond" not in title:
            continue  # a check raises otherwise, and what is kept a tensor is for the proof to judge
        assert isinstance(ast.parse(new.replace("\r\n", "\n")), ast.Module)
        for x, right in zip(INPUTS, wanted, strict=True):
            found = gives(new, x)
            if isinstance(right, str) or isinstance(found, str):
                continue  # what does not run by itself is not mended, and a proof refuses what raises
            assert _same(right, found), f"{title}:\n{new}"
