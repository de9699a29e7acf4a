"""The command on real models, with the real worker: what a person gets, and that Ctrl-C leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

LONGEST = 600.0
"""Seconds to wait for anything, on a machine however busy."""

SCHEMA = Path(__file__).parents[2] / "docs/check.schema.json"

MODELS = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(2, 4),), dynamic_shapes={"x": {0: Dim("batch")}}
class Linear(nn.Module):
    def forward(self, x):
        return 2 * x


# fullgraph: args=(torch.randn(2, 4),)
class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x
"""

FINE = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(2),)
class Fine(nn.Module):
    def forward(self, x):
        return x.relu()
"""

ENDLESS = """\
import pathlib
from torch import nn


# fullgraph: args=()
class Endless(nn.Module):
    def forward(self):
        pathlib.Path("started").touch()
        while True:
            pass
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fullgraph", "check", *arguments]


def test_a_model_that_exports_and_one_that_does_not(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    result = subprocess.run(
        command("--format", "json", "--python", sys.executable),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 1
    assert all(line.startswith("[") for line in result.stderr.splitlines()), "results, of a slow machine"
    document = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    linear, gate = document["targets"]
    assert (linear["name"], linear["status"]) == ("models:Linear()", "exports")
    assert linear["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["batch", 4]}]
    assert (gate["name"], gate["status"], gate["line"]) == ("models:Gate()", "fails", 11)
    [finding] = document["findings"]
    assert (finding["rule"], finding["file"], finding["target"]) == (
        "data-dependent-branch",
        "models.py",
        "models:Gate()",
    )
    start, end = finding["range"]["start"], finding["range"]["end"]
    assert MODELS.splitlines()[start["line"]][start["character"] : end["character"]] == "x.sum() > 0"


def test_an_interpreter_without_torch(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    result = subprocess.run(
        command("--python", str(tmp_path / "no-python")), cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: Cannot run {tmp_path}/no-python: No such file or directory. "
        "Choose the interpreter that your project uses with `--python PATH`.\n"
    )


def test_an_interpreter_that_is_a_folder_in_json(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    result = subprocess.run(
        command("--format", "json", "--python", str(tmp_path)),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    inside = tmp_path / "bin" / "python"
    assert result.returncode == 2
    assert f"Use the interpreter in it: `--python {inside}`." in result.stderr
    said = json.loads(result.stdout)["start_failure"]
    assert (said["reason"], said["suggestion"]) == ("is-folder", str(inside))


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal here")
@pytest.mark.parametrize("to_group", [True, False], ids=["as a terminal sends it", "to the process alone"])
def test_an_interrupt(tmp_path: Path, to_group: bool) -> None:
    (tmp_path / "a_fine.py").write_text(FINE)
    (tmp_path / "endless.py").write_text(ENDLESS)
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        command("--timeout", "600", "--jobs", "1", "--python", sys.executable),
        cwd=tmp_path,
        env={**os.environ, "FULLGRAPH_TEST_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        # A shell that runs the tests in the background has them ignore the signal, and so what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: (tmp_path / "started").exists())
    assert len(marked_processes(mark)) > 1 or not Path("/proc").is_dir()
    if to_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert output.splitlines()[-1].startswith("Stopped by Ctrl-C. ")
    assert "a_fine:Fine()  exports" in output, "it was done by then"
    assert "Endless (endless.py:" in output
    assert "not reached" in output
    wait_for(lambda: not marked_processes(mark))


def test_the_end_of_a_budget(tmp_path: Path) -> None:
    """However long the machine takes: what is not reached is said, and the report is written whole."""
    (tmp_path / "endless.py").write_text(ENDLESS)
    options = ("--budget", "1", "--timeout", "600", "--python", sys.executable, "-o", "report.json")
    result = subprocess.run(
        command("--format", "json", *options), cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 3, result.stderr
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert document["ended"]["reason"] == "budget"
    assert document["ended"]["unreached"] == ["endless:Endless()"]
    (model,) = document["models"]
    assert model["not_checked"]["missing"] == "time"


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def marked_processes(mark: str) -> list[str]:
    """The processes with the mark in their environment; none where there is no /proc to ask."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in environ:
            found.append(process.name)
    return found
