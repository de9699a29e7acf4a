"""What is done with text alone, again and again: planning, a keystroke, and the fixes of one finding.

Each is measured beside one of the same kind that should cost about as much: many configured targets beside
none, many open files beside one, and what comes again beside what came first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast

from fullgraph import rewrites, rules
from fullgraph.check.options import Options
from fullgraph.check.plan import Plan, Task, plan_for
from fullgraph.fix.verify import Baseline, Fixable, Verifier, problem_of
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
    Position,
    Range,
    Runtime,
)
from fullgraph.rewrites import Proposal
from fullgraph.rules.rule import Case
from fullgraph.text.source import SourceText, parse_module
from fullgraph.workers.pool import Workers
from fullgraph_server.background.jobs import outline
from fullgraph_server.lsp.settings import Settings
from fullgraph_server.session.snapshot import Snapshot

from .measuring import Measure, Sample, Table, in_turn, ratio

FILES, LINES, PROPOSALS, FINDINGS = 420, 3500, 6, 10

MODEL = """\
# fullgraph: args=(torch.ones(2, 64),)
class Gate{number}(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        if x.sum() > 0:
            x = self.linear(x)
        return x


"""
HEAD = "import torch\nfrom torch import nn\n\n\n"
TARGET = '[[tool.fullgraph.targets]]\nmodule = "net{}"\nmodel = "Gate{}()"\nargs = "(torch.randn(2, 64),)"\n'


def run(rounds: int = 5) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        rows = (
            *in_turn(
                {f"planning {FILES} files, {n} configured": _planning(folder, n) for n in TARGETS}, rounds
            ),
            *in_turn({f"a keystroke, {n} open": _keystroke(folder, n) for n in OPEN}, rounds),
            *in_turn(
                {f"targets of {n} rewritten texts": _judging(folder, n) for n in (1, PROPOSALS)}, rounds
            ),
            *in_turn(
                {f"proposals for {n} findings of a new text": _proposing(folder, n) for n in (1, FINDINGS)},
                rounds,
            ),
        )
    none, *_, most, one, many, one_text, texts, finding, findings = rows
    return Table(
        "planning: what is done with text alone",
        rows,
        (
            ratio(f"{TARGETS[-1]} configured/none", most, none),
            ratio(f"{OPEN[-1]} open/{OPEN[0]}", many, one),
            ratio(
                f"{PROPOSALS} rewritten texts/1 (with the unchanged one, {PROPOSALS + 1} to 2)",
                texts,
                one_text,
            ),
            ratio(f"{FINDINGS} findings/1, in {LINES:,} lines", findings, finding),
        ),
    )


TARGETS, OPEN = (0, 30, 100), (1, 100)


def _spent(do: Callable[[], object]) -> Sample:
    """By the clock and by this thread's processor time: nothing here has another process."""
    cpu, begun = time.thread_time(), time.perf_counter()
    do()
    return Sample(time.perf_counter() - begun, time.thread_time() - cpu)


def _project(folder: str, files: int, targets: int) -> Path:
    root = Path(tempfile.mkdtemp(dir=folder))
    for number in range(files):
        (root / f"net{number}.py").write_text(HEAD + MODEL.format(number=number))
    tables = (TARGET.format(number, number) for number in range(targets))
    (root / "pyproject.toml").write_text("[tool.fullgraph]\n\n" + "\n".join(tables))
    return root


def _planning(folder: str, targets: int) -> Measure:
    options = Options((str(_project(folder, FILES, targets)),))

    def measure() -> Sample:
        plans: list[Plan] = []
        sample = _spent(lambda: plans.append(plan_for(options)))
        assert len(plans[0].tasks) == FILES + targets
        return sample

    return measure


def _keystroke(folder: str, count: int) -> Measure:
    """One of `count` open files, each of which is as it is on disk."""
    root = _project(folder, count, 0)
    texts = {str(file): SourceText(str(file), file.read_text()) for file in root.glob("*.py")}
    snapshot = Snapshot(str(root / "net0.py"), str(root), Settings(interpreter=sys.executable), texts)
    return lambda: _spent(lambda: outline(snapshot))


class _NoWorker:
    """In a worker's place, so that what is measured is what stands around the traces."""

    runtime = Runtime("3.11.0", "2.13.0")

    def get(self, *_: object) -> _NoWorker:
        return self

    def trace(self, *_: object) -> Facts:
        return Facts(program=ObservedRuns(0, (), "none"))


def _long(folder: str, lines: int) -> tuple[Path, int]:
    """A module of so many lines, and how many models it has."""
    models = max(1, lines // MODEL.count("\n"))
    root = Path(tempfile.mkdtemp(dir=folder))
    file = root / "nets.py"
    file.write_text(HEAD + "".join(MODEL.format(number=number) for number in range(models)))
    return file, models


def _first(file: Path) -> tuple[Options, Task, Failure, Finding]:
    """The branch of the first model, as if a trace had found it."""
    options = Options((str(file),))
    task = plan_for(options).tasks[0]
    line = file.read_text().split("\n").index("        if x.sum() > 0:")
    place = Place(str(file), Range(Position(line, 11), Position(line, 22)))
    failure = DataDependent(Frame(place, text="x.sum() > 0", construct="if"), "u0 > 0", asks="bool")
    finding = rules.explain(Case(failure, task.request.target, Facts(exported=False, failures=(failure,))))
    return options, task, failure, finding


def _judging(folder: str, proposals: int) -> Measure:
    """Texts that each have one more comment, tried one after the other."""
    file, _ = _long(folder, LINES)
    options, task, failure, finding = _first(file)
    checked = _checked(task, failure)
    end = SourceText(str(file), file.read_text()).whole.end

    def measure() -> Sample:
        verifier = Verifier(options, cast("Workers", _NoWorker()))
        with Baseline(verifier, Fixable(task, checked)) as baseline:
            edits = [Edit(Place(str(file), Range(end, end)), f"# {number}\n") for number in range(proposals)]
            tried = partial(_tried, baseline, finding)
            return _spent(lambda: [tried(edit) for edit in edits])

    return measure


def _tried(baseline: Baseline, finding: Finding, edit: Edit) -> None:
    _, judged = baseline.tried(Proposal("A comment", (edit,)), finding)
    assert "not found" not in judged.verdict.reason


def _proposing(folder: str, findings: int) -> Measure:
    """Of one text that no rewrite has seen before, but that has been parsed for planning."""
    file, _ = _long(folder, LINES)
    _, task, failure, finding = _first(file)
    fixable = Fixable(task, _checked(task, failure))
    texts = (f"{file.read_text()}# {number}\n" for number in count())

    def measure() -> Sample:
        now = {str(file): next(texts)}
        parse_module(now[str(file)])

        def propose() -> None:
            for _ in range(findings):
                assert rewrites.propose(problem_of(failure, finding, fixable, now))

        return _spent(propose)

    return measure


def _checked(task: Task, failure: Failure) -> Checked:
    facts = Facts(exported=False, failures=(failure,))
    return Checked(task.request.target, "fails", facts, _NoWorker.runtime)
