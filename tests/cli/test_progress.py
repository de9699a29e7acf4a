"""The progress line: on a terminal alone, and gone at the end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from fullgraph.check.run import Progress
from fullgraph.cli.formats.result_line import result_line
from fullgraph.cli.screen.progress import LOOKING, Log, described

from tests.cli.sample_reports import Samples

PROGRAM = """
import sys
from fullgraph.check.run import Progress
from fullgraph.cli.screen.progress import display
from rich.text import Text
with display("auto", quiet="quiet" in sys.argv, line=lambda *_: Text("- a  not checked")) as on_progress:
    last = (None, ()) if "result" in sys.argv else None
    on_progress(Progress(1, 3, ("cases:Gate([1])",), last))
"""


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(0, 0, ()), "starting the worker"),
        (Progress(0, 5, ()), "0 of 5 targets"),
        (Progress(2, 5, ("cases:Gate()",)), "2 of 5 targets: cases:Gate()"),
        (Progress(0, 9, ("a:A()", "b:B()", "c:C()", "d:D()")), "0 of 9 targets: a:A(), b:B() and 2 more"),
        (Progress(5, 5, ()), "5 of 5 targets"),
        (Progress(0, 1, ("a:A('\x1b[2J')",)), "0 of 1 targets: a:A('␛[2J')"),
    ],
)
def test_words(progress: Progress, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    assert described(progress) == words


def test_what_follows_is_said_once_all_are_traced() -> None:
    assert described(Progress(4, 5, ()), LOOKING) == "4 of 5 targets"
    assert described(Progress(5, 5, ()), LOOKING) == "5 of 5 targets: looking for fixes"


def test_nothing_where_nobody_looks() -> None:
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (result.stdout, result.stderr) == (b"", b"")


def told(soon_over: float, capsys: pytest.CaptureFixture[str], samples: Samples) -> str:
    log = Log(result_line, color=False, soon_over=soon_over)
    log.tell(Progress(0, 2, ("a",)))
    log.tell(Progress(1, 2, (), (samples.passing(), ())))
    log.tell(Progress(2, 2, (), (samples.gate, (samples.branch(),))))
    return capsys.readouterr().err


def test_results_come_as_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(samples.root)  # a path from elsewhere takes the room that the message needs
    lines = told(0, capsys, samples).splitlines()
    assert lines[0] == "[1/2] ✓ models.gate:Identity()  exports  0.4 s"
    assert lines[1].startswith("[2/2] ✗ models.gate:Gate()  fails  1.2 s  ")
    assert "gate.py:11: `if` " in lines[1]


def test_a_run_that_is_soon_over_has_no_lines(capsys: pytest.CaptureFixture[str], samples: Samples) -> None:
    assert told(3600, capsys, samples) == ""


def test_a_result_stands_above_the_bar() -> None:
    assert "not checked" in on_a_terminal("result")


def test_a_line_on_a_terminal() -> None:
    shown = on_a_terminal()
    assert "1 of 3 targets: cases:Gate([1])" in shown
    # The line is wiped, and the cursor shown again.
    assert shown.rstrip().endswith(("\x1b[2K", "\x1b[?25h"))


def test_quiet_on_a_terminal() -> None:
    assert on_a_terminal("quiet") == ""


def on_a_terminal(*arguments: str) -> str:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stderr=theirs, env=environ)
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux gives instead of an end of file
        return b""
