"""Fixes for many targets at once: what is traced again, who may take what, and what an end leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fullgraph import rewrites
from fullgraph.check import run
from fullgraph.check.deadline import Deadline
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.cli.commands.rewriting import Rewriting
from fullgraph.fix.accepting import ACCEPTED, Accepted
from fullgraph.fix.fixpoint import Applied, Listener, Mended, Rewritten, mend
from fullgraph.fix.jobs import Batch, Jobs
from fullgraph.fix.search import Verifier
from fullgraph.fix.standing import connected
from fullgraph.fix.unbroken import unbroken
from fullgraph.model import CompareRewrite, Edit, ObserveModel, Place, Range
from fullgraph.rewrites import Problem, Proposal, Rewrite
from fullgraph.rules import NAMES
from fullgraph.text import write
from fullgraph.text.source import SourceText

LONGEST = 300.0

GATE = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4),)
class {name}(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            x = x * 2
        return x
"""
PLAIN = GATE.replace("if x.sum() > 0:", "if x.shape[0] > 0:")
LEFT = GATE.replace("if x.sum() > 0:", "if {{1.0: 2}}.get(x.sum().item(), 0):")
SHARED = """\
def gated(x):
    if x.sum() > 0:
        x = x * 2
    return x


def doubled(x):
    if x.mean() > 0:
        x = x * 2
    return x
"""
USES = """\
import torch
from torch import nn

from shared import {function}


# fullgraph: args=({given},)
class {name}(nn.Module):
    def forward(self, x):
        return {function}(x) + 1
"""


def uses(name: str, function: str, given: str = "torch.randn(3, 4)") -> str:
    return USES.format(name=name, function=function, given=given)


def written(folder: Path, **files: str) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "models"\n', encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


DEAF = Listener()


def mended(folder: Path, listener: Listener = DEAF, jobs: int = 1, **other: Any) -> Mended:
    options = Options((str(folder),), python=sys.executable)
    with ThreadPoolExecutor(jobs) as executor:
        verifier = Verifier(options, run.shared_workers())
        return mend(plan_for(options), options, verifier, executor, listener=listener, **other)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """The traces that are asked for, by module and kind."""
    seen: Counter[tuple[str, str]] = Counter()
    real = run._trace_one
    kinds = {CompareRewrite: "compared", ObserveModel: "observed", type(None): "checked"}

    def trace(task: Any, *rest: Any) -> Any:
        seen[task.request.target.module, kinds[type(task.request.program)]] += 1
        return real(task, *rest)

    monkeypatch.setattr(run, "_trace_one", trace)
    return seen


def statuses(result: Mended) -> dict[str, str]:
    return {each.target.module: each.status for each in result.report.targets}


def exchanging(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Sequence[tuple[str, str]]]) -> None:
    """A rewrite of the line that a finding is at, by pairs of texts in its file: old and new."""

    def find(problem: Problem) -> Iterator[Proposal]:
        parsed = problem.parsed(problem.finding.place.file)
        assert parsed is not None
        source = parsed.source
        line = source.normal.splitlines()[problem.finding.place.range.start.line].strip()
        starts = [(source.normal.index(old), old, new) for old, new in changes.get(line, ())]
        edits = [
            Edit(Place(source.file, Range(source.position_at(at), source.position_at(at + len(old)))), new)
            for at, old, new in starts
        ]
        if edits:
            yield Proposal(f"Change {line}", tuple(edits))

    monkeypatch.setattr(rewrites, "REWRITES", (Rewrite("exchange", NAMES, "", find),))


@pytest.mark.slow
def test_only_what_a_fix_touches_is_traced_again(tmp_path: Path, traced: Counter[tuple[str, str]]) -> None:
    written(tmp_path, gate=GATE.format(name="Gate"), plain=PLAIN.format(name="P"), left=LEFT.format(name="L"))
    result = mended(tmp_path)
    assert statuses(result) == {"gate": "exports", "plain": "exports", "left": "fails"}
    assert traced["plain", "checked"] == traced["left", "checked"] == traced["gate", "checked"] == 1
    assert traced["gate", "compared"] == traced["gate", "observed"] == 1, "what verified a fix is the check"
    assert not traced["plain", "compared"]


@pytest.mark.slow
def test_a_shared_file_is_fixed_once_for_all_targets(
    tmp_path: Path, traced: Counter[tuple[str, str]]
) -> None:
    written(
        tmp_path, shared=SHARED, one=uses("One", "gated"), two=uses("Two", "gated"), own=GATE.format(name="G")
    )
    result = mended(tmp_path, jobs=2)
    assert statuses(result) == {"one": "exports", "two": "exports", "own": "exports"}
    assert len(result.applied) == 2
    assert result.texts.keys() == {str(tmp_path / "shared.py"), str(tmp_path / "own.py")}
    assert traced["one", "compared"] == traced["two", "compared"] == 1


IF_SUM = "    if x.sum() > 0:\n        x = x * 2\n"
IF_MEAN = "    if x.mean() > 0:\n        x = x * 2\n"


@pytest.mark.slow
@pytest.mark.parametrize("alone", [True, False])
def test_a_target_that_is_worse_off_costs_the_guilty_fix_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    text = SHARED + "\n\ndef more(x):\n    return x + 1\n"
    others = {} if alone else {"other": uses("Other", "doubled")}
    written(tmp_path, shared=text, asks=uses("Asks", "gated"), worse=uses("Worse", "more"), **others)
    right = (
        (IF_SUM, "    x = torch.where(x.sum() > 0, x * 2, x)\n"),
        ("def gated", "import torch\n\n\ndef gated"),
    )
    wrong = ("x + 1", "x + 2")
    mean = (IF_MEAN, "    import torch\n\n    x = torch.where(x.mean() > 0, x * 2, x)\n")
    exchanging(monkeypatch, {"if x.sum() > 0:": (*right, wrong), "if x.mean() > 0:": (mean,)})
    result = mended(tmp_path)
    left = {"asks": "fails", "worse": "exports"}
    assert statuses(result) == (left if alone else {**left, "other": "exports"})
    assert [each.fix.title for each in result.applied] == ([] if alone else ["Change if x.mean() > 0:"])
    (finding,) = (each for each in result.report.findings if each.severity != "information")
    (fix,) = finding.fixes
    assert fix.verdict.kind == "not-verified"
    assert fix.verdict.reason.startswith("worse:Worse(): ")
    assert "x + 1" in result.texts.get(str(tmp_path / "shared.py"), text)


@pytest.mark.slow
def test_a_file_is_told_as_soon_as_its_targets_are_done(tmp_path: Path) -> None:
    written(tmp_path, a=GATE.format(name="A"), b=GATE.format(name="B"))
    events: list[str] = []
    listener = Listener(
        applied=lambda applied: events.append(f"applied {Path(applied.finding.place.file).stem}"),
        written=lambda files: events.extend(f"written {Path(each.before.file).stem}" for each in files),
    )
    mended(tmp_path, listener)
    assert events == ["applied a", "written a", "applied b", "written b"]


@pytest.mark.slow
def test_a_file_that_somebody_else_changed_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, a=GATE.format(name="A"), b=GATE.format(name="B"))
    mine = GATE.format(name="A") + "\n# mine\n"
    rewriting = Rewriting("never", diff=False)

    def applied(_: Applied) -> None:
        (tmp_path / "a.py").write_text(mine, encoding="utf-8")

    mended(tmp_path, Listener(applied=applied, written=rewriting.take))
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == mine
    assert "torch.where" in (tmp_path / "b.py").read_text(encoding="utf-8")
    assert rewriting.failed
    assert "a.py has changed in the meantime" in capsys.readouterr().err


def test_files_that_share_a_fix_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("x = 1\n", encoding="utf-8")
    files = [Rewritten(SourceText(str(tmp_path / f"{n}.py"), "x = 1\n"), "x = 2\n") for n in ("a", "b")]
    (tmp_path / "b.py").write_text("x = 3\n", encoding="utf-8")
    rewriting = Rewriting("never", diff=False)
    rewriting.take(files)
    assert rewriting.failed
    assert [(tmp_path / f"{n}.py").read_text(encoding="utf-8") for n in ("a", "b")] == ["x = 1\n", "x = 3\n"]


def test_what_was_written_of_a_fix_is_taken_back_where_the_rest_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("x = 1\n", encoding="utf-8")
    files = [Rewritten(SourceText(str(tmp_path / f"{n}.py"), "x = 1\n"), "x = 2\n") for n in ("a", "b")]
    real = write.write_text

    def full(before: SourceText, after: str) -> write.CannotWrite | None:
        return write.CannotWrite("the disk is full") if before.file.endswith("b.py") else real(before, after)

    monkeypatch.setattr("fullgraph.cli.commands.rewriting.write_text", full)
    rewriting = Rewriting("never", diff=False)
    rewriting.take(files)
    assert rewriting.unwritten == {each.before.file for each in files}
    assert [(tmp_path / f"{n}.py").read_text(encoding="utf-8") for n in ("a", "b")] == ["x = 1\n"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_an_interrupt_keeps_what_is_verified(tmp_path: Path, number: signal.Signals) -> None:
    names = [f"m{index}" for index in range(8)]
    written(tmp_path, **{name: GATE.format(name="Gate") for name in names})
    command = [sys.executable, "-m", "fullgraph", "fix", "--jobs", "1", "--color", "never", str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    stuck = threading.Timer(LONGEST, process.kill)
    stuck.start()
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("m0.py:"):
                process.send_signal(number)
                break
        out, rest = process.communicate()
    finally:
        stuck.cancel()
    assert process.returncode == 130
    said = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
    assert f"stopped by {said} before " in rest
    assert "no fix is known" not in rest
    assert f"fixes were not looked for yet: stopped by {said}" in rest
    changed = [
        n for n in names if (tmp_path / f"{n}.py").read_text(encoding="utf-8") != GATE.format(name="Gate")
    ]
    assert "m0" in changed
    assert len(changed) < len(names)
    assert out.splitlines() == [f"{name}.py" for name in changed]
    assert not list(tmp_path.glob(".m*"))


@pytest.mark.slow
def test_a_budget_that_is_over_ends_it(tmp_path: Path) -> None:
    written(tmp_path, a=GATE.format(name="A"), b=GATE.format(name="B"))
    over = Deadline()
    applied: list[Applied] = []

    def end(each: Applied) -> None:
        applied.append(each)
        object.__setattr__(over, "at", 0.0)

    result = mended(tmp_path, Listener(applied=end), until=over)
    assert result.report.ended
    assert result.report.ended.reason == "budget"
    assert result.unfinished == ("b:B()",)
    assert {name for name, _ in result.unsearched} == {"b:B()"}
    assert list(result.texts) == [str(tmp_path / "a.py")]
    assert statuses(result) == {"a": "exports", "b": "fails"}


@pytest.mark.slow
def test_a_level_takes_what_is_verified_on_one_branch(tmp_path: Path) -> None:
    written(tmp_path, a=GATE.format(name="A").replace("x.sum() > 0", "x.abs().sum() < -1"))
    assert not mended(tmp_path).applied
    result = mended(tmp_path, accepted=Accepted("verified-one-branch"))
    assert [each.fix.verdict.kind for each in result.applied] == ["verified-one-branch"]


def test_levels_take_those_before_them() -> None:
    assert ACCEPTED["verified"] < ACCEPTED["verified-one-branch"] < ACCEPTED["unverified-exports"]


# -- the parts -----------------------------------------------------------------------------------------


def test_connected_sets_are_one_group() -> None:
    sets = [frozenset(each) for each in ("ab", "c", "de", "bd")]
    assert sorted("".join(sorted(group)) for group in connected(sets)) == ["abde", "c"]


def test_each_round_waits_for_its_own_jobs_alone() -> None:
    let_go, events = threading.Event(), []

    def slow() -> Iterator[Batch]:
        yield Batch({"slow": lambda: let_go.wait(LONGEST)}, lambda key, _: events.append(key))

    def quick() -> Iterator[Batch]:
        for number in range(3):
            yield Batch({number: lambda: None}, lambda key, _: events.append(key))
        let_go.set()

    with ThreadPoolExecutor(2) as executor:
        assert Jobs(executor).run([slow(), quick()], Deadline()) is None
    assert events == [0, 1, 2, "slow"]


def test_what_a_job_raises_is_raised() -> None:
    def wrong() -> Iterator[Batch]:
        yield Batch({0: lambda: 1 / 0})

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        Jobs(executor).run([wrong()], Deadline())


def test_a_signal_comes_between_two_steps() -> None:
    done: list[str] = []

    def step() -> None:
        with unbroken():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        step()
    assert done == ["all of it"]


def test_what_is_done_when_an_interrupt_comes_is_heard() -> None:
    heard, begun, release = [], threading.Event(), threading.Event()

    def interrupted(key: str, _: object) -> None:
        heard.append(key)
        if key == "first":
            release.set()
            signal.raise_signal(signal.SIGINT)

    def second() -> None:
        begun.set()
        release.wait(LONGEST)

    with ThreadPoolExecutor(2) as executor:
        jobs = Jobs(executor)
        rounds = iter([Batch({"first": lambda: begun.wait(LONGEST), "second": second}, interrupted)])
        assert jobs.run([rounds], Deadline()) == "interrupted"
        jobs.cancel(LONGEST)
    assert heard == ["first", "second"]
