"""Projects that run on different versions of torch, checked in one go."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fullgraph import rewrites
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check_plan, shared_workers
from fullgraph.cli.formats import json_format, sarif
from fullgraph.cli.formats.view import View
from fullgraph.fix.search import Verifier, with_fixes
from fullgraph.model import Report
from fullgraph.rewrites import Problem, Proposal, Rewrite
from fullgraph.rules import NAMES

pytestmark = pytest.mark.slow

MODEL = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(3, 4),)
class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            x = x + 1
        return x


def traced():
    return torch.jit.trace(Gate(), torch.ones(3, 4))
"""
PRETENDER = (
    "import runpy, sys, torch; torch.__version__ = '2.12.7'; "
    "sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0]); "
    "runpy.run_path(sys.argv[0] + '/__main__.py', run_name='__main__')"
)
"""Starts a worker in this interpreter, with a torch that calls itself another version."""


def project(folder: Path, python: str) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(f"[tool.fullgraph]\npython = '{python}'\n")
    (folder / "gate.py").write_text(MODEL)
    return folder


@pytest.fixture
def projects(tmp_path: Path) -> tuple[Path, Path]:
    """One on this interpreter's torch, one on what says it is torch 2.12.7."""
    older = tmp_path / "python"
    older.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{PRETENDER}" "$@"\n')
    older.chmod(older.stat().st_mode | stat.S_IXUSR)
    return project(tmp_path / "new", sys.executable), project(tmp_path / "old", str(older))


def test_each_target_has_its_own_projects_versions_and_fixes_for_them(
    projects: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, str, tuple[int, int]]] = set()

    def find(problem: Problem) -> Iterator[Proposal]:
        asked.add((problem.finding.rule, Path(problem.finding.place.file).parent.name, problem.torch))
        yield from ()

    monkeypatch.setattr(rewrites, "REWRITES", (Rewrite("none", NAMES, "", find),))
    report = fixed(projects)
    new, old = (checked.runtime for checked in report.targets)
    assert new.python == old.python == ".".join(map(str, sys.version_info[:3]))
    assert old.torch == "2.12.7" != new.torch
    assert asked == {
        ("data-dependent-branch", "new", new.torch_release),
        ("data-dependent-branch", "old", (2, 12)),
        ("legacy-export", "new", new.torch_release),
        ("legacy-export", "old", (2, 12)),
    }
    view = View(projects[0].parent)
    said = json.loads(json_format.render(report, view))["targets"]
    assert [(each["file"], each["torch"]) for each in said] == [
        ("new/gate.py", new.torch),
        ("old/gate.py", "2.12.7"),
    ]
    (run,) = json.loads(sarif.render(report, view))["runs"]
    assert [each["torch"] for each in run["properties"]["targets"]] == [new.torch, "2.12.7"]


def fixed(projects: tuple[Path, Path]) -> Report:
    options = Options(tuple(map(str, projects)))
    plan = plan_for(options)
    with ThreadPoolExecutor(1) as executor:
        report = check_plan(plan, options, executor)
        return with_fixes(plan, report, Verifier(options, shared_workers()), executor)
