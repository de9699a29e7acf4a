"""Blocks, `elif`, and how statements are left."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.syntax.assignments import assigned, assigned_name, assignments, assignments_to
from fullgraph.python.syntax.operators import BINARY, COMPARISONS, OPPOSITES
from fullgraph.python.syntax.statements import (
    alternatives,
    blocks,
    body_last,
    elif_of,
    is_main_guard,
    jumps_out,
    of_scope,
    returning,
    returns,
)
from fullgraph.python.syntax.tree import Tree

from tests.python.marked import expression, marked, statements


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1", []),
        ("f(lambda: x)", []),
        ("if c:\n    a\nelse:\n    b", ["a", "b"]),
        ("for i in r:\n    a\nelse:\n    b", ["a", "b"]),
        ("with c:\n    a", ["a"]),
        (
            "try:\n    a\nexcept E:\n    b\nexcept F:\n    c\nelse:\n    d\nfinally:\n    e",
            ["a", "b", "c", "d", "e"],
        ),
        ("match c:\n    case 1:\n        a\n    case _:\n        b", ["a", "b"]),
        ("def f():\n    a", ["a"]),
        ("class A:\n    a", ["a"]),
    ],
)
def test_blocks(text: str, found: list[str]) -> None:
    (statement,) = statements(text)
    assert ["; ".join(map(ast.unparse, block)) for block in blocks(statement)] == found


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("if a:\n    x\nelif b:\n    y", True),
        ("if a:\n    x\nelse:\n    if b:\n        y", False),
        ("if a:\n    x\nelse:\n    if b:\n        y\n    z", False),
        ("if a:\n    x\nelse:\n    y", False),
        ("if a:\n    x", False),
        ("if 'ä': x\nelif b: y", True),
        ("if a: x\nelse:\n  if b: y\n", False),
    ],
)
def test_elif(text: str, is_one: bool) -> None:
    (node,) = statements(text)
    assert isinstance(node, ast.If)
    assert (elif_of(node) is not None) == is_one
    tree = Tree(ast.Module([node], []))
    assert [tree.is_elif(each) for each in node.orelse] == [is_one] * len(node.orelse)
    assert not tree.is_elif(node)


def test_alternatives_are_a_chain_however_it_is_written() -> None:
    (node,) = statements("if a:\n    x\nelif b:\n    y\nelse:\n    if c:\n        z\n")
    assert isinstance(node, ast.If)
    assert [ast.unparse(each.test) for each in alternatives(node)] == ["a", "b", "c"]


def test_a_thousand_elifs_are_gone_through() -> None:
    text = "if x == 0:\n    a0 = 0\n" + "".join(f"elif x == {n}:\n    a{n} = {n}\n" for n in range(1, 600))
    names = [name for each in of_scope(statements(text)) if (name := assigned_name(each))]
    assert names == [f"a{n}" for n in range(600)]


def test_of_a_scope_are_no_statements_of_its_definitions() -> None:
    body = statements("def f():\n    a = 1\nclass C:\n    b = 1\nfor i in r:\n    c = 1\nd = 1")
    assert [name for each in of_scope(body) if (name := assigned_name(each))] == ["c", "d"]


def test_what_stands_in_try_counts_last() -> None:
    body = statements("try:\n    a = 1\nexcept E:\n    a = 2\nif c:\n    b = 3\nelse:\n    b = 4")
    held = {assigned_name(each): each for each in of_scope(body, body_last)}
    assert (ast.unparse(held["a"]), ast.unparse(held["b"])) == ("a = 1", "b = 3")


@pytest.mark.parametrize(
    ("test", "is_one"),
    [
        ("__name__ == '__main__'", True),
        ("'__main__' == __name__", True),
        ("__name__ != '__main__'", False),
        ("name == '__main__'", False),
        ("__name__ == '__main__' == x", False),
        ("__name__", False),
    ],
)
def test_main_guard(test: str, is_one: bool) -> None:
    assert is_main_guard(expression(test)) == is_one


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("return x", "always"),
        ("x = 1", "never"),
        ("if a:\n    return x", "sometimes"),
        ("if a:\n    return x\nelse:\n    return y", "always"),
        ("if a:\n    return x\nelse:\n    pass", "sometimes"),
        ("with a:\n    return x", "always"),
        ("for i in r:\n    return x", "sometimes"),
        ("try:\n    a\nexcept E:\n    return x", "sometimes"),
        ("try:\n    a\nfinally:\n    return x", "sometimes"),
        ("match a:\n    case 1:\n        return x", "sometimes"),
        ("def f():\n    return x", "never"),
        ("async def f():\n    return x", "never"),
        ("f(lambda: x)", "never"),
        ("raise E", "never"),
    ],
)
def test_returning(text: str, way: str) -> None:
    body = statements(text)
    assert returning(body) == way
    assert any(True for _ in returns(body)) == (way != "never")


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("break", True),
        ("if a:\n    continue", True),
        ("for i in r:\n    break", False),
        ("while a:\n    pass\nelse:\n    break", True),
        ("while a:\n    for i in r:\n        continue\n    break", False),
        ("try:\n    a\nexcept E:\n    break", True),
        ("def f():\n    for i in r:\n        break", False),
        ("x = 1", False),
    ],
)
def test_jumps(text: str, out: bool) -> None:
    (loop,) = statements("while z:\n" + "\n".join(f"    {line}" for line in text.split("\n")))
    assert isinstance(loop, ast.While)
    assert jumps_out(loop.body) == out


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("x = y", ("x", "y")),
        ("x += y * 2", ("x", "x + y * 2")),
        ("x @= y", ("x", "x @ y")),
        ("x = z = y", None),
        ("x, z = y", None),
        ("x[0] = y", None),
        ("self.x += y", None),
        ("x: int = 1", None),
        ("f(x)", None),
    ],
)
def test_assigned(text: str, given: tuple[str, str] | None) -> None:
    (statement,) = statements(text)
    found = assigned(statement)
    assert (found and (found[0], ast.unparse(found[1]))) == given
    assert assigned_name(statement) == (given[0] if given else "")


def test_assignments() -> None:
    body = statements("x = y = 1\nz: int = 2\nw: int\nif c:\n    x = 3\nx += 4\n(x, z) = 5")
    pairs = [f"{ast.unparse(t)} {ast.unparse(v)}" for each in body for t, v in assignments(each)]
    assert pairs == ["x 1", "y 1", "z 2", "(x, z) 5"]
    assert [ast.unparse(each.value) for each in assignments_to("x", body)] == ["1", "3"]


def test_signs_are_those_that_python_writes() -> None:
    a, b = expression("a"), expression("b")
    assert all(ast.unparse(ast.BinOp(a, kind(), b)) == f"a {sign} b" for kind, sign in BINARY.items())
    assert all(ast.unparse(ast.Compare(a, [k()], [b])) == f"a {s} b" for k, s in COMPARISONS.items())


@pytest.mark.parametrize(("left", "right"), [(1, 2), (2, 2), (3, 2)])
def test_an_opposite_holds_where_the_other_does_not(left: int, right: int) -> None:
    for kind, sign in COMPARISONS.items():
        assert eval(f"{left} {sign} {right}") != eval(f"{left} {OPPOSITES[kind]} {right}")


def test_what_is_around_a_node() -> None:
    about = marked("""
        class A:
            def f(self):
                for i in r:
                    g($x$)
    """)
    tree, node = about.tree, about.node(ast.Name)
    statement, function, owner = tree.statement_of(node), tree.function_of(node), tree.class_of(node)
    assert statement is not None
    assert function is not None
    assert owner is not None
    assert (ast.unparse(statement), function.name, owner.name) == ("g(x)", "f", "A")
    assert tree.scope_of(owner) is tree.tree
    assert tree.block_of(statement) == [statement]
    assert tree.is_all_of_its_block(statement)
    assert not tree.is_all_of_its_block(owner)
    assert not tree.in_string(node)
    inner = marked("x = f'{$y$}'")
    named = next(n for n in ast.walk(inner.tree.tree) if isinstance(n, ast.Name) and n.id == "y")
    assert inner.tree.in_string(named)
