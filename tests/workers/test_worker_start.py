"""Interpreters that cannot be workers: each failure says which it is, why, and what would help."""

from __future__ import annotations

import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from fullgraph.model import StartFailure
from fullgraph.model.wire import PROTOCOL
from fullgraph.workers import Interpreter, WorkerLostError, start

from tests.workers.asking import request, started


def failure(python: Path | str, cwd: Path) -> StartFailure:
    found = start(Interpreter(str(python)), str(cwd))
    assert isinstance(found, StartFailure), found
    return found


def script(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing in it."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return folder


def torch_that(folder: Path, *lines: str) -> Path:
    """An interpreter whose torch does something else than to be one."""
    (folder / "torch.py").write_text("\n".join(lines))
    return script(folder / "python", f'PYTHONPATH="{folder}" exec "{sys.executable}" "$@"')


def test_it_does_not_exist(tmp_path: Path) -> None:
    python = str(tmp_path / "nowhere" / "python")
    found = failure(python, tmp_path)
    assert found == StartFailure("cannot-launch", python, error="No such file or directory")
    assert found.remedy == "choose-interpreter"


def test_no_such_name_on_the_path(tmp_path: Path) -> None:
    found = failure("python-of-nowhere", tmp_path)
    assert (found.reason, found.interpreter) == ("cannot-launch", "python-of-nowhere")


def test_it_is_a_folder(bare: Path, tmp_path: Path) -> None:
    assert failure(bare, tmp_path) == StartFailure(
        "is-folder", str(bare), suggestion=str(bare / "bin" / "python")
    )


def test_it_cannot_be_executed(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("no program")
    found = failure(tmp_path / "python", tmp_path)
    assert (found.reason, found.error) == ("cannot-launch", "Permission denied")


def test_it_is_another_program(tmp_path: Path) -> None:
    found = failure(script(tmp_path / "python", "echo I am not a snake >&2"), tmp_path)
    assert found == StartFailure("not-python", str(tmp_path / "python"), ended="0", output="I am not a snake")


def test_it_is_another_program_that_never_stops_talking(tmp_path: Path) -> None:
    assert failure(script(tmp_path / "python", "exec yes"), tmp_path).reason == "not-python"


def test_it_is_too_old(tmp_path: Path) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 1, 'final', 0); "
        "sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0]); "
        "runpy.run_path(sys.argv[0] + '/__main__.py', run_name='__main__')"
    )
    found = failure(script(tmp_path / "python", f'exec "{sys.executable}" -c "{pretend}" "$@"'), tmp_path)
    assert (found.reason, found.python) == ("too-old", "3.9.1")


def test_it_has_no_torch(bare: Path, tmp_path: Path) -> None:
    found = failure(bare / "bin" / "python", tmp_path)
    version = ".".join(map(str, sys.version_info[:3]))
    error = "ModuleNotFoundError: No module named 'torch'"
    assert found == StartFailure("no-torch", str(bare / "bin" / "python"), version, error=error)


def test_its_torch_is_broken(tmp_path: Path) -> None:
    found = failure(torch_that(tmp_path, "raise OSError('libtorch.so: cannot open')"), tmp_path)
    assert (found.reason, found.error) == ("no-torch", "OSError: libtorch.so: cannot open")


def test_its_torch_is_another_module(tmp_path: Path) -> None:
    found = failure(torch_that(tmp_path, "__version__ = '0.0'"), tmp_path)
    assert (found.reason, found.torch) == ("unusable-torch", "0.0")
    assert found.error.startswith("AttributeError: ")


def test_its_torch_crashes(tmp_path: Path) -> None:
    found = failure(torch_that(tmp_path, "import ctypes", "ctypes.string_at(0)"), tmp_path)
    assert (found.reason, found.ended, found.remedy) == ("crashed", "SIGSEGV", "try-again")


def test_it_is_another_version_of_us(tmp_path: Path) -> None:
    hello = '{"hello": {"protocol": 0, "python": "3.11.0", "torch": "2.9.0", "pid": 1}}'
    found = failure(script(tmp_path / "python", f"echo \"$2\"'{hello}'", "exec sleep 1000"), tmp_path)
    assert (found.reason, found.torch, found.remedy) == ("updated", "2.9.0", "restart")


def test_it_is_updated_while_it_runs(tmp_path: Path) -> None:
    program = tmp_path / "novel.py"
    program.write_text(
        "import json, sys\n"
        "token, protocol = sys.argv[2], int(sys.argv[4])\n"
        "hello = {'protocol': protocol, 'python': '3.11.0', 'torch': '2.9.0', 'pid': 1}\n"
        "print(token + json.dumps({'hello': hello}), flush=True)\n"
        "asked = json.loads(next(line for line in sys.stdin if line.strip()))\n"
        "print(token + json.dumps({'trace': asked['trace'], 'part': {'is': 'Novelty'}}), flush=True)\n"
        "sys.stdin.read()\n"
    )
    python = script(tmp_path / "python", f'exec "{sys.executable}" {program} "$@" {PROTOCOL}')
    with started(python=str(python)) as worker, pytest.raises(WorkerLostError) as raised:
        worker.trace(request("fine"))
    failed = raised.value.failure
    assert (failed.reason, failed.interpreter, "Novelty" in failed.error) == ("updated", str(python), True)


def test_noise_before_the_first_word_is_no_matter(tmp_path: Path) -> None:
    python = torch_that(tmp_path, "raise ImportError('but I was asked')")
    python.write_text(python.read_text().replace("PYTHONPATH", "echo hello from a module file\nPYTHONPATH"))
    assert "but I was asked" in failure(python, tmp_path).error


def test_the_analysis_does_not_import_torch() -> None:
    code = "import sys, fullgraph.workers; print(sorted({'torch', 'sympy', 'numpy'} & sys.modules.keys()))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
