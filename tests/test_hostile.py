"""Programs that harm what runs them: each ends in a finding at its line, or in silence, and the next is right.

What becomes of the processes is tested below tests/workers; here it is what a person reads.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fullgraph.model import Checked, Finding, Report

from tests.checking import Checking

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, forks and /proc")

MARK = "FULLGRAPH_HOSTILE_TEST"

START = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(2, 2),)
class M(nn.Module):
    def forward(self, x):
"""
INNOCENT = START + "        return x + 1\n"
FAILING = START + "        return x if x.sum() > 0 else -x\n"


@dataclass(frozen=True)
class Hostile:
    """`source` at module level, `forward` as the body; `here` is the text at which the finding begins."""

    name: str
    rule: str | None
    forward: str = "return x + 1"
    source: str = ""
    here: str = ""
    says: str = ""


CASES = (
    Hostile("endless_loop", "target-timeout", "while True: x = x + 1\nreturn x", here="while True"),
    Hostile("endless_import", "target-timeout", source="while True: pass", here="while True: pass"),
    Hostile("os_exit", "target-crash", "import os; os._exit(3)", here="import os; os._exit(3)", says="status 3"),
    Hostile("sys_exit", "target-error", "raise SystemExit(0)", here="raise SystemExit", says="SystemExit"),
    Hostile("exit_at_import", "target-error", source="import sys; sys.exit(2)", here="sys.exit(2)", says="SystemExit"),
    Hostile("segfault", "target-crash", "import ctypes; ctypes.string_at(0)", here="import ctypes", says="SIGSEGV"),
    Hostile("allocates", "target-crash", "hoard = []\nwhile True:\n    hoard.append(b'x' * (1 << 24))", says="memory"),
    Hostile("prints", None, "print(('x' * 1023 + '\\n') * 20_000)\nreturn x + 1", says="print"),
    Hostile("writes", None, "import os; os.write(1, b'{}\\n' * 100_000); return x + 1"),
    Hostile("reads_stdin", "target-error", "input()\nreturn x", here="input()", says="EOFError"),
    Hostile("thread", None, source="import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"),
    Hostile("child", None, source="import subprocess\nsubprocess.Popen(['sleep', '600'])"),
    Hostile("patches", None, source="torch.Tensor.__add__ = torch.Tensor.item = lambda *_: 1 / 0", forward="return x * 2"),
    Hostile("import_raises", "target-error", source="raise ValueError('not today')", here="raise ValueError", says="not today"),
)  # fmt: skip


def text_of(case: Hostile) -> str:
    body = "\n".join(f"        {line}" for line in case.forward.split("\n"))
    head, _, rest = START.partition("\n\n\n")
    return f"{head}\n\n{case.source}\n\n\n{rest}{body}\n"


@pytest.fixture(scope="module")
def marked() -> Iterator[str]:
    """Everything that these checks start has the mark in its environment."""
    os.environ[MARK] = secrets.token_hex(8)
    yield os.environ[MARK]
    del os.environ[MARK]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, marked: str) -> Path:
    folder = tmp_path_factory.mktemp("a path with späces")
    (folder / "pyproject.toml").write_text('[tool.fullgraph]\nmemory = "1GiB"\n')
    for case in CASES:
        (folder / f"{case.name}.py").write_text(text_of(case), "utf-8")
    (folder / "zz_innocent.py").write_text(INNOCENT, "utf-8")
    (folder / "zz_failing.py").write_text(FAILING, "utf-8")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path, checking: Checking) -> Report:
    """All of them in one check, the two ordinary ones last, in the same worker."""
    return checking(folder, timeout=3.0)


def findings(report: Report, name: str) -> list[Finding]:
    return [f for f in report.findings if Path(f.place.file).stem == name]


def checked(report: Report, name: str) -> Checked:
    return next(c for c in report.targets if Path(c.target.file).stem == name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_finding_at_its_line_or_silence(case: Hostile, report: Report) -> None:
    found = findings(report, case.name)
    if case.rule is None:
        assert [f.severity for f in found if f.severity != "information"] == []
        assert checked(report, case.name).status == "exports"
        return
    [finding] = found
    lines = text_of(case).split("\n")
    start = finding.place.range.start
    assert finding.rule == case.rule
    assert case.here in lines[start.line]
    assert case.says in finding.message
    assert checked(report, case.name).status == "error"


def test_the_next_check_is_right(report: Report) -> None:
    assert checked(report, "zz_innocent").status == "exports"
    assert findings(report, "zz_innocent") == []
    assert checked(report, "zz_failing").status == "fails"
    assert [f.rule for f in findings(report, "zz_failing")] == ["data-dependent-branch"]


def test_nothing_is_left_running(report: Report, marked: str) -> None:
    """But for the warm workers, which wait for the next check."""
    deadline = time.monotonic() + 600
    while (left := strangers(marked)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def strangers(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if "fullgraph/tracing" not in command and int(process.name) != os.getpid():
                    found.append(command)
    return found


# -- files that are odd, and harm nobody ---------------------------------------------------------------


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, checking: Checking) -> Report:
    folder = tmp_path_factory.mktemp("ödd files")
    (folder / "pyproject.toml").write_text("")
    (folder / "empty.py").write_text("")
    (folder / "syntax.py").write_text(START + "        return x +\n")
    (folder / "long.py").write_text(FAILING + "\n".join(f"value_{n} = {n}" for n in range(20_000)) + "\n")
    (folder / "mein modell.py").write_text(FAILING)
    (folder / "größe.py").write_text(FAILING, "utf-8")
    return checking(folder)


def test_an_empty_file_is_silence(odd: Report) -> None:
    assert findings(odd, "empty") == []


def test_a_syntax_error_is_a_finding_at_its_place(odd: Report) -> None:
    [finding] = findings(odd, "syntax")
    assert (finding.rule, finding.place.range.start.line) == ("target-error", 7)


@pytest.mark.parametrize("name", ["long", "mein modell", "größe"])
def test_long_files_and_odd_names(name: str, odd: Report) -> None:
    [finding] = findings(odd, name)
    assert finding.rule == "data-dependent-branch"
    assert (finding.place.range.start.line, finding.place.range.start.character) == (7, 20)
    assert checked(odd, name).status == "fails"
