"""What users read of symbols, targets and reasons."""

from __future__ import annotations

from typing import get_args

import pytest
from fullgraph.check.plan import CannotRun
from fullgraph.check.start import CannotStart
from fullgraph.model import (
    Checked,
    DimFate,
    Expression,
    Facts,
    Finding,
    Place,
    Position,
    Range,
    StartFailure,
    StartReason,
    Symbol,
    Target,
    Tensor,
)
from fullgraph_server.presentation import phrasing

PLACE = Place("/w/models.py", Range(Position(0, 0), Position(0, 1)))
TARGET = Target("models:Net()#2", "models", "/w/models.py", "comment", PLACE, Expression("Net()", PLACE))


def finding(file: str) -> Finding:
    place = Place(file, PLACE.range)
    return Finding("data-dependent-branch", "error", "message", place, TARGET.name)


def test_a_size_has_the_range_that_the_program_takes() -> None:
    symbol = Symbol("batch", "s77", "x.shape[0]", 0, 8)
    fate = DimFate("x.shape[0]", "batch", "dynamic", "", 2, 8)
    assert phrasing.symbol(symbol, fate) == "`batch` is `x.shape[0]`, 2 … 8"
    assert phrasing.symbol(symbol, fate, ["y.shape[1]"]) == "`batch` is `x.shape[0]` and `y.shape[1]`, 2 … 8"
    assert phrasing.symbol(symbol) == "`batch` is `x.shape[0]`, 0 … 8"


def test_what_data_makes_says_where_it_comes_from() -> None:
    assert phrasing.made(["u0"], "`x.nonzero()`") == "`u0`: unbacked symbol from `x.nonzero()`"
    many = phrasing.made([f"u{number}" for number in range(9)], "`f(x)`")
    assert many.startswith("`u0`, `u1`, `u2`, `u3`, `u4`, `u5`, …: unbacked symbols")


def test_a_program_that_was_not_reached_has_no_outputs_to_show() -> None:
    inputs = (Tensor("x", "float32", ("batch", 4)),)
    assert phrasing.signature(Facts(inputs=inputs)) == "(x: float32[batch, 4])"
    assert (
        phrasing.signature(Facts(inputs=inputs, outputs=inputs))
        == "(x: float32[batch, 4]) -> float32[batch, 4]"
    )


def test_findings_that_all_lie_in_another_file_are_said_to() -> None:
    checked = Checked(TARGET, "fails", Facts(False))
    assert phrasing.verdict(checked, [finding("/w/models.py")]) == "1 problem"
    assert phrasing.verdict(checked, [finding("/w/boxes.py")]) == "1 problem in boxes.py"
    others = [finding("/w/boxes.py"), finding("/w/rows.py")]
    assert phrasing.verdict(checked, others) == "2 problems in boxes.py and elsewhere"
    assert phrasing.verdict(checked, [*others, finding("/w/models.py")]) == "3 problems"
    assert phrasing.short_name(TARGET) == "Net()#2"


NO_TORCH = StartFailure(
    "no-torch", "/p/python", "3.11.7", error="ModuleNotFoundError: No module named 'torch'"
)


def test_a_start_failure_is_told_in_terms_of_settings_and_commands() -> None:
    assert phrasing.cannot_check("/w", NO_TORCH) == (
        "Fullgraph cannot check /w: /p/python (Python 3.11.7) cannot import torch: ModuleNotFoundError: "
        "No module named 'torch'. Choose another interpreter with the setting `fullgraph.interpreter`."
    )
    folder = StartFailure("is-folder", "/p", suggestion="/p/bin/python")
    assert phrasing.start_failure(folder) == (
        "/p is a folder, not an interpreter. Set `fullgraph.interpreter` to `/p/bin/python`."
    )
    crashed = StartFailure("crashed", "/p/python", "3.11.7", ended="SIGSEGV", output="oh no")
    assert phrasing.start_failure(crashed) == (
        "/p/python (Python 3.11.7) crashed at startup (SIGSEGV). "
        'Its last output was "oh no". Run the command `fullgraph.restartWorker` to try again.'
    )
    assert phrasing.refusal(CannotStart(NO_TORCH)) == phrasing.start_failure(NO_TORCH)
    assert phrasing.refusal(CannotRun("there is no target called x")) == "there is no target called x"


@pytest.mark.parametrize("reason", get_args(StartReason))
def test_every_start_failure_has_words_and_something_to_do(reason: StartReason) -> None:
    said = phrasing.start_failure(StartFailure(reason, "/p/python", "3.11.7", "2.13.0", "an error", "SIGBUS"))
    assert "/p/python" in said
    assert "--python" not in said
    assert said.endswith(".")
