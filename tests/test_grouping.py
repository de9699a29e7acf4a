"""A finding that several targets reach is one, and its fix holds for each of them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fullgraph.check.grouping import grouped
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check_plan, shared_workers
from fullgraph.fix.search import Verifier, with_fixes
from fullgraph.model import Finding, Place, Position, Range, Report, Severity

PLACE = Place("/p/m.py", Range(Position(3, 0), Position(3, 8)))

SHARED = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, op):
        super().__init__()
        self.op = op

    def forward(self, x):
        if x.sum() > 0:
            x = self.op(x)
        return x


# fullgraph: args=(torch.randn(2, 3),)
class One(nn.Module):
    def __init__(self, op=torch.neg):
        super().__init__()
        self.block = Block(op)

    def forward(self, x):
        return self.block(x)


# fullgraph: model=Two({op}), args=(torch.randn(4),)
class Two(One):
    pass
"""

UNLIKE = """\
import torch
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return x.double()


# fullgraph: args=(torch.ones(4),)
class Positive(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()

    def forward(self, x):
        return self.block(x)


# fullgraph: args=(-torch.ones(4),)
class Negative(Positive):
    pass
"""


def finding(target: str | None, severity: Severity = "error", message: str = "no") -> Finding:
    return Finding("data-dependent-branch", severity, message, PLACE, target)


def test_one_finding_with_the_names_of_its_targets() -> None:
    (one,) = grouped([finding("a"), finding("b"), finding("c")])
    assert (one.target, one.also) == ("a", ("b", "c"))
    assert grouped([finding("a"), finding("b", message="yes")]) == (finding("a"), finding("b", message="yes"))


def test_it_is_as_grave_as_the_gravest() -> None:
    (one,) = grouped([finding("a", "warning"), finding("b"), finding("c", "information")])
    assert (one.severity, one.target, one.also) == ("error", "b", ("a", "c"))


def test_what_belongs_to_no_target_stays_so() -> None:
    assert grouped([finding(None)]) == (finding(None),)


def checked(tmp_path: Path, op: str) -> Report:
    file = tmp_path / "shared.py"
    file.write_text(SHARED.format(op=op))
    options = Options((str(file),), python=sys.executable)
    plan = plan_for(options)
    with ThreadPoolExecutor(2) as executor:
        report = check_plan(plan, options, executor)
        return with_fixes(plan, report, Verifier(options, shared_workers()), executor)


def test_a_fix_is_verified_with_each_target(tmp_path: Path) -> None:
    (one,) = checked(tmp_path, "torch.abs").findings
    assert one.targets == ("shared:One()", "shared:Two(torch.abs)")
    assert one.fixes[0].verdict.kind == "verified"
    assert one.fixes[0].preferred


def test_a_fix_that_does_not_hold_for_one_of_them_says_so(tmp_path: Path) -> None:
    (one,) = checked(tmp_path, "torch.neg_").findings
    assert len(one.targets) == 2
    (fix,) = (each for each in one.fixes if each.verdict.kind != "suppresses")
    assert fix.verdict.kind == "not-verified"
    assert fix.verdict.reason.startswith("shared:Two(torch.neg_): it introduces another finding")
    assert not fix.preferred


def test_which_branch_the_example_inputs_take_does_not_tell_two_findings_apart(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(UNLIKE, encoding="utf-8")
    options = Options((str(tmp_path),), python=sys.executable)
    with ThreadPoolExecutor(1) as executor:
        report = check_plan(plan_for(options), options, executor)
    [found] = report.findings
    assert set(found.targets) == {"m:Positive()", "m:Negative()"}
    assert found.message.endswith("the return value is float32[4] if true and float64[4] if false")
    assert found.hint is not None
    assert found.hint.endswith("make both branches float32 or both float64")
