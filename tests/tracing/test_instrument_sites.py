"""Which expressions are observed, what is said of each, and which are left alone."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from textwrap import dedent
from types import FrameType
from typing import Any

import pytest
from fullgraph.model import Range
from fullgraph.tracing.instrumentation.instrument import Observed, Site, observe_source


def listing(text: str) -> list[str]:
    """One line for each site, in the order of the text: what it reads as, and what is said of it."""
    text = dedent(text).lstrip("\n")
    files = observe_source(text, "<sites>")
    ordered = sorted(files.sites, key=lambda site: (site.range.start, site.range.end))
    return [" | ".join(part for part in described(site, text) if part) for site in ordered]


def described(site: Site, text: str) -> tuple[str, ...]:
    names = (f"{b.name}{'' if b.element is None else f'[{b.element}]'}" for b in site.bindings)
    return segment(text, site.range), site.kind, site.construct or "", " ".join(names)


def segment(text: str, place: Range) -> str:
    lines = text.replace("\r\n", "\n").split("\n")[place.start.line : place.end.line + 1]
    lines[-1] = lines[-1][: place.end.character]
    lines[0] = lines[0][place.start.character :]
    return "\n".join(lines)


def test_every_value_of_a_function_is_a_site() -> None:
    assert listing("""
        def f(self, x):
            y = self.conv(x)[0] + -x
            return [y, (x,), {x}, {1: y}]
        async def g(x): await x
    """) == [
        "self | name",
        "self.conv(x) | call",
        "self.conv(x)[0] | subscript",
        "self.conv(x)[0] + -x | binary | y",
        "x | name",
        "-x | unary",
        "x | name",
        "[y, (x,), {x}, {1: y}] | list | return",
        "y | name",
        "(x,) | tuple",
        "x | name",
        "{x} | set",
        "x | name",
        "{1: y} | dict",
        "y | name",
        "await x | await",
        "x | name",
    ]


def test_the_construct_is_the_syntax_that_asks() -> None:
    assert listing("""
        def f(a, b, c):
            if a and not (b or c < 1): pass
            elif (n := a): pass
            while a: pass
            assert b, c
            x = a if b else c
            y = a or b
            z = not c
            for i in [j for j in a if b]: pass
            match c:
                case 1 if b: pass
            if a < b < c: pass
            if (a if b else c): pass
    """) == [
        "a | name | if",
        "b | name | if",
        "c | name",
        "c < 1 | comparison | if",
        "a | name | if | n",
        "a | name | while",
        "b | name | assert",
        "c | name",
        "a | name",
        "a if b else c | conditional | x",
        "b | name | ternary",
        "c | name",
        "a | name | boolop",
        "a or b | boolean | y",
        "b | name",
        "not c | unary | z",
        "c | name | not",
        "[j for j in a if b] | comprehension | for",
        "j | name",
        "a | name | for",
        "b | name | comprehension",
        "c | name | match",
        "b | name | match",
        "a | name",
        "b | name",
        "c | name",
        "a | name | if",
        "b | name | ternary",
        "c | name | if",
    ]


def test_what_an_assignment_binds() -> None:
    assert listing("""
        def f(e):
            a = b = e
            c, (d, *_) = e
            g, *h, i = e
            j, k = e, e.x
            l: int = e
            self.m = n[0] = e
            print(o := e)
    """) == [
        "e | name | a b",
        "e | name | c[0]",
        "e | name | g[0] i[-1]",
        "e | name | j",
        "e | name",
        "e.x | attribute | k",
        "e | name | l",
        "self | name",
        "n | name",
        "e | name",
        "print(o := e) | call",
        "e | name | o",
    ]


def test_assigns_names_what_gets_the_whole_value() -> None:
    files = observe_source("def f(e):\n  a = b = e\n  c, d = e", "<sites>")
    assert [site.assigns for site in files.sites] == [("a", "b"), ()]
    binding = files.sites[0].bindings[1]
    assert (binding.name, binding.range.start.character, binding.range.end.character) == ("b", 6, 7)


@pytest.mark.parametrize(
    "text",
    [
        "x = a.b(c)[d]",
        "class C(a.b):\n  x = [y for y in z if w]\n  print(x)",
        "@a.b(c)\ndef f(x: d.e = g()) -> h[i]: 'text'",
        "def f():\n  x: a.b\n  del x\n  global y\n  import z",
        "def f():\n  1 + 2, -3, (4, [5]), 'a' 'b'\n  if __debug__: pass",
        "def f():\n  class C:\n    x = y.z",
        "def f():\n  for x in (): pass",
    ],
)
def test_left_alone(text: str) -> None:
    assert listing(text) == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
@pytest.mark.parametrize("text", ["def f():\n  type A = b.c", "def f():\n  class A[T: b](c.d[T]): pass"])
def test_types_are_left_alone(text: str) -> None:
    assert listing(text) == []


def test_lambdas_are_functions_wherever_they_stand() -> None:
    text = "x = f(lambda a: a)\nclass C:\n  y: g = lambda b: b.c\n  def m(self, k=lambda d: d): pass"
    assert listing(text) == ["a | name", "b | name", "b.c | attribute", "d | name"]
    assert [s.function for s in observe_source(text, "<sites>").sites] == ["<lambda>", *["C.<lambda>"] * 3]


def test_functions_have_their_qualified_names() -> None:
    files = observe_source(
        "class A:\n  def f(self):\n    def g(): return x\n    return a, lambda: b", "<sites>"
    )
    assert [site.function for site in files.sites] == [
        "A.f.<locals>.g",
        "A.f",
        "A.f.<locals>.<lambda>",
        "A.f",
    ]


def test_super_and_callees_keep_the_form_the_compiler_knows() -> None:
    assert listing("def f(x):\n  super().__init__(x.y.z())") == [
        "super().__init__(x.y.z()) | call",
        "x | name",
        "x.y | attribute",
        "x.y.z() | call",
    ]


def test_columns_are_code_points() -> None:
    text = "def f(é, x):\r\n  s = 'ünï'; y = é.größe[\r\n    '𝔸', x]\r\n  return y"
    assert listing(text) == [
        "é | name",
        "é.größe | attribute",
        "é.größe[\n    '𝔸', x] | subscript | y",
        "x | name",
        "y | name | return",
    ]


def test_a_mark_at_the_beginning_and_lone_carriage_returns() -> None:
    assert [s.range.start.line for s in observe_source("\ufeffdef f(x):\r  return x\r", "<sites>").sites] == [
        1
    ]


SYNTAX: dict[str, Any] = {
    "name": ast.Name,
    "attribute": ast.Attribute,
    "subscript": ast.Subscript,
    "call": ast.Call,
    "binary": ast.BinOp,
    "unary": ast.UnaryOp,
    "boolean": ast.BoolOp,
    "comparison": ast.Compare,
    "conditional": ast.IfExp,
    "list": ast.List,
    "tuple": ast.Tuple,
    "set": ast.Set,
    "dict": ast.Dict,
    "comprehension": (ast.ListComp, ast.SetComp, ast.DictComp),
    "await": ast.Await,
}


def test_every_range_reads_as_its_expression() -> None:
    text = inspect.getsource(textwrap)
    sites = observe_source(text, "textwrap.py").sites
    assert len(sites) > 200
    for site in sites:
        read = ast.parse(f"({segment(text, site.range)})", mode="eval").body
        assert isinstance(read, SYNTAX[site.kind]), site


FSTRING = '''
def f(a, b):
    return f"{a} {a.b!r:>{b}}" f"{b}" f"""
      é {a} {
    b}
    """ f"{f'{a}{a}'}"
'''


def test_inside_f_strings_a_place_is_said_only_if_it_is_true() -> None:
    text = FSTRING.lstrip("\n")
    sites = observe_source(text, "<sites>").sites
    for site in sites:
        assert segment(text, site.range) in {"a", "b", "a.b"}
    places = [site.range for site in sites]
    assert len(set(places)) == len(places)
    if sys.version_info >= (3, 12):
        assert len(sites) == 9


def test_numbers_go_on_from_file_to_file() -> None:
    one = observe_source("def f(x): return x.y", "<one>", base=5)
    two = observe_source("def g(z): return z", "<two>", base=one.end)
    assert (one.base, one.end, two.end) == (5, 7, 8)
    assert two.site(7).function == "g"
    assert one.site(6).kind == "attribute"
    for wrong in (4, 7):
        with pytest.raises(IndexError):
            one.site(wrong)


def test_the_observed_tree_keeps_the_places_of_the_text() -> None:
    files = observe_source("def f(x):\n  return (x +\n    1)", "<tree>")
    (function,) = files.tree.body
    assert isinstance(function, ast.FunctionDef)
    (statement,) = function.body
    assert isinstance(statement, ast.Return)
    value = statement.value
    assert isinstance(value, ast.Call)
    assert (value.lineno, value.col_offset, value.end_lineno, value.end_col_offset) == (2, 10, 3, 5)


def test_a_sum_of_a_thousand_terms() -> None:
    files = observe_source("def f(x):\n  return " + " + ".join(["x"] * 400), "<long>")
    assert 0 < len(files.sites) < 400
    assert not files.skipped


def test_a_chain_of_five_hundred_branches() -> None:
    chain = "".join(f"  elif x == {n}:\n    return x\n" for n in range(500))
    files = observe_source(f"def f(x):\n  if x: pass\n{chain}", "<long>")
    assert len(files.sites) > 1000
    assert not files.skipped


def test_what_is_too_deep_is_left_as_it_is() -> None:
    files = unobserved()
    assert files.observed is files.plain
    assert [skipped.reason for skipped in files.skipped] == ["its syntax is too deeply nested"]
    assert (files.sites, files.twins, files.end) == ((), {}, 3)


def unobserved() -> Observed:
    """A file that Python compiles, and that is too deep for us: few frames are left on the stack."""

    def deep(frames: int) -> Observed:
        return deep(frames - 1) if frames else observe_source("def f(x):" + " return x.y", "<deep>", base=3)

    depth = len(list(iter_frames()))
    for frames in range(sys.getrecursionlimit() - depth - 5, 0, -1):
        try:
            files = deep(frames)
        except RecursionError:
            continue
        if files.skipped:
            return files
    raise AssertionError("never too deep")


def iter_frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe()
    while frame:
        yield frame
        frame = frame.f_back


def test_a_syntax_error_is_the_users() -> None:
    with pytest.raises(SyntaxError):
        observe_source("def f(:", "<broken>")
