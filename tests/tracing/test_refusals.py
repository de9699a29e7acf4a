"""What may not be done by code that nobody asked to run: files, programs, other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from fullgraph.tracing.load.programs import is_harmless
from fullgraph.tracing.load.refusals import RefusedError, nothing_changes

ELSEWHERE = Path(__file__).parent / "never_written"

HARMLESS = (
    "uname -a",
    "nvidia-smi -L | wc -l",
    "git rev-parse HEAD 2>/dev/null",
    "git -C . describe --tags && hostname",
    ["git", "log", "-1"],
    ["/usr/bin/c++", "-v"],
    ["sh", "-c", "nproc --all"],
)
HARMFUL = (
    "touch x",
    "ls > listing",
    "nproc; rm -rf build",
    "echo `rm x`",
    "git commit -am x",
    ["rm", "-rf", "/"],
    ["bash", "-c", "make install"],
    ["sed", "-i", "s/a/b/", "x"],
    [sys.executable, "-m", "pip", "install", "x"],
    "",
)


@pytest.mark.parametrize("command", HARMLESS)
def test_programs_that_tell_something(command: str | list[str]) -> None:
    assert is_harmless(command)


@pytest.mark.parametrize("command", HARMFUL)
def test_programs_that_change_something(command: str | list[str]) -> None:
    assert not is_harmless(command)


REFUSED: dict[str, Callable[[Path], object]] = {
    "a file of the project": lambda root: (root / "x").write_text("x"),
    "a folder of the project": lambda root: (root / "x").mkdir(),
    "a file elsewhere": lambda _: ELSEWHERE.write_text("x"),
    "a file moved elsewhere": lambda root: os.rename(root.parent / "is_there", ELSEWHERE),  # noqa: PTH104 (as users do)
    "a checkpoint elsewhere": lambda _: torch.save({}, str(ELSEWHERE)),
    "a shell": lambda _: os.system("touch never_written"),
    "a program": lambda _: subprocess.run(["touch", "never_written"], check=True),
    "the parent": lambda _: os.kill(os.getppid(), 9),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "is_there").touch()
    with nothing_changes(str(root)), pytest.raises(RefusedError, match="not allowed during a check"):
        REFUSED[what](root)
    assert not ELSEWHERE.exists()
    assert not list(root.iterdir())


def test_what_is_nobodys_work_is_not(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "__pycache__").mkdir(parents=True)
    with nothing_changes(str(root)):
        (tmp_path / "x").write_text("x")
        (root / "__pycache__" / "x.pyc").write_text("x")
        torch.save({}, tmp_path / "x.pt")
        os.kill(os.getppid(), 0)
        assert subprocess.run(["uname"], check=True, capture_output=True).stdout
    (root / "x").write_text("x")


def test_who_does_without_a_program_goes_on(tmp_path: Path) -> None:
    with nothing_changes(str(tmp_path)), pytest.raises(FileNotFoundError):
        subprocess.check_output(["make", "version"])
