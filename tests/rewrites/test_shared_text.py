"""What all rewrites of a finding ask of its text is found out once: reading, parsing and walking it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import Task, plan_for
from fullgraph.fix.editing import parsed_in
from fullgraph.fix.verify import Baseline, Fixable, Verifier
from fullgraph.model import (
    Checked,
    DataDependent,
    Edit,
    Facts,
    Failure,
    Finding,
    Frame,
    ObservedRuns,
    Place,
    Range,
    Runtime,
)
from fullgraph.rewrites import REWRITES, Parsed, Problem, Proposal, propose
from fullgraph.rewrites.edit.module import Code
from fullgraph.rules import explain
from fullgraph.rules.rule import Case
from fullgraph.text.source import SourceText

TEXT = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(2, 4),)
class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            x = x + 1
        return x
"""
ASKED = "x.sum() > 0"


def first(file: Path) -> tuple[Options, Task, Failure, Finding]:
    """The file's target, and a finding as a trace would have it."""
    options = Options((str(file),))
    (task,) = plan_for(options).tasks
    source = SourceText(str(file), file.read_text(encoding="utf-8"))
    start = source.normal.index(ASKED)
    where = Range(source.position_at(start), source.position_at(start + len(ASKED)))
    failure = DataDependent(Frame(source.place(where), text=ASKED, construct="if"), "u0 > 0", "bool")
    facts = Facts(exported=False, failures=(failure,))
    return options, task, failure, explain(Case(failure, task.request.target, facts))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "gate.py"
    file.write_text(TEXT + f"\n\nWHERE = {str(tmp_path)!r}\n", encoding="utf-8")  # a text of this test alone
    return file


def test_a_text_is_read_and_walked_once_for_all_rewrites(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, task, failure, finding = first(file)
    counted: Counter[str] = Counter()
    read = Path.read_bytes

    def reading(self: Path) -> bytes:
        counted["read"] += 1
        return read(self)

    made = Code.__init__

    def walked(self: Code, *args: Any) -> None:
        counted["walked"] += 1
        made(self, *args)

    monkeypatch.setattr(Path, "read_bytes", reading)
    monkeypatch.setattr(Code, "__init__", walked)
    target = task.request.target
    for _ in range(2):
        problem = Problem(finding, failure, target, Facts(), parsed_in(options.texts), (2, 13))
        assert len(propose(problem)) > 1
    assert sum(finding.rule in rewrite.rules for rewrite in REWRITES) > 5
    assert counted == Counter({"read": 2, "walked": 1})  # a finding may have a text of its own


def test_another_text_is_another_code(file: Path) -> None:
    one, other = (SourceText(str(file), text) for text in ("x = 1\n", "x = 2\n"))
    codes = [Code.of(Parsed(source, ast.parse(source.normal))) for source in (one, other)]
    assert [code.source.text for code in codes] == ["x = 1\n", "x = 2\n"]
    parsed = Parsed(one, ast.parse(one.normal))
    assert Code.of(parsed) is Code.of(Parsed(one, parsed.tree))


def test_the_outermost_expression_is_found(file: Path) -> None:
    source = SourceText(str(file), "y = f'{x}' + (x)\n")
    code = Code.of(Parsed(source, ast.parse(source.normal)))
    for start, end, kind in ((4, 16, ast.BinOp), (14, 15, ast.Name), (13, 16, type(None))):
        where = Range(source.position_at(start), source.position_at(end))
        assert isinstance(code.expression_at(where), kind)
    inside = Range(source.position_at(7), source.position_at(8))
    assert code.expression_at(inside) is None


class NoWorkers:
    """In the place of the workers: every trace says that the model could not be run."""

    runtime = Runtime("3.11.0", "2.13.0")

    def get(self, *_: object) -> NoWorkers:
        return self

    def trace(self, *_: object) -> Facts:
        return Facts(exported=True, program=ObservedRuns(0, (), "it does not run"))


def test_the_unchanged_text_is_planned_once_for_all_proposals(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, task, failure, finding = first(file)
    planned: list[str] = []

    def planning(now: Options) -> Any:
        planned.append(now.texts.get(str(file), "as it stands"))
        return plan_for(now)

    monkeypatch.setattr("fullgraph.fix.verify.plan_for", planning)
    facts = Facts(exported=False, failures=(failure,))
    fixable = Fixable(task, Checked(task.request.target, "fails", facts, NoWorkers.runtime))
    verifier = Verifier(options, NoWorkers())  # type: ignore[arg-type]
    end = SourceText(str(file), file.read_text(encoding="utf-8")).whole.end
    with Baseline(verifier, fixable) as baseline:
        for number in range(5):
            edit = Edit(Place(str(file), Range(end, end)), f"# {number}\n")
            _, judged = baseline.tried(Proposal("Say more", (edit,)), finding)
            assert judged.verdict.reason == "it does not run"
    assert Counter(text.rpartition("\n# ")[2] for text in planned) == Counter(
        {"as it stands": 1, "0\n": 1, "1\n": 1, "2\n": 1, "3\n": 1, "4\n": 1}
    )
