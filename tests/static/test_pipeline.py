"""`--static` and untrusted folders: nothing runs. In an ordinary check, what no trace looks at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fullgraph.check import run
from fullgraph.check.options import Options
from fullgraph.check.run import check
from fullgraph.model import Report

MODEL = """\
import pathlib
import torch
from torch import nn

pathlib.Path(__file__).with_name("imported").touch()
{comment}
class Net(nn.Module):
    def forward(self, x: torch.Tensor):
        if x.any():
            return x
        return -x

def deploy(model, x):
    return torch.jit.trace(model, x)
"""
TARGET = "# fullgraph: args=(torch.ones(3),)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def checked(folder: Path, comment: str, **options: bool) -> Report:
    (folder / "cases.py").write_text(MODEL.format(comment=comment))
    with ThreadPoolExecutor(1) as executor:
        try:
            return check(Options((str(folder),), **options), executor)  # type: ignore[arg-type]
        finally:
            run.close_workers()


@pytest.mark.parametrize("options", [{"static": True}, {"trusted": False}])
def test_nothing_runs(folder: Path, options: dict[str, bool]) -> None:
    report = checked(folder, TARGET, **options)
    assert [each.rule for each in report.findings] == ["data-dependent-branch", "legacy-export"]
    assert {each.severity for each in report.findings} == {"information"}
    assert report.targets == ()
    assert not (folder / "imported").exists()


def test_without_a_target_the_first_look_is_what_there_is(folder: Path) -> None:
    report = checked(folder, "")
    assert [each.rule for each in report.findings] == ["data-dependent-branch", "legacy-export"]
    assert not (folder / "imported").exists()


def test_what_is_traced_is_not_looked_at(folder: Path) -> None:
    report = checked(folder, TARGET)
    assert [(each.rule, each.severity) for each in report.findings] == [
        ("data-dependent-branch", "error"),
        ("legacy-export", "information"),
    ]
    assert (folder / "imported").exists()


def test_an_ignore_comment_silences_it(folder: Path) -> None:
    ignored = MODEL.format(comment="").replace("x.any():", "x.any():  # fullgraph: ignore")
    (folder / "cases.py").write_text(ignored)
    with ThreadPoolExecutor(1) as executor:
        report = check(Options((str(folder),), static=True), executor)
    assert [each.rule for each in report.findings] == ["legacy-export"]
