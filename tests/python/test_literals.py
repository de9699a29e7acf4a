"""Numbers and slices as they are written."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.binding.scopes import own_name, root
from fullgraph.python.syntax.literals import is_number, is_whole_slice, is_zero

from tests.python.marked import expression


@pytest.mark.parametrize(
    ("text", "number", "zero"),
    [
        ("1", True, False),
        ("-1.5", True, False),
        ("0", True, True),
        ("0.0", True, False),
        ("False", True, False),
        ("'1'", False, False),
        ("x", False, False),
        ("1 + 1", False, False),
        ("None", False, False),
    ],
)
def test_numbers(text: str, number: bool, zero: bool) -> None:
    assert (is_number(expression(text)), is_zero(expression(text))) == (number, zero)


@pytest.mark.parametrize(
    ("index", "whole"),
    [(":", True), ("::", True), ("1:", False), (":-1", False), ("::2", False), ("0", False)],
)
def test_slices(index: str, whole: bool) -> None:
    node = expression(f"x[{index}]")
    assert isinstance(node, ast.Subscript)
    assert is_whole_slice(node.slice) == whole


@pytest.mark.parametrize(
    ("text", "own", "first"),
    [
        ("x", "x", "x"),
        ("self.model", "self.model", "self.model"),
        ("cls.model", "self.model", "self.model"),
        ("self.a.b", None, "self.a"),
        ("x.a[0].b", None, "x"),
        ("f(x)", None, None),
    ],
)
def test_whose_name_it_is(text: str, own: str | None, first: str | None) -> None:
    assert (own_name(expression(text)), root(expression(text))) == (own, first)
