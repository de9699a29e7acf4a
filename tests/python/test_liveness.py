"""What has a value before a statement, what is read behind it, what a loop hands on, what statements do with names."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.binding.liveness import bound_before, carried, is_shared_and_written, read_later
from fullgraph.python.binding.usage import Use

from tests.python.marked import marked, statements


def before(text: str) -> set[str]:
    about = marked(text)
    return set(bound_before(about.tree, about.statement))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(self, x, *a, y=1, **k):\n    $pass$", "self x a y k"),
        ("def f():\n    x = 1\n    $pass$\n    y = 2", "x"),
        ("def f():\n    g = lambda acc: acc + 1\n    $for i in r:\n        acc = 0$", "g"),
        ("def f():\n    s = sum(v for v in r)\n    $pass$", "s"),
        ("def f():\n    s = [w := v for v in r]\n    $pass$", "s w"),
        ("def f():\n    def g(a):\n        b = 1\n    $pass$", "g"),
        ("def f():\n    import a.b\n    from c import d as e\n    $pass$", "a e"),
        ("def f():\n    with o as x:\n        $pass$", "x"),
        ("def f():\n    for i in r:\n        $pass$\n        j = 1", "i"),
        ("def f():\n    if c:\n        x = 1\n    $pass$", "x"),
        ("def f():\n    x = 1\n    del x\n    $pass$", ""),
        ("def f():\n    x = 1\n    del x\n    x = 2\n    $pass$", "x"),
        ("def f():\n    try:\n        a\n    except E as e:\n        $pass$", "e"),
        ("def f():\n    try:\n        a\n    except E as e:\n        b\n    $pass$", ""),
        ("def f(x):\n    y = 1\n    def g(z):\n        w = 1\n        $pass$\n    v = 1", "x y g z w"),
        ("x = 1\ndef f():\n    $pass$", ""),
        ("x = 1\n$pass$\ny = 1", "x"),
        ("def f():\n    $x = 1$", ""),
        ("def f():\n    x: int = 1\n    y += 1\n    a, (b, *c) = r\n    o.d = 1\n    $pass$", "x y a b c"),
    ],
)
def test_bound_before(text: str, names: str) -> None:
    assert {name for name in before(text) if "." not in name} == set(names.split())


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("def f():\n    $x = 1$\n    return x", True),
        ("def f():\n    g(x)\n    $x = 1$\n    return y", False),
        ("def f():\n    $x = 1$\n    x += 1", True),
        ("def f():\n    $x = 1$\n    x = 2", False),
        ("def f():\n    $x = 1$\n    x[0] = 2", True),
        ("def f():\n    $x = 1$\n    return [x for x in r]", False),
        ("def f():\n    $x = 1$\n    return [x for x in x]", True),
        ("def f():\n    $x = 1$\n    return (lambda x: x)", False),
        ("def f():\n    $x = 1$\n    return (lambda y=x: y)", True),
        ("def f():\n    g = lambda: x\n    $x = 1$\n    return g()", True),
        ("def f():\n    def g():\n        return x\n    $x = 1$\n    return g()", True),
        ("def f():\n    def g(x):\n        return x\n    $x = 1$\n    return g()", False),
        ("def f():\n    for i in r:\n        g(x)\n        $x = 1$", True),
        ("def f():\n    for i in r:\n        $x = 1$\n", False),
        ("def f():\n    for i in r:\n        $x = x + 1$\n", True),
        ("def f():\n    for i in r:\n        $if x:\n            x = 1$\n", True),
        ("def f():\n    for i in r:\n        $if c:\n            x = 1\n            y = x$\n", False),
        ("def f():\n    for i in r:\n        g(x)\n        for j in s:\n            $x = 1$", True),
        ("def f():\n    $for i in r:\n        x = x + 1$", False),
        ("$x = 1$\nprint(x)", True),
        ("x\n$x = 1$\n", False),
    ],
)
def test_read_later(text: str, is_read: bool) -> None:
    about = marked(text)
    assert read_later(about.tree, about.statement, ["x", "unheard_of"]) == (("x",) if is_read else ())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(x):\n    $for i in r:\n        x = x + i$\n    return x", "x"),
        ("def f(x):\n    $for i in r:\n        y = x + i$\n    return x", ""),
        ("def f(x):\n    $for i in r:\n        y = x + i$\n    return y", "y"),
        ("def f(x):\n    $while n > 0:\n        n = n - 1$", "n"),
        ("def f(x):\n    $while n > 0:\n        n = x$", "n"),
        ("def f(x):\n    $for i in r:\n        x[i] = 1$", "x"),
        ("def f(x):\n    $for i in r:\n        x.add_(1)$", "x"),
        ("def f(x):\n    for j in s:\n        g(y)\n        $for i in r:\n            y = x$", "y"),
    ],
)
def test_carried(text: str, names: str) -> None:
    about = marked(text)
    loop = about.statement
    assert isinstance(loop, ast.For | ast.While)
    use = Use.of(loop.body)
    assert use is not None
    assert carried(about.tree, loop, use) == tuple(names.split())


@pytest.mark.parametrize(
    ("text", "reads", "binds", "settled", "written"),
    [
        ("y = x\nx = 1", "x", "y x", "y x", ""),
        ("x = 1\ny = x", "", "x y", "x y", ""),
        ("x += 1", "x", "x", "x", ""),
        ("if c:\n    x = 1", "c", "x", "", ""),
        ("if c:\n    x = 1\nelse:\n    x = 2", "c", "x", "x", ""),
        ("for i in r:\n    x = 1", "r", "i x", "", ""),
        ("x[i] = v", "v i x", "", "", "x"),
        ("x.add_(v)", "x v", "", "", "x"),
        ("s = x + sum(x for x in r)", "x sum r", "s", "s", ""),
        ("s = (lambda x: x + y)(1)", "y", "s", "s", ""),
        ("s = (lambda *x, y: x + y)(1)", "", "s", "s", ""),
        ("def g(a):\n    return a + b", "b", "g", "g", ""),
        ("def g(*a, **k):\n    return a + k['x']", "", "g", "g", ""),
        ("rows = []\nrows.append(x)", "x", "rows", "rows", ""),
        ("y = self.layer(x)", "self x", "y", "y", ""),
    ],
)
def test_use(text: str, reads: str, binds: str, settled: str, written: str) -> None:
    use = Use.of(statements(text))
    assert use is not None
    found = (set(use.reads), set(use.binds), use.settled, set(use.written))
    assert found == (set(reads.split()), set(binds.split()), set(settled.split()), set(written.split()))


@pytest.mark.parametrize(
    "text",
    [
        "self.x = 1",
        "rows.append(x)",
        "y = (z := 1)",
        "assert x",
        "with a:\n    raise E",
        "try:\n    a\nfinally:\n    b",
        "yield x",
        "y = x\ny += 1",
        "y = x\ny[0] = 1",
        "f(x)[0].add_(1)",
        "del x",
        "import a",
    ],
)
def test_what_is_not_understood_is_no_answer(text: str) -> None:
    assert Use.of(statements(text)) is None


def test_of_what_is_not_understood_the_reads_are_seen_all_the_same() -> None:
    use = Use.seen_in(statements("x = 1\ntry:\n    y = x + z\nfinally:\n    pass"))
    assert use.strange
    assert set(use.reads) == {"z"}


@pytest.mark.parametrize(
    ("text", "is_shared"),
    [
        ("def f(x, y):\n    $if c:\n        y = x$\n    y.add_(1)", True),
        ("def f(x, y):\n    $if c:\n        y = x$\n    x += 1", True),
        ("def f(x, y):\n    $if c:\n        y = x.t()[0]$\n    y[0] = 1", True),
        ("def f(x, y):\n    $if c:\n        y = x + 1$\n    y.add_(1)", False),
        ("def f(x, y):\n    $if c:\n        y = x$\n    return y.add(1)", False),
        ("def f(x, y):\n    y.add_(1)\n    $if c:\n        y = x$\n    return y", False),
        ("def f(x, y):\n    for i in r:\n        y.add_(1)\n        $if c:\n            y = x$", True),
    ],
)
def test_shared_and_written(text: str, is_shared: bool) -> None:
    about = marked(text)
    branch = about.statement
    assert isinstance(branch, ast.If)
    (given,) = branch.body
    assert isinstance(given, ast.Assign)
    assert is_shared_and_written(about.tree, branch, [("y", given.value)]) == is_shared
