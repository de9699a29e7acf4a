"""A real editor as the client: Emacs with eglot, in a batch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.serving import MODEL

SCRIPT = Path(__file__).with_name("eglot.el")
PACKAGES = Path("/usr/share/emacs/site-lisp/elpa")
"""Where Debian puts eglot, which Emacs brings along itself from 29 on."""


def emacs() -> list[str] | None:
    """The command that runs a script, if there is an Emacs with eglot."""
    program = shutil.which("emacs")
    if program is None:
        return None
    folders = sorted(PACKAGES.glob("*/")) if PACKAGES.is_dir() else []
    command = [program, "--batch", *(word for folder in folders for word in ("-L", str(folder)))]
    tried = subprocess.run([*command, "--eval", "(require 'eglot)"], capture_output=True, check=False)
    return command if tried.returncode == 0 else None


@pytest.mark.slow
def test_emacs_shows_hovers_and_applies(tmp_path: Path) -> None:
    command = emacs()
    if command is None:
        pytest.skip("no Emacs with eglot")
    file, out = tmp_path / "project" / "chooser.py", tmp_path / "out.json"
    file.parent.mkdir()
    file.write_text(MODEL)
    given = {"FG_FILE": str(file), "FG_PYTHON": sys.executable, "FG_OUT": str(out), "HOME": str(tmp_path)}
    environment = {**os.environ, **given}
    done = subprocess.run(
        [*command, "-l", str(SCRIPT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    assert out.exists(), done.stderr
    said = json.loads(out.read_text())
    assert said["text"] == "y.sum() > 0"
    assert "[data-dependent-branch]: `if` condition" in said["message"]
    assert "float32[batch, 4]" in said["hover"]
    assert said["line"] == "        if y.sum() > 0:  # fullgraph: ignore[data-dependent-branch]"
    assert said["gone"] is True
