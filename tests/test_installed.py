"""As installed: the package in a `site-packages` folder, where other people's libraries are too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import fullgraph
import pytest

pytestmark = pytest.mark.slow

TWO_FAILURES = """\
import torch


# fullgraph: args=(torch.randn(3),)
class Gate(torch.nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            x = x + 1
        if x.max() > 1:
            x = x + 2
        return x
"""


def test_an_installed_package_is_not_taken_for_a_library(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    shutil.copytree(Path(fullgraph.__file__).parent, packages / "fullgraph")
    (tmp_path / "gate.py").write_text(TWO_FAILURES)
    command = [sys.executable, "-m", "fullgraph", "check", "--format", "json", "--python", sys.executable]
    done = subprocess.run(
        [*command, "gate.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    findings = json.loads(done.stdout)["findings"]
    assert [finding["range"]["start"]["line"] for finding in findings] == [6, 8]
    assert [finding["related"] for finding in findings] == [[], []]
