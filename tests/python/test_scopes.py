"""Whose a name is. The oracle is Python's own table of symbols."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest
from fullgraph.python.binding.scopes import (
    binds,
    bound,
    bound_anywhere,
    given,
    parameters,
    positional,
    reads,
    used,
)

from tests.python.marked import expression, statements

STANDARD_LIBRARY = Path(ast.__file__).parent
MODULES = [
    "ast",
    "argparse",
    "dataclasses",
    "inspect",
    "tokenize",
    "typing",
    "contextlib",
    "pathlib",
]


def functions(table: symtable.SymbolTable) -> Iterator[symtable.Function]:
    for child in table.get_children():
        if isinstance(child, symtable.Function):
            yield child
        yield from functions(child)


def source(module: str) -> str:
    found = STANDARD_LIBRARY / f"{module}.py"
    return (found if found.exists() else STANDARD_LIBRARY / module / "__init__.py").read_text("utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_a_function_binds_what_python_says_it_does(module: str) -> None:
    text = source(module)
    nodes = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    ours = {(node.name, node.lineno): binds(node) for node in nodes}
    # A decorated function begins at its decorator in some versions, so each is found by the line of its `def`.
    tables = [
        t
        for t in functions(symtable.symtable(text, module, "exec"))
        if (t.get_name(), t.get_lineno()) in ours
    ]
    assert len(tables) > 10
    for table in tables:
        # Names of inlined comprehensions are no locals of the text.
        own = ours[table.get_name(), table.get_lineno()]
        assert {name for name in own if "." not in name} == {
            n for n in table.get_locals() if not n.startswith(".")
        }


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("x", "x"),
        ("[x for x in r]", "r"),
        ("[x for x in x]", "x"),
        ("[a for r in rows for a in r]", "rows"),
        ("lambda a, *b, c=d, **e: a + f", "d f"),
        ("self.layer(x)", "self.layer x"),
        ("{k: v for k, v in z.items() if k in y}", "z y"),
    ],
)
def test_what_an_expression_takes_from_around_it(text: str, taken: str) -> None:
    assert used(expression(text)) == set(taken.split())
    assert {name for name, _ in reads(expression(text))} == set(taken.split())


@pytest.mark.parametrize(
    ("text", "taken", "made"),
    [
        ("x += 1", "x", "x"),
        ("x: int = y", "int y", "x"),
        ("def f(a, b=c):\n    d = a + e\n    return d", "c e", "f"),
        ("def f():\n    global g\n    g = h", "h", "f"),
        ("class A(B):\n    c = d\n    def m(self):\n        return self.n + c", "B d c", "A"),
        ("import a.b, c as d\nfrom e import f", "", "a d f"),
        ("self.x = y", "y", "self.x"),
        ("try:\n    a\nexcept E as e:\n    e", "a E e", "e"),
        ("match a:\n    case [b, *c]:\n        pass\n    case {'k': d, **e}:\n        pass", "a", "b c d e"),
        ("s = [w := v for v in r]", "r", "s w"),
    ],
)
def test_statements(text: str, taken: str, made: str) -> None:
    body = statements(text)
    assert (set(used(*body)), set(bound(body))) == (set(taken.split()), set(made.split()))


def test_parameters() -> None:
    (function,) = statements("def f(a, /, b=1, *c, d, e=2, **g): ...")
    assert isinstance(function, ast.FunctionDef)
    every = {name: default and ast.unparse(default) for name, default in parameters(function.args)}
    assert every == {"a": None, "b": "1", "d": None, "e": "2", "c": None, "g": None}
    assert [argument.arg for argument, _ in given(function.args)] == ["a", "b", "d", "e"]
    assert [argument.arg for argument in positional(function.args)] == ["a", "b"]


def test_what_is_bound_in_any_scope() -> None:
    tree = ast.parse("def f(a):\n    b = [c for c in a]\nimport d")
    assert {name for name, _ in bound_anywhere(tree)} == {"f", "a", "b", "c", "d"}
