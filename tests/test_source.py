"""Lines, columns and comments, on text that editors and parsers count differently."""

from __future__ import annotations

import ast

import pytest
from fullgraph.model import Position, Range
from fullgraph.text.source import SourceText, SyntaxProblem, comments, parse_expression, parse_module
from hypothesis import given
from hypothesis import strategies as st

_ODD = st.text(st.sampled_from("ab(é\u2028\x0b\x0c\x85🔥\t\r\n'#\\ "), max_size=40)


def source(text: str) -> SourceText:
    return SourceText("/project/cases.py", text)


def span(line: int, start: int, end: int) -> Range:
    return Range(Position(line, start), Position(line, end))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ("",)),
        ("a", ("a",)),
        ("a\n", ("a", "")),
        ("a\r\nb\rc\nd", ("a", "b", "c", "d")),
        ("a\n\rb", ("a", "", "b")),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g", ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",)),
        ("\ufeffa\n", ("a", "")),
    ],
)
def test_lines_end_where_pythons_tokenizer_ends_them(text: str, lines: tuple[str, ...]) -> None:
    assert source(text).lines == lines


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "\x0c", "x = 'é🔥\u2028'; ", "if 1:\n\t"])
def test_the_range_of_a_node_is_where_its_text_is(newline: str, before: str) -> None:
    text = f"\ufeff# é\n{before}größe = f(\n\tä, 'b')\n".replace("\n", newline)
    here = source(text)
    tree = parse_module(here.normal)
    assert isinstance(tree, ast.Module)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert here.between(here.range_of(call)) == "f(\n\tä, 'b')"
    assert here.between(here.range_of(call.args[1])) == "'b'"
    assert here.range_of(call).start.line == 1 + before.count("\n")


@given(_ODD)
def test_offsets_and_positions_are_each_others_inverse(text: str) -> None:
    here = source(text)
    for offset in range(len(here.normal) + 1):
        position = here.position_at(offset)
        assert here.offset_at(position) == offset
        assert here.clamped(position) == position


@given(_ODD, st.integers(-2, 50), st.integers(-2, 50))
def test_what_is_visible_lies_in_the_text_and_can_be_underlined(text: str, line: int, character: int) -> None:
    here = source(text)
    shown = here.visible(Range(Position(line, character), Position(line, character)))
    assert here.clamped(shown.start) == shown.start
    assert here.clamped(shown.end) == shown.end
    assert shown.start < shown.end or not here.lines[shown.start.line]


def test_columns_of_lone_surrogates_count() -> None:
    assert source("x\ud800y").position_of_utf8(1, 4) == Position(0, 1)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("x = 1\ny = é é\n", span(1, 4, 7)),
        ("x = (\n", span(0, 4, 5)),
        ("\tx", span(0, 1, 2)),
        ("f(a b)", span(0, 2, 5)),
        ("x = 'abc", span(0, 4, 5)),
        ("x = \n", span(0, 3, 4)),
        ("x = \r\ny", span(0, 3, 4)),
        ("a\0b", span(0, 0, 0)),
        ("'\ud800'", span(0, 0, 0)),
    ],
)
def test_a_syntax_problem_lies_where_it_is(text: str, where: Range) -> None:
    problem = parse_module(text)
    assert isinstance(problem, SyntaxProblem)
    assert problem.range.start.line == where.start.line
    assert problem.message


@given(_ODD | st.text(max_size=20))
def test_parsing_never_raises_and_problems_lie_in_the_text(text: str) -> None:
    for parse in (parse_module, parse_expression):
        problem = parse(text)
        if isinstance(problem, SyntaxProblem):
            assert source(text).clamped(problem.range.end) == problem.range.end


@pytest.mark.parametrize(
    "text", ["(" * 5000 + ")" * 5000, "-" * 50_000 + "1", "1" * 5000, "x." * 50_000 + "x"]
)
def test_absurd_depth_is_a_problem_or_a_tree(text: str) -> None:
    assert isinstance(parse_expression(text), SyntaxProblem | ast.Expression)


@pytest.mark.parametrize("text", ["(yield)", "await x", "x := 1", "x = 1", "x\ny", "f(a=1, a=2)"])
def test_what_cannot_be_evaluated_is_no_expression(text: str) -> None:
    assert isinstance(parse_expression(text), SyntaxProblem)


def test_an_invalid_escape_is_not_shown_on_the_terminal(recwarn: pytest.WarningsRecorder) -> None:
    parse_module('x = "\\d"')
    assert not recwarn.list


def test_comments_are_those_of_the_tokenizer() -> None:
    text = "\x0c# a\nx = '# no'  # é b\n'''\n# no\n'''\n\t# c\nf(  # d\n  # e\n)\n"
    found = [(each.line, each.character, each.text, each.alone) for each in comments(source(text))]
    assert found == [
        (0, 1, "# a", True),
        (1, 12, "# é b", False),
        (5, 1, "# c", True),
        (6, 4, "# d", False),
        (7, 2, "# e", True),
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_comments_of_other_line_ends_are_the_same(newline: str) -> None:
    text = "x = '''\n# no'''  # a\n\u2028 # b\n# c"
    assert comments(source(text.replace("\n", newline))) == comments(source(text))


@pytest.mark.parametrize("rest", ["x = '''", "x = (", "if 1:\n  x\n y", "x = $ ?", "'"])
def test_comments_above_broken_text_are_found(rest: str) -> None:
    assert [each.text for each in comments(source(f"# a\n{rest}"))][:1] == ["# a"]


def test_what_is_too_large_is_not_parsed() -> None:
    assert isinstance(parse_module("x = 1\n" * 20_000), ast.Module)
    problem = parse_module("x = 1\n" * 500_000)
    assert isinstance(problem, SyntaxProblem)
    assert problem.message == "file too large to analyze (3 million characters)"
