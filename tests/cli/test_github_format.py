"""Workflow commands, read back as the runner reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fullgraph.cli.formats.github import render
from fullgraph.cli.formats.view import View
from fullgraph.model import Finding, Place, Position, Range, Report

from tests.cli.sample_reports import Samples


def command(line: str) -> tuple[str, dict[str, str], str]:
    """As the runner does: the name up to a space, properties up to `::`, then the data; unescaped last."""
    assert line.startswith("::")
    head, _, data = line[2:].partition("::")
    name, _, properties = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in properties.split(",")]
    return name, {key: unescaped(value) for key, value in pairs}, unescaped(data)


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def one(view: View, file: str, message: str) -> str:
    place = Place(file, Range(Position(2, 4), Position(2, 9)))
    output = render(Report((), (Finding("export-error", "error", message, place),)), view)
    assert output.count("\n") == 1
    return output.rstrip("\n")


def test_whole(samples: Samples, view: View, snapshot: Callable[[str, str], None]) -> None:
    snapshot("mixed.github", render(samples.mixed(), view))


def test_one_command_for_each_finding(samples: Samples, view: View) -> None:
    report = samples.mixed()
    *lines, last = render(report, view).splitlines()
    assert command(last)[2].startswith("Checked 4 models: ")
    assert [command(line)[1]["title"] for line in lines] == [f"Fullgraph ({f.rule})" for f in report.findings]
    assert [command(line)[0] for line in lines] == ["error", "error", "error", "warning", "notice", "error"]


def test_what_is_not_checked_is_a_notice(samples: Samples, view: View) -> None:
    (line,) = render(samples.partly(), view).splitlines()
    kind, properties, message = command(line)
    assert (kind, properties) == ("notice", {"title": "Fullgraph"})
    assert message.startswith("Checked 1 of 2 models: 1 exports.\nGate (models/gate.py:7): no inputs")


def test_a_finding_of_several_targets_is_one_command(samples: Samples, view: View) -> None:
    shared = replace(samples.branch(), also=("b:Net()",))
    (line,) = render(Report(findings=(shared,)), view).splitlines()
    assert "targets: models.gate:Gate(), b:Net()" in command(line)[2]


def test_places_count_from_one(samples: Samples, view: View) -> None:
    _, properties, message = command(one(view, samples.file("models/gate.py"), "no"))
    assert properties == {
        "file": "models/gate.py",
        "line": "3",
        "endLine": "3",
        "col": "5",
        "endColumn": "10",
        "title": "Fullgraph (export-error)",
    }
    assert message == "models/gate.py:3:5: no"


def test_a_range_of_several_lines_has_no_columns(samples: Samples, view: View) -> None:
    line = render(samples.clean(findings=(samples.guard(),)), view).splitlines()[0]
    assert command(line)[1].keys() == {"file", "line", "endLine", "title"}


def test_what_is_escaped(samples: Samples, view: View) -> None:
    line = one(view, samples.file("a,b:c %.py"), "50 %0A\r\n::error::mine, and: mine")
    assert "file=a%2Cb%3Ac %25.py," in line
    assert line.endswith("50 %250A%0A::error::mine, and: mine")
    assert command(line)[1]["file"] == "a,b:c %.py"


def test_a_user_cannot_write_a_command(samples: Samples, view: View) -> None:
    for line_break in ("\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"):
        output = one(view, samples.file("a\n::warning::b.py"), f"x{line_break}::set-output name=a::b")
        assert len(output.splitlines()) == 1


def test_escapes_are_shown(samples: Samples, view: View) -> None:
    assert "\x1b" not in one(view, samples.file("gate.py"), "\x1b[2J")


def test_nothing(view: View) -> None:
    assert render(Report(), replace(view, quiet=True)) == ""
