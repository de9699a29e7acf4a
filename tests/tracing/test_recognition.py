"""What is recognized in torch's words, and that rules and rewrites ask for these kinds and for no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import fullgraph
import pytest
from fullgraph.model import Recognized
from fullgraph.rules import control_flow_operator, export_error
from fullgraph.tracing.facts.dim_specs import mismatch
from fullgraph.tracing.torch_compat.recognition import OF_ERROR, OF_SPEC_SENTENCE, recognized
from fullgraph.tracing.torch_compat.wording import SAID_BY, innermost

PACKAGE = Path(fullgraph.__file__).parent
TABLES = (*OF_ERROR, *OF_SPEC_SENTENCE)


def asked_for() -> Iterator[str]:
    for room in ("rules", "rewrites"):
        for file in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                yield from _asked(node)
    of_errors = (*export_error._MODELS, *export_error._LINES)
    yield from (
        kind for kind, _, _ in (*of_errors, *control_flow_operator._KNOWN, *control_flow_operator._TORN)
    )


def _asked(node: ast.AST) -> Iterator[str]:
    """`"aliasing"` of `failure.said("aliasing")`."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Call) and isinstance(called, ast.Attribute) and called.attr == "said":
        yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def test_each_kind_is_asked_for_and_nothing_else_is() -> None:
    assert set(asked_for()) == {wording.kind for wording in TABLES}


def test_each_pattern_names_the_file_that_says_it() -> None:
    assert all(SAID_BY[wording.pattern] for wording in TABLES)


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("Found <class 'm.Boxes'> in output, which is not a known type.", "output type", {"type": "m.Boxes"}),
        ("unrecognized type UserDefined(m.Boxes) at output", "output type", {"type": "m.Boxes"}),
        (
            "GuardOnDataDependentSymNode: Could not guard on data-dependent expression Eq(u0, 1) (unhinted: …)",
            "guard on data",
            {"expression": "Eq(u0, 1)"},
        ),
        ("a\n  Explanation: It does.\n  Hint: No.", "explanation", {"words": "It does."}),
        ("Cannot access data pointer of Tensor", "data read", {}),
    ],
)
def test_an_error_is_recognized_with_its_parts(text: str, kind: str, parts: dict[str, str]) -> None:
    assert recognized(text, OF_ERROR) == (Recognized(kind, tuple(parts.items())),)


def test_words_of_a_user_are_not() -> None:
    assert recognized("expected 3 rows, got 4", OF_ERROR, OF_SPEC_SENTENCE) == ()


def test_a_spec_is_told_by_its_first_sentence() -> None:
    said = mismatch(
        "size L['x']['y'].size()[1] is odd.\n\nSee the structure of it. For more information about this error, see"
    )
    assert said.message == "size `x['y'].shape[1]` is odd."
    assert said.said("structure") is None


def test_what_an_operator_puts_before_a_break_is_left_out() -> None:
    assert innermost("cond failed. Got graph break/error: it branches") == "it branches"
    assert innermost("cond failed. Got graph break/error:") == "cond failed. Got graph break/error:"
