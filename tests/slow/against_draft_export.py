"""Fullgraph beside torch's own words: `python tests/slow/against_draft_export.py [--no-draft] PATH…`.

For every target in the paths: whether we say of it what `torch.export.export` says; and, where that fails,
whether each thing in stock draft export's report is among our findings, at the same line. Prints Markdown:
the counts, the exceptions, and a row for each target that fails. `--no-draft` leaves out draft export, which
takes most of the time, where many models of other people's are looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fullgraph.check.options import Options
from fullgraph.check.run import check, close_workers
from fullgraph.model import Checked, Finding, Place, Report

STOCK = Path(__file__).with_name("stock_report.py")
SECONDS = 60
"""Processor time that stock export, and stock draft export, may take for one target."""

_LATE = "did not end"


@dataclass(frozen=True)
class Reported:
    """One failure of draft export's report; `user` and `library` are file and line (from 1)."""

    kind: str
    what: str
    user: tuple[str, int] | None
    library: tuple[str, int] | None

    def __str__(self) -> str:
        where = self.user or self.library
        return f"{self.kind} {self.what!r}" + (f" at {Path(where[0]).name}:{where[1]}" if where else "")


@dataclass(frozen=True)
class Stock:
    """What torch says: `export` is None where it passes, `draft` its report or what it raised itself."""

    export: str | None
    draft: tuple[Reported, ...] | str | None = None

    @property
    def is_late(self) -> bool:
        """Whether export was stopped for its time."""
        return self.export is not None and self.export.startswith(_LATE)


@dataclass(frozen=True)
class Compared:
    stock: Stock
    ours: Checked
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        return self.ours.target.name

    @property
    def agrees(self) -> bool | None:
        """Whether we say of it what torch does; None where either was stopped for its time."""
        if self.stock.is_late or any(finding.rule == "target-timeout" for finding in self.findings):
            return None
        return (self.stock.export is None) == (self.ours.facts.exported is True)

    @property
    def is_silent(self) -> bool:
        """It fails, and no finding says why; of inputs made from annotations it is no error that they fail."""
        if self.stock.export is None or self.agrees is None:
            return False
        made = self.ours.target.origin == "annotation"
        return not any(made or finding.severity == "error" for finding in self.findings)

    @property
    def is_accused(self) -> bool:
        """torch takes it, and a finding says that it does not."""
        return self.stock.export is None and any(finding.severity == "error" for finding in self.findings)

    @property
    def is_elsewhere(self) -> bool:
        """It fails, and no finding lies in the file that has it."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        return bool(errors) and all(finding.place.file != self.ours.target.file for finding in errors)

    @property
    def missed(self) -> tuple[Reported, ...]:
        """What draft export reports and we do not."""
        reported = self.stock.draft if isinstance(self.stock.draft, tuple) else ()
        return tuple(each for each in reported if not any(covers(f, each) for f in self.findings))


def covers(finding: Finding, reported: Reported) -> bool:
    """Whether a finding says what draft export reports: by the operator, else by the line."""
    if reported.kind.endswith("FAKE_KERNEL"):
        operator = reported.what.replace("::", ".").removesuffix(".default")
        return finding.rule.endswith("fake-kernel") and operator in finding.message.replace("::", ".")
    places = (finding.place, *(related.place for related in finding.related))
    lines = [line for line in (reported.user, reported.library) if line]
    if not lines:  # draft export says of some guards no line at all
        return finding.rule.startswith(_OF_KIND.get(reported.kind, "data-dependent"))
    return any(_has(place, line) for place in places for line in lines)


_OF_KIND = {"GUARD_ADDED": "dim-"}


def _has(place: Place, line: tuple[str, int]) -> bool:
    same = os.path.realpath(place.file) == os.path.realpath(line[0])
    return same and place.range.start.line <= line[1] - 1 <= place.range.end.line


def compare(
    paths: Sequence[str], python: str = sys.executable, seconds: int = SECONDS, with_draft: bool = True
) -> tuple[Compared, ...]:
    """Every target of the paths; `python` has torch and what the targets import, and Fullgraph."""
    stock = stock_of(paths, python, seconds, with_draft)
    report = checked(paths, python)
    return tuple(
        Compared(stock[key], each, tuple(f for f in report.findings if f.target == each.target.name))
        for each in report.targets
        if (key := (each.target.file, each.target.name)) in stock
    )


def checked(paths: Sequence[str], python: str) -> Report:
    with ThreadPoolExecutor(1) as executor:
        try:
            return check(Options(tuple(paths), python=python, timeout=600), executor)
        finally:
            close_workers()


def stock_of(
    paths: Sequence[str], python: str, seconds: int, with_draft: bool
) -> dict[tuple[str, str], Stock]:
    command = [python, str(STOCK), str(seconds), "draft" if with_draft else "export", *paths]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return parsed(done.stdout.splitlines())


def parsed(lines: Iterable[str]) -> dict[tuple[str, str], Stock]:
    """Stock's words by file and name of the target."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        said = json.loads(line)
        found.setdefault((said.pop("file"), said.pop("target")), {}).update(said)
    return {key: Stock(said["export"], _draft(said.get("draft"))) for key, said in found.items()}


def _draft(said: str | list[dict[str, Any]] | None) -> tuple[Reported, ...] | str | None:
    if not isinstance(said, list):
        return said
    return tuple(
        Reported(each["kind"], each["what"], *(tuple(each[at]) if each[at] else None for at in _PLACES))
        for each in said
    )


_PLACES = ("user", "library")

# -- what is printed ---------------------------------------------------------------------------------


def summary(compared: Sequence[Compared]) -> Iterator[str]:
    failing = [each for each in compared if each.stock.export is not None]
    drafts = [each.stock.draft for each in failing]
    reported = sum(len(draft) for draft in drafts if isinstance(draft, tuple))
    agreeing = Counter(each.agrees for each in compared)
    yield f"- {len(compared)} targets, {len(failing)} of which torch.export refuses"
    yield f"- status: {agreeing[True]} equal, {agreeing[False]} not, {agreeing[None]} stopped for their time"
    yield f"- refused without a finding: {sum(each.is_silent for each in compared)}"
    elsewhere = sum(each.is_elsewhere for each in failing)
    yield f"- refused with findings outside of the target's file alone: {elsewhere}"
    yield f"- taken, with a finding that is an error: {sum(each.is_accused for each in compared)}"
    if not any(drafts):
        return
    late = sum(isinstance(draft, str) and draft.startswith(_LATE) for draft in drafts)
    raised = sum(isinstance(draft, str) for draft in drafts) - late
    yield f"- stock draft export of these: {raised} raised, {late} did not end within their processor time"
    missed = sum(len(each.missed) for each in compared)
    yield f"- it reports {reported} failures in the others, {reported - missed} of them at lines of ours"


def exceptions(compared: Sequence[Compared]) -> Iterator[str]:
    for each in compared:
        if each.agrees is False:
            yield f"- `{each.name}`: torch {each.stock.export}, ours {each.ours.status}"
        if each.is_accused:
            yield f"- `{each.name}`: torch takes it; ours: {_rules(each.findings)}"
        if each.is_silent:
            yield f"- `{each.name}`: no finding; torch {each.stock.export}"
        for missed in each.missed:
            yield f"- `{each.name}`: draft export alone reports {missed}; ours: {_rules(each.findings)}"


def rows(compared: Sequence[Compared]) -> Iterator[str]:
    yield "| target | torch.export | draft_export | ours |"
    yield "|---|---|---|---|"
    for each in compared:
        if each.stock.export is not None:
            cells = (_cell(each.stock.export), _cell(_draft_words(each.stock.draft)), _rules(each.findings))
            yield f"| `{each.name}` | {' | '.join(cells)} |"


def _draft_words(draft: tuple[Reported, ...] | str | None) -> str:
    if isinstance(draft, tuple):
        counts = Counter(each.kind for each in draft)
        return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing"
    return f"raises {draft}" if draft and not draft.startswith(_LATE) else draft or ""


def _rules(findings: Iterable[Finding]) -> str:
    return ", ".join(f"{f.rule} {Path(f.place.file).name}:{f.place.range.start.line + 1}" for f in findings)


def _cell(text: str) -> str:
    return text[:90].replace("|", "\\|").replace("`", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of processor time, for each target")
    parser.add_argument("--no-draft", action="store_true", help="compare with torch.export.export alone")
    given = parser.parse_args()
    compared = compare(given.paths, given.python, given.seconds, not given.no_draft)
    for part in (summary(compared), exceptions(compared), rows(compared)):
        print("\n".join(part), end="\n\n")


if __name__ == "__main__":
    main()
