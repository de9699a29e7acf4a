"""Targets said in pyproject.toml: their expressions' places in the TOML text, and mistakes at theirs."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from fullgraph.discovery import Discovered
from fullgraph.discovery.finders.pyproject import read_targets
from fullgraph.model import Expression
from fullgraph.project.files import ModuleFile, NoModule
from fullgraph.text.source import SourceText
from fullgraph.toml.document import TomlDocument, read_toml
from hypothesis import given
from hypothesis import strategies as st

from tests.discovery.rendered import rendered


def find_module(said: str) -> ModuleFile | NoModule:
    if said in ("cases", "cases.py"):
        return ModuleFile("cases", "/project/cases.py")
    return NoModule(f"no module `{said}`")


def read(text: str, *, strict: bool = False) -> tuple[SourceText, Discovered]:
    source = SourceText("/project/pyproject.toml", text)
    document = read_toml(source)
    assert isinstance(document, TomlDocument)
    return source, read_targets(document, find_module, strict=strict)


def assert_found(annotated: str) -> Discovered:
    annotated = dedent(annotated).lstrip("\n")
    lines = [line for line in annotated.split("\n") if not re.match(r"^\s*\^+( |$)", line)]
    source, found = read("\n".join(lines))
    assert rendered(source, found) == annotated
    return found


def expression(text: str) -> Expression:
    """The args of the one target, whose value is spelled `text`."""
    _, found = read(f"[[tool.fullgraph.targets]]\nmodule = 'cases'\nmodel = 'Gate()'\nargs = {text}\n")
    assert found.findings == ()
    assert found.targets[0].args is not None
    return found.targets[0].args


def test_all_that_can_be_said() -> None:
    found = assert_found("""
        [tool.fullgraph]
        [[tool.fullgraph.targets]]
        module = "cases.py"
        model = "Gate( 4)"
                 ^^^^^^^^ cases:Gate(4) strict
        args = '(ä,)'  # a comment
                ^^^^ args
        kwargs = ' {} '
                   ^^ kwargs
        "dynamic_shapes" = '''{"x": {0: Dim("batch")}}'''
                              ^^^^^^^^^^^^^^^^^^^^^^^^ dynamic_shapes
        strict = true
        [[tool.fullgraph.targets]]
        module = "cases"
        model = "Other()"
                 ^^^^^^^ cases:Other()
    """)
    assert [target.origin for target in found.targets] == ["pyproject"] * 2
    assert found.targets[0].file == "/project/cases.py"
    assert found.targets[0].model.text == "Gate( 4)"
    assert found.targets[0].kwargs is not None
    assert found.targets[0].kwargs.text == "{}"


def test_inline_tables_are_targets_too() -> None:
    assert_found("""
        [tool]
        fullgraph.targets = [
          { module = "cases", model = "Gate()" },
                                       ^^^^^^ cases:Gate()
          { model = "Gate()", module = "nowhere" },
                                       ^^^^^^^^^ error[target-error]: no module `nowhere`
          { args = "()" },
          ^^^^^^^^^^^^^^^ error[target-error]: missing key `model`
          ^^^^^^^^^^^^^^^ error[target-error]: missing key `module`
          4
          ^ error[target-error]: a target must be a table
        ]
    """)


def test_strict_is_what_the_project_says_unless_the_target_does() -> None:
    text = "[[tool.fullgraph.targets]]\nmodule='cases'\nmodel='A()'\n" * 2 + "strict = false\n"
    _, found = read(text, strict=True)
    assert [target.strict for target in found.targets] == [True, False]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ['"""', "'''"])
def test_lines_of_a_long_string_keep_their_columns(newline: str, quote: str) -> None:
    spelled = f"{quote}\n  (é,\n\t  2) \n{quote}".replace("\n", newline)
    args = expression(spelled)
    assert args.text == "(é,\n\t  2)"
    assert (args.place.range.start.line, args.place.range.start.character) == (4, 2)
    assert (args.place.range.end.line, args.place.range.end.character) == (5, 5)


def test_an_escape_leaves_start_and_end_exact() -> None:
    args = expression(r'"(\"a\", \u0078)"')
    assert args.text == '("a", x)'
    assert args.place.range.start.character == 8
    assert args.place.range.end.character == 23


def test_a_line_that_ends_in_a_backslash() -> None:
    args = expression('"""\\\n   (1, \\\n    2) \\\n """')
    assert args.text == "(1, 2)"
    assert (args.place.range.start.line, args.place.range.start.character) == (4, 3)
    assert (args.place.range.end.line, args.place.range.end.character) == (5, 6)


_PYTHON = st.lists(
    st.sampled_from(["(x,)", "é", '"a"', "'b'", "\n  ", ", ", "#\n", "[", "]", "🔥", " "]), max_size=12
)


@given(_PYTHON.map("".join).map(lambda body: f"({body})"), st.booleans())
def test_text_without_escapes_stands_at_its_place(python: str, crlf: bool) -> None:
    text = f"[[tool.fullgraph.targets]]\nmodule = 'cases'\nmodel = '''\n\t{python}\n'''\n"
    if "'''" in python:
        return
    source, found = read(text.replace("\n", "\r\n") if crlf else text)
    for target in found.targets:
        assert source.between(target.model.place.range) == target.model.text == python
    for finding in found.findings:
        assert finding.message.startswith("syntax error")
        assert source.position_at(source.normal.index(python)) <= finding.place.range.start
    assert found.targets or found.findings


@pytest.mark.parametrize(
    "annotated",
    [
        """
        [[tool.fullgraph.targets]]
        ^^^^^^^^^^^^^^^^^^^^^^^^^^ error[target-error]: missing key `model`
        ^^^^^^^^^^^^^^^^^^^^^^^^^^ error[target-error]: missing key `module`
        """,
        """
        [[tool.fullgraph.targets]]
        module = "cases"
        model = "Gate()"
        arg = "(x,)"
        ^^^ error[target-error]: unknown key `arg`: did you mean `args`?
        """,
        """
        [[tool.fullgraph.targets]]
        module = ["cases"]
                 ^^^^^^^^^ error[target-error]: `module` must be a string: the name or path of a module
        model = 3
                ^ error[target-error]: `model` must be a string that contains a Python expression
        args = [1, 2]
               ^^^^^^ error[target-error]: `args` must be a string that contains a Python expression
        dynamic_shapes = { x = 1 }
                         ^^^^^^^^^ error[target-error]: `dynamic_shapes` must be a string that contains a Python expression
        strict = "yes"
                 ^^^^^ error[target-error]: `strict` must be `true` or `false`
        kwargs = ""
                 ^^ error[target-error]: `kwargs` is empty
        """,
        """
        [[tool.fullgraph.targets]]
        module = "models/gate.py"
                 ^^^^^^^^^^^^^^^^ error[target-error]: no module `models/gate.py`
        model = "Gate()"
        """,
        """
        [[tool.fullgraph.targets]]
        module = "cases"
        model = "Gate("
                     ^ error[target-error]: syntax error: '(' was never closed
        args = "(\\"é\\", 1 2)"
                        ^^^ error[target-error]: syntax error: invalid syntax. Perhaps you forgot a comma?
        kwargs = "x = 1"
                 ^^^^^^^ error[target-error]: syntax error: invalid syntax
        """.replace('"x = 1"\n                 ^^^^^^^', '"x = 1"\n                    ^'),
        '''
        [[tool.fullgraph.targets]]
        module = "cases"
        model = """
          Gate() +
          ^^^^^^^^ error[target-error]: this expression goes on in the next line without brackets (put it in parentheses) … 1 down, to 9
          Other()"""
        ''',
        """
        [tool.fullgraph.targets]
        ^^^^^^^^^^^^^^^^^^^^^^^^ error[target-error]: `targets` must be an array of tables (use double brackets: `[[tool.fullgraph.targets]]`)
        module = "cases"
        """,
        """
        [tool.fullgraph]
        targets = "cases"
                  ^^^^^^^ error[target-error]: `targets` must be an array of tables
        """,
    ],
)
def test_a_mistake_is_found_at_its_very_place(annotated: str) -> None:
    assert_found(annotated)


@pytest.mark.parametrize(
    "text", ["", "[tool]\n", "tool = 1\n", "[tool.fullgraph]\n", "[tool.other]\ntargets = 1\n"]
)
def test_no_targets(text: str) -> None:
    assert read(text)[1] == Discovered()
