"""What is around a node in the text: brackets, signs, comments, the ends of lines."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.tokens import tokens_of
from hypothesis import given
from hypothesis import strategies as st

from tests.python.marked import marked


def text_of(text: str, where: tuple[int, int]) -> str:
    return text[where[0] : where[1]]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("y = ($x$)", "(x)"),
        ("y = (($x$ ) )", "((x ) )"),
        ("y = f($x$)", "x"),
        ("y = f(($x$))", "(x)"),
        ("y = f()($x$)", "x"),
        ("y = rows[0]($x$)", "x"),
        ("y = f($x$, z)", "x"),
        ("y = ($x$, z)", "x"),
        ("y = ($x$,)", "x"),
        ("y = not($x$)", "(x)"),
        ("y = z if($x$)else w", "(x)"),
        ("def f():\n    return(\n        $x$\n    )", "(\n        x\n    )"),
        ("y = (  # why\n    $x$\n)", "x"),
        ("y = 'ä' + ($x$)", "(x)"),
        ("y = ($x$ + z)", "x"),
        ("y = $x$", "x"),
        ("class A($x$): pass", "x"),
        ("while($x$): pass", "(x)"),
        ("'(' ; $x$ ; ')'", "x"),
    ],
)
def test_bracketed(text: str, whole: str) -> None:
    about = marked(text)
    assert (
        text_of(about.source.normal, tokens_of(about.source.normal).bracketed(about.start, about.end))
        == whole
    )


SPACE = st.sampled_from(["", " ", "\n", "\t", "  \n "])
OPERAND = st.sampled_from(["x", "f(x)", "'(['", "größe", "rows[0]", "(a, b)", "-1", 'f"{x}"'])


@st.composite
def in_brackets(draw: st.DrawFn) -> tuple[str, int, int]:
    """An operand in brackets and space, and where the operand itself stands."""
    text, start = draw(OPERAND), 0
    end = len(text)
    for _ in range(draw(st.integers(0, 3))):
        before, after = draw(SPACE), draw(SPACE)
        text, start, end = f"({before}{text}{after})", start + 1 + len(before), end + 1 + len(before)
    return text, start, end


@given(in_brackets(), st.sampled_from(["y = {}", "y = z + {} * w", "y = g({}, 1)", "y = [{}]", "y = not {}"]))
def test_all_brackets_that_are_an_operands_own_are_found(operand: tuple[str, int, int], around: str) -> None:
    own, start, end = operand
    text, at = around.format(own), around.index("{")
    tokens = tokens_of(text)
    assert tokens.bracketed(at + start, at + end) == (at, at + len(own))
    # Without them it is the same program.
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(around.format(own[start:end])))


@given(in_brackets())
def test_a_value_begins_with_its_brackets(operand: tuple[str, int, int]) -> None:
    own, start, _ = operand
    text = f"x: D[(1, 2)] = {own}"
    at = text.index("= ") + 2
    assert tokens_of(text).value_start(at + start) == at


def test_signs_and_keywords() -> None:
    text = "if (x[1:2]\n    ): # a: b\n    y = 'else:'\nelse :  # c\n    z\n"
    tokens = tokens_of(text)
    assert text[: tokens.sign(text.index("]") + 1, ":").startpos] == "if (x[1:2]\n    )"
    found = tokens.keyword(text.index("'else:'") + 7, "else")
    assert text[found.startpos :].startswith("else :")
    assert text[tokens.sign(found.endpos, ":").endpos :].startswith("  # c")
    assert tokens.before(0).string == ""


@pytest.mark.parametrize(
    ("text", "comma"),
    [("(x,)", True), ("[x, y , # z\n]", True), ("(x, y)", False), ("f(x=(1,))", False), ("()", False)],
)
def test_trailing_comma(text: str, comma: bool) -> None:
    assert (tokens_of(text).trailing_comma(len(text)) is not None) == comma


def test_comments() -> None:
    text = "x = '# no'  # yes\ny = 1\n# also"
    tokens = tokens_of(text)
    assert [each.string for each in tokens.comments(0, len(text))] == ["# yes", "# also"]
    assert [each.string for each in tokens.comments(0, text.index("\n"))] == ["# yes"]
    assert [tokens.in_comment(text.index(each)) for each in ("no", "yes", "y = 1", "also")] == [
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\ny = 2", [0, 1]),
        ("x = 1 + \\\n  2\n", [1]),
        ("x = '''a\nb'''\n", [1]),
        ("f(\n  x,\n)\n", [0, 1, 2]),
        ("# \\\nx = 1  # \\\n", [0, 1]),
        ("\n\nx\n", [0, 1, 2]),
    ],
)
def test_lines_that_end_plainly(text: str, lines: list[int]) -> None:
    tokens, count = tokens_of(text), len(text.rstrip("\n").split("\n"))
    assert [line for line in range(count) if tokens.ends_plainly(line)] == lines


def test_a_text_is_cut_into_tokens_once() -> None:
    assert tokens_of("x = 1") is tokens_of("x = 1")
