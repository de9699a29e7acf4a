"""What may not be done by code that nobody asked to run: files, programs, other processes."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.package
from fullgraph.tracing.load.programs import Command, Place, is_harmless
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
    "git branch --show-current 2>&1",
    "git --no-pager log -1 --oneline >/dev/null",
    "git remote -v\ngit remote get-url origin",
    "git -c safe.directory=* rev-parse HEAD",
    "git config --get remote.origin.url",
    "nvidia-smi --query-gpu=name --format=csv,noheader | head -1",
    ["env"],
    ["date", "+%Y"],
    ["hostname", "-f"],
    ["ninja", "--version"],
    ["gcc", "-dumpversion"],
    ["gcc", "-shared", "ops.c", "-o", "/free/ops.so"],
    ["gcc", "-Wl,-t", "-o", "/free/x", "-lm"],
    "echo | gcc -dM -E - 2> /dev/null",
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
    ["env", "rm", "-f", "x"],
    ["git", "branch", "-D", "work"],
    ["git", "branch", "new"],
    ["git", "tag", "v1"],
    ["git", "remote", "remove", "origin"],
    ["git", "log", "--output=x"],
    ["git", "diff", "--outpu", "x"],
    ["git", "config", "user.name", "x"],
    "git -c alias.a='!touch x' a",
    "git -c",
    ["sed", "--in-place", "s/a/b/", "x"],
    "sed -ni.bak p x",
    ["awk", 'BEGIN{system("touch x")}'],
    "date &\ntouch x",
    "date & touch x",
    "echo a 2> x",
    "echo a &> x",
    "echo a > /dev/nullx",
    ["sort", "-o", "x"],
    ["uniq", "a", "b"],
    ["hostname", "x"],
    ["date", "-s", "now"],
    ["sysctl", "-w", "a=1"],
    ["sysctl", "a=1"],
    ["tail", "-f", "x"],
    ["nvidia-smi", "--gpu-reset"],
    ["cmake", "--build", "."],
    ["ninja"],
    ["ninja", "-C", "/free"],
    ["gcc", "-shared", "ops.c", "-o", "ops.so"],
    ["gcc", "-oops.so", "ops.c"],
    ["gcc", "ops.c"],
    ["gcc", "-Wl,-o,ops.so", "ops.c"],
    ["nvcc", "ops.cu", "--output-file", "ops.so"],
)


PLACE = Place("/project", lambda path: path.startswith("/free/"))


def test_compilers_that_build_where_anybody_may_write() -> None:
    build = Place("/free/build", PLACE.may_write)
    assert is_harmless(["ninja", "-v", "-j", "4"], build)
    assert is_harmless(["c++", "-c", "ops.cpp"], build)
    assert not is_harmless(["c++", "ops.cpp", "-o", "/project/ops.so"], build)


@pytest.mark.parametrize("command", HARMLESS)
def test_programs_that_tell_something(command: Command) -> None:
    assert is_harmless(command, PLACE)


@pytest.mark.parametrize("command", HARMFUL)
def test_programs_that_change_something(command: Command) -> None:
    assert not is_harmless(command, PLACE)


class _Twice(torch.nn.Module):  # type: ignore[misc]
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x


def _twice(x: torch.Tensor) -> torch.Tensor:
    return x + x


def _scripted() -> Any:
    return torch.jit.script(_Twice())


def _profile() -> torch.profiler.profile:
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        torch.ones(2)
    return profile


REFUSED: dict[str, Callable[[Path], object]] = {
    "a file of the project": lambda root: (root / "x").write_text("x"),
    "a folder of the project": lambda root: (root / "x").mkdir(),
    "a file elsewhere": lambda _: ELSEWHERE.write_text("x"),
    "a file moved elsewhere": lambda root: os.rename(root.parent / "is_there", ELSEWHERE),  # noqa: PTH104 (as users do)
    "a file of the project moved away": lambda root: os.replace(root / "own", root.parent / "x"),  # noqa: PTH105
    "a folder of the project moved away": lambda root: shutil.move(root / "folder", root.parent / "x"),
    "a file of the project with another name": lambda root: os.link(root / "own", root.parent / "x"),
    "a link of the project": lambda root: (root / "folder" / "link").unlink(),
    "the project moved away": lambda root: root.rename(root.parent / "x"),
    "a program under a false name": lambda root: subprocess.run(
        ["date", str(root / "own")], executable="/bin/rm", check=True
    ),
    "a process that is spawned": lambda _: (
        multiprocessing.get_context("spawn").Process(target=os.getpid).start()
    ),
    "a server of forks": lambda _: (
        multiprocessing.get_context("forkserver").Process(target=os.getpid).start()
    ),
    "a database": lambda root: sqlite3.connect(root / "x"),
    "a database by its address": lambda root: sqlite3.connect(f"file:{root}/x?mode=rwc", uri=True),
    "a scripted model": lambda root: torch.jit.save(_scripted(), root / "x"),
    "a scripted model by itself": lambda root: _scripted().save(str(root / "x")),
    "a scripted function": lambda root: torch.jit.script(_twice).save(str(root / "x")),
    "an exported model": lambda root: torch.export.save(
        torch.export.export(_Twice(), (torch.ones(2),)), root / "x"
    ),
    "a package": lambda root: torch.package.PackageExporter(root / "x"),
    "a profile": lambda root: _profile().export_chrome_trace(str(root / "x")),
    "a mapped tensor": lambda root: torch.from_file(str(root / "x"), shared=True, size=4),
    "a mapped storage": lambda root: torch.UntypedStorage.from_file(str(root / "x"), True, 4),
    "a device": lambda root: os.mknod(root / "x"),
    "a pipe": lambda root: os.mkfifo(root / "x"),
    "the C library": lambda _: ctypes.CDLL(None).system,
    "a checkpoint elsewhere": lambda _: torch.save({}, str(ELSEWHERE)),
    "a shell": lambda _: os.system("touch never_written"),
    "a program": lambda _: subprocess.run(["touch", "never_written"], check=True),
    "the parent": lambda _: os.kill(os.getppid(), 9),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    (root / "own").touch()
    (tmp_path / "is_there").touch()
    (root / "folder" / "link").symlink_to(tmp_path / "is_there")
    with nothing_changes(str(root)), pytest.raises(RefusedError, match="not allowed during a check"):
        REFUSED[what](root)
    assert not ELSEWHERE.exists()
    assert sorted(path.name for path in root.rglob("*")) == ["folder", "link", "own"]


def test_what_is_nobodys_work_is_not(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "__pycache__").mkdir(parents=True)
    (tmp_path / "cleared" / "below").mkdir(parents=True)
    (tmp_path / "cleared" / "below" / "x").symlink_to(root)
    (root / "own").write_text("four")
    with nothing_changes(str(root)):
        (tmp_path / "x").write_text("x")
        (root / "__pycache__" / "x.pyc").write_text("x")
        torch.save({}, tmp_path / "x.pt")
        root.mkdir(exist_ok=True)
        _scripted().save(str(tmp_path / "scripted.pt"))
        torch.jit.script(_twice).save(str(tmp_path / "function.pt"))
        assert torch.UntypedStorage.from_file(str(tmp_path / "mapped"), True, 4).nbytes() == 4
        assert torch.from_file(str(root / "own"), shared=False, size=4, dtype=torch.uint8)[0] == ord("f")
        assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
        sqlite3.connect(tmp_path / "database").close()
        assert multiprocessing.get_context("fork").Pool(1).apply(os.getpid) != os.getpid()
        multiprocessing.get_context("spawn").Lock()
        assert ctypes.CDLL(None).getpid() == os.getpid()
        os.replace(tmp_path / "x", tmp_path / "y")  # noqa: PTH105 (as users do)
        shutil.rmtree(tmp_path / "cleared")
        os.kill(os.getppid(), 0)
        assert subprocess.run(["uname"], check=True, capture_output=True).stdout
    (root / "x").write_text("x")


def test_who_does_without_a_program_goes_on(tmp_path: Path) -> None:
    with nothing_changes(str(tmp_path)), pytest.raises(FileNotFoundError):
        subprocess.check_output(["make", "version"])


def _refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except RefusedError:
        return True
    return False


def test_threads_that_go_on_are_held_to_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    may_go, outcomes = threading.Event(), []

    def last() -> None:
        outcomes.append(_refused(lambda: (root / "z").write_text("x")))

    def later() -> None:
        may_go.wait()
        outcomes.append(_refused(lambda: (root / "x").write_text("x")))
        outcomes.append(_refused(lambda: torch.save({}, str(root / "y"))))
        next_thread = threading.Thread(target=last, daemon=True)
        next_thread.start()
        next_thread.join()

    with nothing_changes(str(root)):
        thread = threading.Thread(target=later, daemon=True)
        thread.start()
    (root / "own").write_text("x")
    may_go.set()
    thread.join()
    assert outcomes == [True, True, True]
    assert [path.name for path in root.iterdir()] == ["own"]
    other = threading.Thread(target=lambda: (root / "other").write_text("x"))
    other.start()
    other.join()
    assert (root / "other").exists()


def test_nothing_asks_any_more_afterwards(tmp_path: Path) -> None:
    before = torch.save, torch.UntypedStorage.from_file, torch.jit.ScriptFunction.save, list(sys.meta_path)
    with nothing_changes(str(tmp_path)):
        assert torch.save is not before[0]
    assert (torch.save, torch.UntypedStorage.from_file, torch.jit.ScriptFunction.save) == before[:3]
    assert sys.meta_path == before[3]


@pytest.mark.parametrize("guards", [1, 2])  # the second, where a thread has kept the first
def test_a_library_that_is_imported_within_asks_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guards: int
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "h5py.py").write_text(
        "class File:\n    def __init__(self, name, mode='r'):\n        self.name = name\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "h5py", raising=False)
    with ExitStack() as stack:
        for _ in range(guards):
            stack.enter_context(nothing_changes(str(root)))
        library = importlib.import_module("h5py")
        assert library.File(str(root / "x")).name == str(root / "x")
        assert library.File(str(tmp_path / "x"), "w").name == str(tmp_path / "x")
        with pytest.raises(RefusedError):
            library.File(str(root / "x"), mode="w")
    assert library.File(str(root / "x"), "w")
    monkeypatch.delitem(sys.modules, "h5py")
