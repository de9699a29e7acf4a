"""`fullgraph export`: a file is written when it is good, and the one that was there is never lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fullgraph.check.run import close_workers
from fullgraph.cli import main

pytestmark = pytest.mark.slow

MODELS = """\
import random

import torch
from torch import nn
from torch.export import Dim


# fullgraph: args=(torch.ones(2, 4),), dynamic_shapes={"x": {0: Dim("batch")}}
class Double(nn.Module):
    def forward(self, x):
        return 2 * x


# fullgraph: args=(torch.randn(2, 4),)
class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x


# fullgraph: args=(torch.randn(2, 4),)
class Frozen(nn.Module):
    def forward(self, x):
        return x + 1 if torch.compiler.is_exporting() else x


# fullgraph: args=(torch.ones(2, 4),)
class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "models.py").write_text(MODELS)
    yield folder
    close_workers()


@pytest.fixture(autouse=True)
def out(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    return tmp_path


def export(target: str, output: Path) -> int:
    return main(["export", target, "-o", str(output), "--python", sys.executable])


def test_a_good_program_replaces_the_file(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = out / "model.pt2"
    file.write_bytes(b"old")
    assert export("models:Double()", file) == 0
    captured = capsys.readouterr()
    first, *compared = captured.out.splitlines()
    assert first.startswith(f"models:Double() exported to {file} (")
    assert compared == [
        "  with x float32[2, 4]: 1 result equal",
        "  with x float32[1, 4]: 1 result equal",
        "  with x float32[4, 4]: 1 result equal",
        "  with x float32[3, 4]: 1 result equal",
    ]
    assert captured.err == ""
    assert os.listdir(out) == ["model.pt2"]  # noqa: PTH208
    script = f"import torch; print(torch.export.load({str(file)!r}).module()(torch.ones(3, 4)).sum().item())"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert loaded.stdout == "24.0\n"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("models:Gate()", "error[data-dependent-branch]: "),
        ("models:Frozen()", "models:Frozen() exports, but the outputs of the saved program differ "),
    ],
)
def test_what_is_not_good_leaves_the_old_file(
    out: Path, capsys: pytest.CaptureFixture[str], target: str, said: str
) -> None:
    file = out / "model.pt2"
    file.write_bytes(b"old")
    assert export(target, file) == 1
    output = capsys.readouterr().out
    assert output.startswith(said)
    assert output.endswith(f"{file} was not written\n")
    assert file.read_bytes() == b"old"
    assert os.listdir(out) == ["model.pt2"]  # noqa: PTH208


def test_the_difference_is_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("models:Frozen()", out / "model.pt2") == 1
    output = capsys.readouterr().out
    assert "  with x float32[2, 4]: different\n    output: Tensor-likes are not close!" in output
    assert os.listdir(out) == []  # noqa: PTH208


def test_a_program_that_is_equal_and_unsound_comes_with_its_findings(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("models:Counting()", out / "model.pt2") == 0
    output = capsys.readouterr().out
    assert output.startswith("warning[lost-state]: ")
    assert "compared on the example inputs only: no dimension is dynamic" in output
    assert (out / "model.pt2").exists()


def test_where_no_file_can_be(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("models:Double()", out) == 2
    assert capsys.readouterr().err == f"error: {out} is a folder\n"
    assert export("models:Double()", out / "no" / "model.pt2") == 2
    assert capsys.readouterr().err == f"error: no such folder: {out / 'no'}\n"


def test_an_output_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "models:Double()"]) == 2
    assert "the following arguments are required: --output/-o" in capsys.readouterr().err
