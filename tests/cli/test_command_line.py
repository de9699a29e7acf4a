"""The command as a process: arguments, exit status, and what goes to which stream."""

from __future__ import annotations

import argparse
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from fullgraph import cli
from fullgraph.cli import main
from fullgraph.cli.commands.explain import explained
from fullgraph.cli.formats.view import Rule
from fullgraph.cli.screen.terminal import ColorChoice, wants_color
from fullgraph.patterns import PATTERNS, Pattern
from fullgraph.rules import RULES


def fullgraph(
    *arguments: str, cwd: Path | None = None, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fullgraph", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **(environ or {})},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ["--select", "dim-rnge"],
            "argument --select: unknown rule 'dim-rnge'; did you mean 'dim-range'?",
        ),
        (["--ignore", "dim-range,zebra"], "argument --ignore: unknown rule 'zebra'\n"),
        (["--select", ","], "argument --select: expected at least one rule"),
        (["--timeout", "0"], "argument --timeout: '0' is not a positive number of seconds"),
        (["--timeout", "nan"], "argument --timeout: 'nan' is not a positive number of seconds"),
        (["--timeout", "soon"], "argument --timeout: 'soon' is not a positive number of seconds"),
        (["--jobs", "0"], "argument --jobs/-j: '0' is not a positive integer"),
        (["--jobs", "-1"], "argument --jobs/-j: '-1' is not a positive integer"),
        (["--format", "xml"], "argument --format: invalid choice: 'xml'"),
        (["--formt", "json"], "fullgraph: error: unrecognized arguments: --formt"),
    ],
)
def test_a_wrong_argument(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("usage: fullgraph")
    assert reason in errors


def test_a_wrong_argument_ends_the_process() -> None:
    result = fullgraph("check", "--select", "dim-rnge")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean 'dim-range'?" in result.stderr
    assert "Traceback" not in result.stderr


def test_version() -> None:
    result = fullgraph("--version")
    assert (result.returncode, result.stdout) == (0, "fullgraph 0.1.0\n")


def test_help_names_the_commands() -> None:
    result = fullgraph("--help")
    assert result.returncode == 0
    assert "check" in result.stdout
    assert "explain" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["chekc"]])
def test_no_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert "usage: fullgraph" in errors


def test_a_bug_of_ours_does_not_pass_for_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(arguments: argparse.Namespace) -> int:
        raise AssertionError("never so")

    monkeypatch.setattr(cli, "SUBCOMMANDS", (cli.Subcommand("crash", "", lambda parser: None, run),))
    assert main(["crash"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("error: Fullgraph 0.1.0 crashed; please report this bug\nTraceback")
    assert "never so" in errors


# -- explain -----------------------------------------------------------------------------------------


def test_explain_lists_every_rule() -> None:
    result = fullgraph("explain")
    assert result.returncode == 0
    listed, _, patterns = result.stdout.partition("\n\n")
    lines = listed.splitlines()
    assert [line.split()[0] for line in lines] == [rule.name for rule in RULES]
    assert lines[0].endswith(RULES[0].summary)
    assert [line.split()[0] for line in patterns.splitlines()] == [pattern.name for pattern in PATTERNS]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_every_pattern_can_be_shown(pattern: Pattern) -> None:
    result = fullgraph("explain", pattern.name)
    assert result.stdout.strip() == pattern.document.strip()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_page_can_be_shown(rule: Rule) -> None:
    assert explained(rule, color=False, width=None).startswith(f"# {rule.name}\n")
    for width in (60, 200):
        lines = explained(rule, color=False, width=width).splitlines()
        assert max(map(len, lines)) <= min(width, 100)


def test_explain_prints_the_page_as_it_is_written() -> None:
    result = fullgraph("explain", "lost-state")
    [rule] = [rule for rule in RULES if rule.name == "lost-state"]
    assert result.returncode == 0
    assert result.stdout == rule.document


def test_explain_an_unknown_rule() -> None:
    result = fullgraph("explain", "lost-stat")
    assert (result.returncode, result.stdout) == (2, "")
    assert "unknown rule or pattern 'lost-stat'; did you mean 'lost-state'?" in result.stderr


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "wanted"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color_is_a_choice(
    choice: ColorChoice, environ: dict[str, str], terminal: bool, wanted: bool
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wants_color(choice, Stream(), environ) is wanted


def test_color_of_a_process() -> None:
    assert "\x1b[" not in fullgraph("explain").stdout
    assert "\x1b[" in fullgraph("explain", "--color", "always", environ={"NO_COLOR": "1"}).stdout
    assert "\x1b[" not in fullgraph("explain", "--no-color", environ={"FORCE_COLOR": "1"}).stdout


def test_an_output_that_cannot_show_everything() -> None:
    result = fullgraph("explain", "tensor-to-python", environ={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert result.stdout.isascii()


def test_a_reader_that_goes_away() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fullgraph", "explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "fullgraph", "explain"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert result.returncode == 2
    assert result.stderr == "error: cannot write to <stdout>: No space left on device\n"


# -- check -------------------------------------------------------------------------------------------


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = fullgraph("check", "gone.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert "gone.py" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_target(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    result = fullgraph("check", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    for way in ("# fullgraph: args=", "example_args", "[[tool.fullgraph.targets]]"):
        assert way in result.stderr
    quiet = fullgraph("check", "--quiet", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (3, "", "")
    assert fullgraph("check", "--allow-unchecked", cwd=tmp_path).returncode == 0


def test_without_a_target_it_is_said_which_models_there_are(tmp_path: Path) -> None:
    model = "class Net{}(nn.Module):\n    def __init__(self, net, head): ...\n    def forward(self, x): return x\n"
    text = "from torch import nn\n" + "".join(model.format(number) for number in range(14))
    (tmp_path / "models.py").write_text(text)
    result = fullgraph("check", cwd=tmp_path)
    assert result.returncode == 3
    assert "Net0 (models.py:2), Net1 (models.py:5)" in result.stdout
    assert "and 10 more: needs `net`, `head`\n" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Checked 0 of 14 models (")
    verbose = fullgraph("check", "--verbose", cwd=tmp_path)
    assert "Net13 (models.py:41): needs `net`, `head`\n" in verbose.stdout
    listed = fullgraph("targets", cwd=tmp_path)
    assert "Net0 (models.py:2): not checked: needs `net`, `head`\n" in listed.stdout


def test_no_target_is_a_document_all_the_same(tmp_path: Path) -> None:
    result = fullgraph("check", "--format", "json", cwd=tmp_path)
    assert result.returncode == 3
    assert json.loads(result.stdout)["targets"] == []


def test_the_report_in_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    result = fullgraph("check", "src", "--format", "json", "--output-file", "report.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["version"] == 1


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = fullgraph("check", "--output-file", "no/such/folder.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: cannot write no/such/folder.json: ")


def test_annotations_name_files_from_the_root_of_the_repository(tmp_path: Path) -> None:
    """Actions runs a step in any folder, and knows the repository's root as GITHUB_WORKSPACE."""
    folder = tmp_path / "packages" / "one"
    folder.mkdir(parents=True)
    (folder / "cases.py").write_text("# fullgraph: args=(1\nclass A: ...\n")
    environ = {"GITHUB_WORKSPACE": str(tmp_path)}
    result = fullgraph("check", "--format", "github", cwd=folder, environ=environ)
    assert result.returncode == 1
    assert result.stdout.startswith("::error file=packages/one/cases.py,line=1,")
    assert (
        "file=cases.py,"
        in fullgraph("check", "--format", "github", cwd=folder, environ={"GITHUB_WORKSPACE": ""}).stdout
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the descriptor")
def test_a_closed_standard_output_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    command = f"exec {shlex.quote(sys.executable)} -m fullgraph check --static empty.py >&-"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert "crashed" not in result.stderr
    assert result.returncode == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    result = fullgraph("targets", str(tmp_path / "pipe.py"))
    assert "named pipe" in result.stdout + result.stderr
