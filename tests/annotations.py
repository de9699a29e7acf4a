"""Findings written under the lines they are about: the form of the fixtures.

An annotation is a comment line that begins with `#^`, `#<`, `#|` or `#=` (white space after the `#` aside
for carets), which no ordinary comment here does. Taking them out gives the source as it is checked, with
its lines and columns; `annotated` puts them in. So a fixture is compared as a whole text.

    class Gate(nn.Module):
    #= fails
        def forward(self, x):
            if x.sum() > 0:
            #  ^^^^^^^^^^^ error[data-dependent-branch]: `if` condition `…` is data-dependent: …
            #| hint: use `torch.cond` to capture both branches, or `torch.where` if both are cheap
            #| `u0` is created by `x.sum().item()`: 2 lines above, 12-26

    #<<<<                      begins in the column of the `#`
    #  ^^^^^^ … +2:9           ends two lines below, before column 9
    error[rule] Gate():        of this target, where the file has several
    #= exports                 the status of a target, under the line with its name
    #= exports (x: float32[batch, 4]) -> float32[batch, 4]
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fullgraph.model import Checked, Finding, Place, Range, Related, Report, Tensor

_ANNOTATION = re.compile(r"[ \t\f]*#(?:[ \t]*\^|<|\||=)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True)
class Note:
    """An annotation: the lines that go below line `line` (from 0) of the plain text."""

    line: int
    order: tuple[object, ...]
    lines: tuple[str, ...]


def plain(text: str) -> str:
    """The text without annotations. Line ends stay as they are."""
    lines = _LINE.findall(text)
    kept = [line for line in lines if not _ANNOTATION.match(line)]
    if lines and kept and _ANNOTATION.match(lines[-1]) and not lines[-1].endswith(("\n", "\r")):
        # The last line of the source had no end before something was written below it.
        kept[-1] = kept[-1].rstrip("\r\n")
    return "".join(kept)


def wordless(text: str) -> str:
    """The text with statuses, and with the place, severity and rule of each finding, and nothing more.

    Another torch has other words for the same failure, and suggests other things.
    """
    lines = (line for line in text.split("\n") if not re.match(r"[ \t\f]*#\|", line))
    return "\n".join(_WORDS.sub(r"\1\2\3", line) if _ANNOTATION.match(line) else line for line in lines)


_WORDS = re.compile(r"(error|warning|information)(\[[\w-]+\]).*|(#= .*?) \(.*")


def annotated(text: str, notes: Iterable[Note]) -> str:
    """The plain `text` with its annotations."""
    lines = _LINE.findall(text) or [""]
    below: dict[int, list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda note: (note.line, note.order)):
        below[min(note.line, len(lines) - 1)].append(note)
    ending = re.search(r"[\r\n]*$", lines[0])
    newline = ending[0] if ending and ending[0] else "\n"
    if below[len(lines) - 1] and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
        return "".join(_woven(lines, below, newline)).removesuffix(newline)
    return "".join(_woven(lines, below, newline))


def _woven(lines: Sequence[str], below: Mapping[int, list[Note]], newline: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line
        for note in below.get(number, ()):
            yield from (each + newline for each in note.lines)


# -- what is written ---------------------------------------------------------------------------------


def notes_by_file(report: Report, texts: Mapping[str, str]) -> dict[str, list[Note]]:
    """The annotations of a report; `texts` has the plain text of every file by its absolute path."""
    notes: dict[str, list[Note]] = defaultdict(list)
    for file, checked in _by_file(report).items():
        notes[file] += _statuses(checked)
    several = {file: len(checked) > 1 for file, checked in _by_file(report).items()}
    for finding, targets in _alike(report.findings).items():
        file = finding.place.file
        lines = _lines(texts[file])
        notes[file].append(_finding(finding, targets if several.get(file, True) else (), lines))
    return notes


def _by_file(report: Report) -> dict[str, list[Checked]]:
    files: dict[str, list[Checked]] = defaultdict(list)
    for checked in report.targets:
        files[checked.target.place.file].append(checked)
    return files


def _statuses(targets: Sequence[Checked]) -> Iterator[Note]:
    """Targets of one class stand in the order of their comments; a file that defines none has a name."""
    lines: dict[int, list[str]] = defaultdict(list)
    for checked in targets:
        line = checked.target.place.range.start.line
        shared = sum(other.target.place.range.start.line == line for other in targets) > 1
        name = f"{checked.target.name.partition(':')[2]}: " if shared else ""
        lines[line].append(f"#= {name}{checked.status}{_signature(checked)}")
    for line, written in lines.items():
        yield Note(line, (0,), tuple(written))


def _signature(checked: Checked) -> str:
    if checked.status not in ("exports", "unsound"):
        return ""
    inputs = ", ".join(f"{tensor.name}: {_type(tensor)}" for tensor in checked.facts.inputs)
    return f" ({inputs}) -> {', '.join(map(_type, checked.facts.outputs))}"


def _type(tensor: Tensor) -> str:
    shape = ", ".join(map(str, tensor.shape))
    return f"{tensor.dtype}[{shape}]"


def _alike(findings: Iterable[Finding]) -> dict[Finding, tuple[str, ...]]:
    """Findings that differ in the target alone, as one, with the targets."""
    found: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for f in findings:
        found[f.rule, f.severity, f.message, f.place, f.hint, f.related].append(f)
    return {
        group[0]: tuple(f.target.partition(":")[2] for f in group if f.target) for group in found.values()
    }


def _finding(finding: Finding, targets: tuple[str, ...], lines: Sequence[str]) -> Note:
    where = finding.place.range
    margin, carets = _carets(where, lines[where.start.line])
    of = f" {', '.join(targets)}" if targets else ""
    first = f"{carets} {finding.severity}[{finding.rule}]{of}: {_flat(finding.message)}"
    more = [f"hint: {_flat(finding.hint)}"] if finding.hint else []
    more += [_related(related, finding.place) for related in finding.related]
    order = (1, where.start.character, finding.rule, targets)
    return Note(where.start.line, order, (first, *(f"{margin}#| {line}" for line in more)))


def _carets(where: Range, line: str) -> tuple[str, str]:
    """The margin of the `#`, and the line that underlines the range, up to the end of its first line."""
    start = where.start.character
    end = where.end.character if where.end.line == where.start.line else len(line)
    ends = f" … +{where.end.line - where.start.line}:{where.end.character}"
    tail = ends if where.end.line > where.start.line else ""
    indent = len(line) - len(line.lstrip())
    margin = _blank(line[: min(indent, start)])
    if start <= indent:
        return margin, f"{margin}#<{'<' * (end - start - 2)}{'' if end - start > 1 else end - start}{tail}"
    between = _blank(line[len(margin) + 1 : start])
    return margin, f"{margin}#{between}{'^' * max(end - start, 1)}{'' if end > start else 0}{tail}"


def _blank(text: str) -> str:
    """White space as wide as the text: a tab is as wide as the tab above it."""
    return "".join(each if each == "\t" else " " for each in text)


def _related(related: Related, place: Place) -> str:
    where, away = related.place.range, related.place.range.start.line - place.range.start.line
    columns = f"{where.start.character}-{where.end.character}"
    if related.place.file != place.file:
        at = f"{Path(related.place.file).name}, line {where.start.line + 1}, {columns}"
    else:
        at = f"{_lines_away(away)}, {columns}"
    if where.end.line > where.start.line:
        at += f" of {where.end.line - where.start.line} lines below that"
    return f"{_flat(related.message)}: {at}"


def _lines_away(lines: int) -> str:
    if not lines:
        return "this line"
    return f"{abs(lines)} {'line' if abs(lines) == 1 else 'lines'} {'above' if lines < 0 else 'below'}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> list[str]:
    """As Python ends lines, and positions count: a form feed ends none, a byte order mark is no column."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
