"""`fullgraph graph` as a person runs it: the page, the JSON, and what it says where there is no program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fullgraph.check.run import close_workers
from fullgraph.cli import main

MODELS = """\
import torch
from torch import nn
from torch.export import Dim


# fullgraph: args=(torch.randn(2, 4), torch.randn(3, 4)), dynamic_shapes={"x": {0: Dim("n", min=2, max=64)}, "y": {0: Dim("n", min=2, max=64) + 1}}
class Shift(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.register_buffer("calls", torch.zeros(()), persistent=False)

    def forward(self, x, y):
        self.calls.add_(1)
        return self.inner(x) + y[1:]


# fullgraph: args=(torch.randn(2, 4),)
class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x
"""

TRAINING = """\
models:Shift(), as exported (training IR), torch TORCH

Inputs
  x  float32[n, 4]
  y  float32[n + 1, 4]

Outputs
  output  float32[n, 4]

Parameters (2)
  self.inner.weight  float32[4, 4]
  self.inner.bias    float32[4]

Buffers (1)
  self.calls  float32[]  not persistent

Mutated
  self.calls

Dimensions
  n ∈ [2, 64]
  y.shape[0] = n + 1

Graph (4 nodes)
  models.py:14: self.calls.add_(1)
      add_: float32[] = aten.add_.Tensor(self.calls, 1)

  models.py:15: return self.inner(x) + y[1:]  [self.inner]
      linear: float32[n, 4] = aten.linear.default(x, self.inner.weight, self.inner.bias)

  models.py:15: return self.inner(x) + y[1:]
      slice_1: float32[n, 4] = aten.slice.Tensor(y, 0, 1, 9223372036854775807)
      add: float32[n, 4] = aten.add.Tensor(linear, slice_1)

  return (add,)

Operators
  1  aten.add.Tensor
  1  aten.add_.Tensor     torch
  1  aten.linear.default  torch
  1  aten.slice.Tensor

Not Core ATen
  aten.add_.Tensor (1 call)
      models.py:14: self.calls.add_(1)
  aten.linear.default (1 call)
      models.py:15: return self.inner(x) + y[1:]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "models.py").write_text(MODELS)
    (folder / "single.py").write_text(MODELS[: MODELS.index("# fullgraph: args=(torch.randn(2, 4),)")])
    (folder / "nothing.py").write_text("x = 1\n")
    yield folder
    close_workers()


@pytest.fixture(autouse=True)
def here(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def graph(*arguments: str) -> int:
    return main(["graph", *arguments, "--python", sys.executable])


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = graph(*arguments, "--format", "json")
    return status, json.loads(capsys.readouterr().out)


def test_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    status = graph("models:Shift()")
    output = capsys.readouterr().out
    torch = output.splitlines()[0].rpartition(" ")[2]
    assert (status, output) == (0, TRAINING.replace("TORCH", torch))


def test_a_model_without_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "from torch import nn\nclass A(nn.Module):\n    def __init__(self, net): ...\n    def forward(self, x): return x\n"
    (tmp_path / "a.py").write_text(text)
    assert graph("A") == 2
    assert "`A` has no target; run `fullgraph check a.py` to see why" in capsys.readouterr().err


def test_core_of_a_file_with_one_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert graph("single.py", "--ir", "core") == 0
    output = capsys.readouterr().out
    assert output.startswith("single:Shift(), decomposed to Core ATen, ")
    assert "aten.addmm.default(self.inner.bias, x, permute)" in output
    assert "Not Core ATen" not in output
    assert "\nMutated\n  self.calls\n" in output


def test_colours_are_on_headings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert graph("models:Shift()", "--color", "always") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "\x1b[1mGraph (4 nodes)\x1b[0m" in lines
    assert not any("aten." in line for line in lines if "\x1b" in line)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, whole = document(capsys, "models:Shift()", "--ir", "inference")
    program = whole["program"]
    assert (status, whole["version"], whole["problem"], whole["findings"]) == (0, 1, None, [])
    assert whole["target"]["name"] == "models:Shift()"
    assert program["ir"] == "inference"
    assert program["inputs"][1] == {"name": "y", "dtype": "float32", "shape": ["n + 1", 4]}
    assert program["outputs"] == [{"name": "output", "dtype": "float32", "shape": ["n", 4]}]
    assert [each["name"] for each in program["parameters"]] == ["self.inner.weight", "self.inner.bias"]
    assert program["buffers"] == [
        {"name": "self.calls", "dtype": "float32", "shape": [], "persistent": False}
    ]
    assert program["constants"] == []
    assert program["mutated"] == ["self.calls"]
    assert program["symbols"]["n"]["range"] == [2, 64]
    assert [fate["size"] for fate in program["dimensions"]] == ["n", "n + 1"]
    [main_graph] = program["graphs"]
    calls = {node["name"]: group for group in main_graph["groups"] for node in group["nodes"]}
    assert (calls["linear"]["file"], calls["linear"]["line"]) == ("models.py", 14)
    assert calls["linear"]["module"] == "self.inner"
    [linear] = [each for each in program["operators"] if each["kind"] == "torch"]
    assert linear == {
        "name": "aten.linear.default",
        "kind": "torch",
        "count": 1,
        "lines": [{"file": "models.py", "line": 14}],
    }


def test_a_target_that_does_not_export_is_shown_as_check_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert graph("models:Gate()") == 1
    output = capsys.readouterr().out
    assert output.startswith("error[data-dependent-branch]: ")
    assert "✗ models:Gate()  fails" in output
    status, whole = document(capsys, "models:Gate()")
    assert (status, whole["program"], whole["target"]["status"]) == (1, None, "fails")
    assert [finding["rule"] for finding in whole["findings"]] == ["data-dependent-branch"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("models:Shft()", "unknown target 'models:Shft()'; did you mean one of these?\n  models:Shift()\n"),
        ("zzz", "unknown target 'zzz'; the targets are\n"),
        (
            "models.py",
            "several targets in models.py; choose one:\n  models:Shift()\n  models:Gate()\n",
        ),
        ("nothing.py", "no target in nothing.py; run `fullgraph check nothing.py` to see why\n"),
    ],
)
def test_not_a_target(capsys: pytest.CaptureFixture[str], target: str, said: str) -> None:
    assert graph(target) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert graph("models:Shift()", "--in", "single.py", "nothing.py") == 2
    assert "did you mean one of these?\n  single:Shift()\n" in capsys.readouterr().err
