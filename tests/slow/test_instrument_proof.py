"""Some of Python's own tests, plain and observed; `prove_instrumentation.py` runs them all, on any Python."""

from __future__ import annotations

import pytest

pytest.importorskip("test.test_grammar", reason="this Python comes without its tests")

from tests.slow.prove_instrumentation import TESTS, prove

SOME = (
    "test_grammar",
    "test_generators",
    "test_coroutines",
    "test_super",
    "test_scope",
    "test_listcomps",
    "test_named_expressions",
    "test_patma",
    "test_fstring",
    "test_type_params",
    "test_unpack_ex",
    "test_with",
    "test_exceptions",
    "test_dataclasses",
    "test_contextlib",
    "test_enum",
    "test_textwrap",
    "test_traceback",
    "test_sys_settrace",
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SOME)
def test_the_same_tests_pass(name: str) -> None:
    assert name in TESTS
    assert prove(name) == []


@pytest.mark.exhaustive
def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing expected, the tests that look into their own code objects differ."""
    monkeypatch.setattr("prove_instrumentation.EXPECTED", {})
    assert any("null_on_stack" in difference for difference in prove("test_sys_settrace"))
