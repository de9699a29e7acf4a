"""Whatever stands where: a text that takes an expression's place stays one operand, and has no needless brackets."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.syntax.precedence import (
    Binds,
    argument,
    binds,
    is_bracketed,
    operand,
    owner,
    text_binds,
)
from fullgraph.rewrites.edit.module import Code
from fullgraph.text.edits import applied
from fullgraph.text.source import SourceText

from tests.python.expressions_by_level import BY_LEVEL, EVERY, PLACES

STATEMENTS = (
    "x = _",
    "x += _",
    "_",
    "for x in _: pass",
    "if _: pass",
    "while _: pass",
    "assert _, a",
    "del a[_]",
)


def tree(text: str) -> ast.AST:
    return ast.parse(text)


class _Put(ast.NodeTransformer):
    def __init__(self, new: ast.expr) -> None:
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._new if node.id == "_" else node


def put(place: str, text: str) -> str:
    """The tree that a place has once an expression stands there."""
    return ast.dump(_Put(ast.parse(f"({text})", mode="eval").body).visit(ast.parse(place)))


def slot(place: str) -> tuple[Code, ast.expr]:
    code = Code(ast.parse(place), SourceText("m.py", place))
    return code, next(n for n in ast.walk(code.tree) if isinstance(n, ast.Name) and n.id == "_")


def parsed(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None


@pytest.mark.parametrize("text", EVERY)
def test_a_text_in_a_place_is_what_it_is_by_itself(text: str) -> None:
    for place in (*PLACES, *STATEMENTS):
        code, node = slot(place)
        edit = code.replaced(node, text)
        new = applied(code.source, (edit,))
        assert new is not None
        assert parsed(new) == put(place, text), place
        if edit.new_text != text and text_binds(text) not in (Binds.NAMED, Binds.NUMBER):
            assert parsed(place.replace("_", text)) != put(place, text), f"needless brackets: {place}"


@pytest.mark.parametrize("text", EVERY)
def test_parts_of_a_text_are_exchanged_as_they_are_in_an_edit(text: str) -> None:
    for place in PLACES:
        code, node = slot(place)
        whole = next(n.value for n in ast.walk(code.tree) if isinstance(n, ast.Expr))
        assert parsed(f"({code.flat_with(whole, {node: text})})") == put(f"({place})", text), place


@pytest.mark.parametrize("text", EVERY)
def test_what_stands_in_brackets_gets_no_more(text: str) -> None:
    for place in ("(_) * b", "a[(_)]", "(\n_\n).b()"):
        code, node = slot(place)
        assert code.replaced(node, text).new_text == text


def test_the_brackets_of_a_call_are_those_of_its_generator() -> None:
    code = Code(ast.parse("any(v for v in b)"), SourceText("m.py", "any(v for v in b)"))
    node = next(n for n in ast.walk(code.tree) if isinstance(n, ast.GeneratorExp))
    for text, new in (
        ("p + q", "any(p + q)"),
        ("(v for v in c)", "any(v for v in c)"),
        ("(p).q()", "any((p).q())"),
    ):
        assert applied(code.source, (code.replaced(node, text),)) == new


@pytest.mark.parametrize(
    ("level", "text"), [(level, text) for level, texts in BY_LEVEL.items() for text in texts]
)
def test_the_level_of_a_text_is_that_of_its_tree(level: Binds, text: str) -> None:
    assert text_binds(text) is level
    assert binds(ast.parse(f"({text})", mode="eval").body) is level
    assert text_binds(f"({text})") is text_binds(f" (({text}))") is Binds.WHOLE
    assert is_bracketed(f"({text})")
    assert not is_bracketed(f"({text}).b({text})")


@pytest.mark.parametrize("text", EVERY)
def test_a_text_before_a_dot_or_beside_an_operator_is_one_operand(text: str) -> None:
    assert parsed(f"{owner(text)}.b") == put("_.b", text)
    assert parsed(f"~{operand(text)} ** {operand(text)}") == put("~_ ** _", text)
    assert parsed(f"{operand(text, Binds.BIT_OR)} != 0") == put("_ != 0", text)
    assert parsed(f"f({argument(text)}, k={argument(text)})") == put("f(_, k=_)", text)


def test_lines_that_only_brackets_hold_together_are_put_in_some() -> None:
    for text in ("p\n+ q", "p\n.q()", "p and\\\nq\nor r"):
        assert text_binds(text) is Binds.TORN
        assert owner(text) == f"({text})"
    assert text_binds("p(\nq\n)") is Binds.WHOLE
    assert text_binds("p \\\n + q") is Binds.SUM


def test_what_is_loose_is_one_argument_in_brackets() -> None:
    for text in ("p, q", "yield p", "p for p in q"):
        assert text_binds(text) is Binds.LOOSE
        assert argument(text) == f"({text})"
    assert argument("*p") == "*p"
