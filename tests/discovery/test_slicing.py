"""Properties of slices over generated programs: they parse, keep places, and bind what they use."""

from __future__ import annotations

import ast
import symtable

from fullgraph.discovery import discover
from fullgraph.text.source import SourceText
from hypothesis import given, settings
from hypothesis import strategies as st

_NAMES = st.sampled_from(["a", "b", "c", "d", "model"])
_VALUES = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["make", "torch.ones"]), _NAMES),
    st.integers(0, 9).map(str),
    st.builds("[{} for {} in ({}, 1)]".format, _NAMES, _NAMES, _NAMES),
    st.builds("(lambda {}: {})".format, _NAMES, _NAMES),
)
_SIMPLE = st.one_of(
    st.builds("{} = {}".format, _NAMES, _VALUES),
    st.builds("{}, {} = 1, {}".format, _NAMES, _NAMES, _VALUES),
    st.builds("{} += 1".format, _NAMES),
    st.builds("{}.eval()".format, _NAMES),
    st.builds("{}.weight = {}".format, _NAMES, _VALUES),
    st.builds("print({})".format, _NAMES),
    st.just("x = (1,\n  # é\n  2); pass"),
    st.builds("if ({} := {}): print('é'); {} = 2".format, _NAMES, _VALUES, _NAMES),
)


def _indented(header: str, body: list[str]) -> str:
    inner = "\n".join(body).replace("\n", "\n    ")
    return f"{header}\n    {inner}"


_HEADERS = st.sampled_from(
    [
        "for a in b:",
        "while c:",
        "with make(d) as a:",
        "if model:",
        "def make(a, b=1):",
        "class Net:",
        "@make\ndef f():",
    ]
)
_STATEMENTS = st.recursive(
    _SIMPLE,
    lambda inner: st.one_of(
        st.builds(_indented, _HEADERS, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda one, two: _indented("try:", one) + "\n" + _indented("except Exception as d:", two),
            st.lists(inner, min_size=1, max_size=2),
            st.lists(inner, min_size=1, max_size=2),
        ),
    ),
    max_leaves=8,
)
_CALL = "torch.export.export(model, (a,))"


@given(st.lists(_STATEMENTS, max_size=6), _HEADERS, st.lists(_STATEMENTS, max_size=4))
@settings(max_examples=300)
def test_slices(above: list[str], header: str, inside: list[str]) -> None:
    text = "\n".join(["import torch", *above, _indented(header, [*inside, _CALL]), ""])
    ast.parse(text)
    result = discover(SourceText("/project/cases.py", text), "cases")
    assert len(result.targets) + len(result.findings) == 1
    for target in result.targets:
        assert target.slice is not None
        _check(text, target.slice.text)


def _check(text: str, sliced: str) -> None:
    ast.parse(sliced)
    lines, kept = text.split("\n"), sliced.split("\n")
    assert len(lines) == len(kept)
    # What stays stands where it stood.
    for before, after in zip(lines, kept, strict=True):
        opened = after.replace("if 1:", "     ", 1) if "if 1:" not in before else after
        pairs = zip(before, opened.ljust(len(before)), strict=True)
        assert all(new in (old, " ", "0") for old, new in pairs), (before, after)
    assert any(_CALL in line for line in kept)


def test_the_check_can_fail() -> None:
    table = symtable.symtable(_CALL, "", "exec")
    assert {symbol.get_name() for symbol in table.get_symbols()} == {"torch", "model", "a"}
    for wrong in (f" {_CALL}", "torch.export.export(model, (b,))"):
        try:
            _check(_CALL, wrong)
        except (AssertionError, SyntaxError, ValueError):
            continue
        raise AssertionError(wrong)
