"""The ways together: names, files that do not parse, and what is left alone."""

from __future__ import annotations

import sys

import pytest
from fullgraph.discovery import FINDERS, Discovered, discover
from fullgraph.model import Expression, Place, Position, Range, Target
from fullgraph.text.source import SourceText

from tests.discovery.rendered import assert_found

_PLACE = Place("/project/pyproject.toml", Range(Position(2, 9), Position(2, 15)))
_CONFIGURED = Target(
    name="cases:Gate()",
    module="cases",
    file="/project/cases.py",
    origin="pyproject",
    place=_PLACE,
    model=Expression("Gate()", _PLACE),
)


def test_each_way_finds_its_own_and_names_differ() -> None:
    text = "# fullgraph: args=(x,)\nclass Gate: pass\nmodel = Gate()\nexample_args = (x,)\n"
    found = discover(SourceText("/project/cases.py", text), "cases", (_CONFIGURED,))
    assert [(each.name, each.origin) for each in found.targets] == [
        ("cases:Gate()", "comment"),
        ("cases:model", "exportdb"),
        ("cases:Gate()#2", "pyproject"),
    ]
    assert len(FINDERS) >= 10


def test_names_are_normalised() -> None:
    text = "# fullgraph: model=Gate( 4 ,w = 'a'), args=()\n# fullgraph: model=Gate(4, w=\"a\"), args=()\nclass Gate: pass\n"
    found = discover(SourceText("/project/cases.py", text), "cases")
    assert [each.name for each in found.targets] == ["cases:Gate(4, w='a')", "cases:Gate(4, w='a')#2"]


def test_a_model_that_cannot_be_written_back_still_has_a_name() -> None:
    text = f"# fullgraph: model=Gate(0x{'f' * 5000},\n#    1), args=()\nclass Gate: pass\n"
    (target,) = discover(SourceText("/project/cases.py", text), "cases").targets
    assert target.name.startswith("cases:Gate(0xfff")
    assert "\n" not in target.name


_HINT = (
    f"Fullgraph parses files with the Python it runs on, {sys.version_info.major}.{sys.version_info.minor}; "
    "if this is syntax of a newer Python, run Fullgraph with that one"
)


def test_a_target_in_a_file_that_does_not_parse() -> None:
    assert_found(f"""
        # fullgraph: args=(x,)
        class Gate(: pass
                   ^ error[target-error]: syntax error: invalid syntax ({_HINT})
    """)


@pytest.mark.parametrize("text", ["x = (\n", "x = 'é\n", "a\0b\n", "class\n"])
def test_a_broken_file_concerns_us_where_it_was_named_or_has_a_target(text: str) -> None:
    source = SourceText("/project/cases.py", text)
    assert discover(source, "cases") == Discovered()
    for found in (discover(source, "cases", named=True), discover(source, "cases", (_CONFIGURED,))):
        (finding,) = found.findings
        assert finding.rule == "target-error"
        assert finding.message.startswith("syntax error: ")
        assert source.clamped(finding.place.range.end) == finding.place.range.end


@pytest.mark.parametrize("text", ["example_args = (\n", "x = '\n# fullgraph: args=()\n"])
def test_a_broken_file_with_a_target(text: str) -> None:
    assert len(discover(SourceText("/project/cases.py", text), "cases").findings) == 1


def test_an_ignore_comment_alone_says_no_target() -> None:
    text = "x = (  # fullgraph: ignore\n# fullgraph: ignore[graph-break]\n"
    assert discover(SourceText("/project/cases.py", text), "cases") == Discovered()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
def test_syntax_of_a_newer_python_is_told_so() -> None:
    assert_found(f"""
        # fullgraph: args=(x,)
        class Gate[T]: pass
                  ^ error[target-error]: syntax error: invalid syntax ({_HINT})
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="an older Python does not read it")
def test_syntax_of_a_newer_python_is_read() -> None:
    assert_found("""
        # fullgraph: args=(f"{x["a"]}",)
                          ^^^^^^^^^^^^^^ args
        class Gate[T]: pass
              ^^^^ cases:Gate()
    """)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n", "import torch\n"])
def test_silence(text: str) -> None:
    assert discover(SourceText("/project/cases.py", text), "cases", named=True) == Discovered()
