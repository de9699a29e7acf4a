"""From the running instruction to the very expression, on the Python that runs the tests.

Each case runs: `at()` in its text asks where the program is, or an exception is raised there, and the
answer is compared with the text between «».
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fullgraph.model import Expression, Frame, Place, Position, Range, Target, TraceRequest
from fullgraph.tracing.locations.source_locations import UserCode, frame_of_dump, read_source
from fullgraph.tracing.locations.syntax import Syntax, construct_of


class Asked:
    """Stands for a tensor: asked for its truth, as a number, or for its elements, it notes the place."""

    def __init__(self, user_code: UserCode, *, truth: bool = False) -> None:
        self.user_code = user_code
        self.truth = truth
        self.frames: list[Frame | None] = []

    def _note(self) -> None:
        self.frames.append(self.user_code.here())

    def __bool__(self) -> bool:
        self._note()
        return self.truth

    def __int__(self) -> int:
        self._note()
        return 3

    __index__ = __int__

    def __iter__(self) -> Any:
        self._note()
        return iter(())

    def __gt__(self, other: object) -> Asked:
        return self

    def __eq__(self, other: object) -> bool:
        self._note()
        return False

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: object) -> Asked:
        self._note()
        return self

    def __format__(self, spec: str) -> str:
        self._note()
        return ""

    def method(self, *_: object) -> Asked:
        return self

    def noted(self, *_: object) -> Asked:
        self._note()
        return self


def territory_of(file: Path) -> UserCode:
    place = Place(str(file), Range(Position(0, 0), Position(0, 0)))
    return UserCode(
        TraceRequest(
            Target("m:x", "m", str(file), "comment", place, Expression("x", place)), str(file.parent)
        )
    )


def marked(text: str) -> tuple[str, Range]:
    """The text without «», and the range that was between them, in lines and code points."""
    before, rest = text.split("«")
    inside, after = rest.split("»")
    return before + inside + after, Range(position(before), position(before + inside))


def position(text: str) -> Position:
    lines = text.replace("\r\n", "\n").split("\n")
    return Position(len(lines) - 1, len(lines[-1]))


Run = Callable[..., Frame]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a text whose function `f` takes an `Asked`, and gives the first frame that was noted."""

    def frame(text: str, *, truth: bool = False, encoding: str = "utf-8") -> Frame:
        file = tmp_path / "program.py"
        file.write_bytes(text.encode(encoding))
        asked = Asked(territory_of(file), truth=truth)
        scope: dict[str, Any] = {}
        exec(compile(file.read_bytes(), str(file), "exec"), scope)
        scope["f"](asked)
        assert asked.frames
        noted = asked.frames[0]
        assert noted is not None
        return noted

    return frame


CASES = {
    "if": ("def f(x):\n    if «x > 1»:\n        pass\n", "if"),
    "elif": ("def f(x):\n    if False:\n        pass\n    elif «x.method()»:\n        pass\n", "if"),
    "if over lines": ("def f(x):\n    if «x.method(\n        1,\n    )»:\n        pass\n", "if"),
    "while": ("def f(x):\n    while «x > 1»:\n        pass\n", "while"),
    "ternary": ("def f(x):\n    return 1 if «x > 1» else 2\n", "ternary"),
    "nested ternary, outer": ("def f(x):\n    return (1 if 0 else 2) if «x» else (3 if 1 else 4)\n", "ternary"),
    "nested ternary, inner": ("def f(x):\n    return 1 if 0 else 2 if «x > 0» else 3\n", "ternary"),
    "None on a side": ("def f(x):\n    return None if «x.method()» else x\n", "ternary"),
    "and, first": ("def f(x):\n    y = «x > 1» and 2\n", "boolop"),
    "and, second": ("def f(x):\n    if 1 and «x > 2»:\n        pass\n", "if"),
    "or, third": ("def f(x):\n    if 0 or 0 or «x»:\n        pass\n", "if"),
    "and or": ("def f(x):\n    return 1 if (0 or «x > 3») and x else 2\n", "ternary"),
    "not": ("def f(x):\n    y = not «x > 1»\n", "not"),
    "if not": ("def f(x):\n    if not «x.method(1)»:\n        pass\n", "if"),
    "not over lines": ("def f(x):\n    if not (\n        «x.method(\n            1)»\n    ):\n        pass\n", "if"),
    "assert": ("def f(x):\n    assert not «x», 'message'\n", "assert"),
    "chained comparison": ("def f(x):\n    y = «0 < x < 2»\n", None),
    "comprehension condition": ("def f(x):\n    return [i for i in (1, 2) if «x > i»]\n", "comprehension"),
    "generator condition": ("def f(x):\n    return list(i for i in (1, 2) if 1 if «x»)\n", "comprehension"),
    "comprehension over": ("def f(x):\n    return [i for i in «x.method()»]\n", "for"),
    "for": ("def f(x):\n    for i in «x.method()»:\n        pass\n", "for"),
    "for over lines": ("def f(x):\n    for i in (\n        «x\n        .method()»\n    ):\n        pass\n", "for"),
    "range": ("def f(x):\n    for i in «range(x)»:\n        pass\n", "for"),
    "lambda": ("def f(x):\n    g = lambda y: 1 if «y > 1» else 2\n    g(x)\n", "ternary"),
    "call": ("def f(x):\n    y = 1 + int(«int(x)»)\n", None),
    "chain over lines": ("def f(x):\n    y = («x\n         .method()\n         .noted(1)»\n         .method())\n", "call"),
    "arguments over lines": ("def f(x):\n    y = «x.noted(\n        1,\n        2,\n    )».method()\n", "call"),
    "operator": ("def f(x):\n    y = 2 * 3, «x + 1»\n", None),
    "f-string": ("def f(x):\n    return f'a {1} {«x.noted()»!r:>{3}}'\n", "call"),
    "returned call": ("def f(x):\n    return «x.noted()»\n", "return"),
    "match subject": ("def f(x):\n    match «x.noted()»:\n        case _:\n            pass\n", "match"),
    "match guard": ("def f(x):\n    match 1:\n        case n if «x > n»:\n            pass\n", "match"),
    "match value": ("def f(x):\n    match x:\n        case «0»:\n            pass\n", "match"),
    "decorator": ("def f(x):\n    @«x.noted(1)».method\n    def g():\n        pass\n", "call"),
    "default": ("def f(x):\n    def g(y=«x.noted()»):\n        pass\n", "call"),
    "subscript": ("def f(x):\n    return «[1, 2, 3, 4][x]»\n", "return"),
    "letters before": ("def f(x):\n    größe = 'λ𝛼日本' ; y = «x.noted()»\n", "call"),
    "letters within": ("def f(x):\n    日本 = x\n    if «日本 > 'ä'»:\n        pass\n", "if"),
    "tabs": ("def f(x):\n\tif 1:\n\t\tif «x > 1»:\n\t\t\tpass\n", "if"),
    "form feed": ("\x0c\ndef f(x):\n    if «x > 1»:\n        pass\n", "if"),
    "line separator in a string": ("def f(x):\n    y = '\u2028' ; z = «x.noted()»\n", "call"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "construct"), CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_expression(text: str, construct: str | None, newline: str, run: Run) -> None:
    source, wanted = marked(text)
    truth = "and x else" in source
    frame = run(source.replace("\n", newline), truth=truth)
    assert frame.place.range == wanted
    if construct is not None:
        assert frame.construct == construct


def test_a_byte_order_mark_is_no_column(run: Run) -> None:
    source, wanted = marked("def f(x): return 1 if «x > 1» else 2\n")
    assert run(source, encoding="utf-8-sig").place.range == wanted


def test_another_encoding(run: Run) -> None:
    source, wanted = marked("# -*- coding: latin-1 -*-\ndef f(x):\n    ä = 'ü'; y = «x.noted()»\n")
    assert run(source, encoding="latin-1").place.range == wanted


def test_what_is_called_and_what_is_asked(run: Run) -> None:
    called = run("def f(x):\n    y = x.noted(1)\n")
    asked = run("def f(x):\n    if x.method(1):\n        pass\n")
    assert (called.callee, called.text) == ("x.noted", "x.noted(1)")
    assert (asked.callee, asked.text) == (None, "x.method(1)")


def test_of_a_pattern_the_subject_is_said(run: Run) -> None:
    assert (
        run("def f(x):\n    match x.method():\n        case 0 | 1:\n            pass\n").text == "x.method()"
    )


def test_the_statement_and_the_frames_that_led_there(run: Run) -> None:
    source = "def g(x):\n    return (\n        x.noted())\n\ndef f(x):\n    y = g(x)\n"
    frame = run(source)
    assert frame.statement == Range(Position(1, 4), Position(2, 18))
    assert [place.range for place in frame.calls] == [Range(Position(5, 8), Position(5, 12))]


def test_an_exception_is_where_it_was_raised(tmp_path: Path) -> None:
    source, wanted = marked(
        "def g(x):\n    return {}[\n        x]\n\ndef f(x):\n    return g(x)\n".replace(
            "{}[\n        x]", "«{}[\n        x]»"
        )
    )
    file = tmp_path / "program.py"
    file.write_text(source)
    scope: dict[str, Any] = {}
    exec(compile(source, str(file), "exec"), scope)
    with pytest.raises(KeyError) as raised:
        scope["f"](1)
    frame = territory_of(file).of_exception(raised.value)
    assert frame is not None
    assert frame.place.range == wanted


def test_a_dump_knows_lines(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("x = 1\nwhile True:\n    pass  \n")
    place = Place(str(file), Range(Position(0, 0), Position(0, 0)))
    target = Target("m:x", "m", str(file), "comment", place, Expression("x", place))
    frame = frame_of_dump(TraceRequest(target, str(tmp_path)), [("/elsewhere/torch.py", 3), (str(file), 3)])
    assert frame is not None
    assert frame.place.range == Range(Position(2, 4), Position(2, 8))


def test_whose_code_it_is(tmp_path: Path) -> None:
    user_code = territory_of(tmp_path / "program.py")
    installed = tmp_path / ".venv/lib/site-packages/timm/layers.py"
    assert user_code.is_user(str(tmp_path / "helpers.py"))
    assert not user_code.is_user(str(installed))
    assert user_code.is_library(str(installed))
    assert not user_code.is_user(str(tmp_path.parent / "elsewhere.py"))
    for ours in (sys.modules[UserCode.__module__].__file__, __import__("ast").__file__):
        assert not user_code.is_user(str(ours))
        assert not user_code.is_library(str(ours))
    torch = str(tmp_path / ".venv/lib/site-packages/torch/nn/functional.py")
    assert not user_code.is_library(torch)


def test_unsaved_text_is_the_text(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("old = 1\n")
    place = Place(str(file), Range(Position(0, 0), Position(0, 0)))
    target = Target("m:x", "m", str(file), "comment", place, Expression("x", place))
    user_code = UserCode(TraceRequest(target, str(tmp_path), overlays={str(file): "new = 2\n"}))
    syntax = user_code.syntax(str(file))
    assert syntax is not None
    assert syntax.text == "new = 2\n"


def test_the_encoding_is_the_declared_one(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_bytes("# coding: latin-1\r\nx = 'ä'\r\n".encode("latin-1"))
    assert read_source(str(file)) == "# coding: latin-1\r\nx = 'ä'\r\n"


def test_constructs_are_told_by_position() -> None:
    import ast

    tree = ast.parse("x = a if b else c")
    syntax = Syntax("x = a if b else c", tree)
    ternary = tree.body[0].value  # type: ignore[attr-defined]
    assert construct_of(ternary.test, syntax) == "ternary"
    assert construct_of(ternary.body, syntax) is None
