"""What planning reads: each file of a project once in a run, however many files and targets there are."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fullgraph.check import plan as planning
from fullgraph.check import projects
from fullgraph.check.coverage import coverage
from fullgraph.check.deadline import Deadline
from fullgraph.check.options import Options
from fullgraph.check.plan import jobs_for, plan_for
from fullgraph.check.repository import repository_of
from fullgraph.check.run import check_plan
from fullgraph.project import files as project_files
from fullgraph.project.snapshot import Snapshot
from fullgraph.settings import config

MODEL = """\
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        return self.linear(x)
"""


def project(root: Path, files: int, targets: int) -> None:
    """`files` modules, of which the first `targets` have one in the settings, and all have been recorded."""
    tables = []
    for number in range(files):
        (root / f"net{number}.py").write_text(MODEL, encoding="utf-8")
        if number < targets:
            tables.append(
                f'[[tool.fullgraph.targets]]\nmodule = "net{number}"\n'
                f'model = "Gate({number})"\nargs = "(torch.randn(2, {number}),)"\n'
            )
    (root / "pyproject.toml").write_text("[tool.fullgraph]\njobs = 3\n" + "\n".join(tables), encoding="utf-8")
    calls = [{"args": ["float32[4, 8]"], "kwargs": {}}]
    entries = [
        {"file": f"net{n}.py", "class": "Gate", "model": "Gate(8)", "forward": ["x"], "calls": calls}
        for n in range(files)
    ]
    (root / ".fullgraph").mkdir()
    recorded = json.dumps({"version": 1, "entries": entries})
    (root / ".fullgraph" / "recorded.json").write_text(recorded, encoding="utf-8")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was read, by its name."""
    counted: Counter[str] = Counter()
    read = Path.read_bytes

    def counting(self: Path) -> bytes:
        counted[self.name] += 1
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", counting)
    return counted


def counted_calls(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    called: Callable[..., Any] = getattr(module, name)

    def counting(*args: Any, **kwargs: Any) -> Any:
        counted[name] += 1
        return called(*args, **kwargs)

    monkeypatch.setattr(module, name, counting)
    return counted


@pytest.mark.parametrize("targets", [0, 12])
def test_each_file_is_read_once_in_a_run(tmp_path: Path, reads: Counter[str], targets: int) -> None:
    project(tmp_path, 12, targets)
    plan = plan_for(Options((str(tmp_path),)))
    origins = Counter(task.request.target.origin for task in plan.tasks)
    assert origins == Counter({"pyproject": targets, "recorded": 12 - targets})
    assert reads == Counter(
        {"pyproject.toml": 1, "recorded.json": 1} | {f"net{number}.py": 1 for number in range(12)}
    )


def test_settings_and_recording_are_parsed_once_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, 12, 12)
    counts = [
        counted_calls(monkeypatch, config, "read_toml"),
        counted_calls(monkeypatch, projects, "read_config"),
        counted_calls(monkeypatch, projects, "read_recording"),
    ]
    options = Options((str(tmp_path), str(tmp_path / "net3.py")))
    plan = plan_for(options)
    assert jobs_for(options, plan) == 3
    assert [sum(each.values()) for each in counts] == [1, 1, 1]


def test_each_configured_target_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files' own are taken by name: what is compared does not grow with files times targets."""
    project(tmp_path, 12, 12)
    counts = counted_calls(monkeypatch, project_files, "find_module")
    assert len(plan_for(Options((str(tmp_path),))).tasks) == 12
    assert counts["find_module"] == 12


def test_each_project_has_its_own_settings_and_targets(tmp_path: Path, reads: Counter[str]) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        project(tmp_path / name, 2, 1)
    plan = plan_for(Options((str(tmp_path),)))
    assert sorted(plan.configs) == [str(tmp_path), *(str(tmp_path / name) for name in ("one", "other"))]
    configured = [task for task in plan.tasks if task.request.target.origin == "pyproject"]
    assert sorted(task.request.root for task in configured) == [str(tmp_path / n) for n in ("one", "other")]
    assert reads["pyproject.toml"] == 2


def test_a_later_run_reads_anew(tmp_path: Path) -> None:
    project(tmp_path, 1, 1)
    assert [task.request.target.origin for task in plan_for(Options((str(tmp_path),))).tasks] == ["pyproject"]
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    assert [task.request.target.origin for task in plan_for(Options((str(tmp_path),))).tasks] == ["recorded"]


def test_a_call_outside_of_the_paths_is_the_target_that_it_is_in_its_own_file(tmp_path: Path) -> None:
    """A fix is tried with the target as the plan of its file has it."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "gate.py").write_text(MODEL, encoding="utf-8")
    call = (
        "import torch\nfrom torch.export import Dim, export\nfrom models.gate import Gate\n\n"
        'export(Gate(4), (torch.ones(2, 4),), dynamic_shapes={"x": {0: Dim("batch")}})\n'
    )
    (tmp_path / "ship.py").write_text(call, encoding="utf-8")
    (from_outside,), (from_itself,) = (
        [replace(task.request.target, name="") for task in plan_for(Options((str(tmp_path / path),))).tasks]
        for path in ("models", "ship.py")
    )
    assert from_outside.spec_parts
    assert from_outside == from_itself


class TestWhoWillTrace:
    """A worker takes seconds to get warm: who starts one hears of it before the files are understood."""

    def heard(self, options: Options) -> list[tuple[str, str]]:
        heard: list[tuple[str, str]] = []
        plan_for(options, lambda interpreter, root: heard.append((interpreter.python, root)))
        return heard

    def test_it_is_said_before_the_first_file_is_understood(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project(tmp_path, 3, 0)
        parsed = counted_calls(monkeypatch, planning, "discover")
        at: list[int] = []
        plan_for(Options((str(tmp_path),)), lambda *_: at.append(sum(parsed.values())))
        assert at == [0]
        assert parsed["discover"] == 3

    def test_it_is_the_one_that_the_tasks_name(self, tmp_path: Path) -> None:
        project(tmp_path, 1, 1)
        options = Options((str(tmp_path),), python="/some/python")
        (task,) = plan_for(options).tasks
        assert self.heard(options) == [(task.interpreter.python, task.request.root)]

    def test_nobody_is_needed_without_torch_or_for_text_alone(self, tmp_path: Path) -> None:
        (tmp_path / "plain.py").write_text("print('hello')\n", encoding="utf-8")
        assert self.heard(Options((str(tmp_path),))) == []
        project(tmp_path, 1, 1)
        assert self.heard(Options((str(tmp_path),), static=True)) == []


def test_no_file_is_begun_after_the_deadline(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def forward(self, x): return x\n"
    )
    options = Options((str(tmp_path),), python=sys.executable)
    late = Deadline(time.monotonic())
    plan = plan_for(options, until=late)
    assert not plan.complete
    assert not plan.tasks
    with ThreadPoolExecutor(1) as executor:
        report = check_plan(plan, options, executor, until=late)
    assert report.ended is not None
    assert report.ended.reason == "budget"
    assert [each.name for each in report.models] == ["net.Net"]
    (left,) = coverage(report).unchecked
    assert left.missing == "time", "nobody looked for how it is built"
    assert plan_for(options).complete


def test_no_document_is_begun_after_the_deadline(tmp_path: Path) -> None:
    project(tmp_path, 1, 1)
    (tmp_path / "README.md").write_text("```python\nprint(1)\n```\n", "utf-8")
    options, here = Options((str(tmp_path),)), projects.Projects(Snapshot()).of(str(tmp_path))
    read = partial(repository_of, here, (), Snapshot(), options)
    assert not read(Deadline(time.monotonic())).documents
    assert [Path(each.file).name for each in read().documents] == ["README.md"]


def test_of_the_largest_documents_only_notebooks_are_read(tmp_path: Path) -> None:
    project(tmp_path, 1, 1)
    (tmp_path / "README.md").write_text("```python\nprint(1)\n```\n" + "word\n" * 250_000, "utf-8")
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["print(1)\n", "\n"]}
    notebook = {"cells": [cell], "metadata": {"picture": "x" * 1_500_000}}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook, indent=1), "utf-8")
    here = projects.Projects(Snapshot()).of(str(tmp_path))
    read = repository_of(here, (), Snapshot(), Options((str(tmp_path),))).documents
    assert [Path(each.file).name for each in read] == ["a.ipynb"]
