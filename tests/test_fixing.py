"""What is said of a fix is true: wrong ones are refused, and the verdict tells what was compared."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph import rewrites, rules
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check_plan, shared_workers, trace
from fullgraph.fix import search
from fullgraph.model import Checked, Edit, Fix, Place, Range
from fullgraph.rewrites import Problem, Proposal, Rewrite
from fullgraph.rules import NAMES
from fullgraph.text.source import SourceText

pytestmark = pytest.mark.slow

BRANCH = """\
import torch
from torch import nn


# fullgraph: model=Gate(){mode}, args=(torch.randn(3, 4),), dynamic_shapes={"x": {0: Dim("batch")}}
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)

    def forward(self, x):
        h = self.body(x)
        if {condition}:
            h = h * 2
        return h
"""
IF = "        if {condition}:\n            h = h * 2\n"


def branch(condition: str, mode: str = "") -> str:
    return BRANCH.replace("{condition}", condition).replace("{mode}", mode)


def fix_of(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    old: str,
    new: str,
    errors: bool = True,
    checks: bool = False,
    unchecked: bool = False,
) -> Fix:
    """The one fix that replaces `old` by `new`, as it was judged."""
    file = folder / "gate.py"
    file.write_text(text)

    def find(problem: Problem) -> Iterator[Proposal]:
        parsed = problem.parsed(str(file))
        assert parsed is not None
        start = parsed.source.normal.index(old)
        where = Place(str(file), _range(parsed.source, start, start + len(old)))
        yield Proposal("Replace it", (Edit(where, new),), checks=checks, unchecked=unchecked)

    monkeypatch.setattr(rewrites, "REWRITES", (Rewrite("replace", NAMES, "", find),))
    options = Options((str(file),), python=sys.executable)
    (task,) = plan_for(options).tasks
    outcome = trace(task, shared_workers())
    checked = Checked(task.request.target, rules.status(outcome.facts), outcome.facts, outcome.runtime)
    verifier = search.Verifier(options, shared_workers())
    wanted = search.Fixable(task, checked, lambda f: not errors or f.severity == "error")
    ((_, (fix,)),) = search.fixes(verifier, wanted)
    return fix


def _range(source: SourceText, start: int, end: int) -> Range:
    return Range(source.position_at(start), source.position_at(end))


def judged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, condition: str, new: str, mode: str = ""
) -> tuple[str, str]:
    old = IF.replace("{condition}", condition)
    fix = fix_of(folder, monkeypatch, branch(condition, mode), old, f"        {new}\n")
    assert fix.preferred == (fix.verdict.kind == "verified")
    return fix.verdict.kind, fix.verdict.reason


def test_a_right_one_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, reason = judged(tmp_path, monkeypatch, "h.sum() > 0", "h = torch.where(h.sum() > 0, h * 2, h)")
    assert kind == "verified", reason
    assert re.match(r"equal on \d+ inputs$", reason)


def test_the_wrong_side_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, reason = judged(tmp_path, monkeypatch, "h.sum() > 0", "h = torch.where(h.sum() < 0, h * 2, h)")
    assert kind == "not-verified"
    assert "inputs:" in reason


def test_one_that_is_right_on_the_example_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, _ = judged(tmp_path, monkeypatch, "h.isnan().any()", "h = h + 0")
    assert kind == "not-verified"


def test_a_side_that_no_inputs_take_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    condition = "h.abs().sum() < -1"
    kind, reason = judged(tmp_path, monkeypatch, condition, "h = h.clone()")
    assert kind == "verified-one-branch"
    assert "the other branch" in reason


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ("h.sum() > 1e20", "torch.tensor([0])"),
        ("h.sum() > 1000", "torch.tensor([0], dtype=torch.int8)"),
        ("h.sum() > 1e20", "torch.zeros(2, dtype=torch.float16)"),
    ],
)
def test_an_input_is_not_given_what_it_cannot_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, condition: str, other: str
) -> None:
    """A number of a branch may be beyond those of its dtype."""
    text = branch(condition).replace("4),)", f"4), {other})").replace("(self, x)", "(self, x, other)")
    text = text.replace('Dim("batch")}}', 'Dim("batch")}, "other": None}')
    new = f"        h = torch.where({condition}, h * 2, h)\n"
    fix = fix_of(tmp_path, monkeypatch, text, IF.replace("{condition}", condition), new)
    assert fix.verdict.kind == "verified", fix.verdict.reason


def test_wrong_gradients_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = "torch.where(h.sum() > 0, h * 2, h)"
    wrong = f"h = {right}.detach()"
    kind, reason = judged(tmp_path, monkeypatch, "h.sum() > 0", wrong)
    assert kind == "not-verified"
    assert "gradient" in reason
    assert judged(tmp_path, monkeypatch, "h.sum() > 0", wrong, mode=".eval()")[0] == "verified"


def test_one_that_leaves_the_finding_or_brings_another_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "h.sum() > 0"
    kind, reason = judged(tmp_path, monkeypatch, old, "if h.sum() > 0:\n            h = h * 2")
    assert (kind, reason) == ("not-verified", "the finding remains")
    kind, reason = judged(tmp_path, monkeypatch, old, "if h.mean() > 0:\n            h = h * 2")
    assert kind == "not-verified"
    assert "another finding: `if` condition `h.mean() > 0`" in reason


def test_one_that_raises_and_one_that_does_not_parse_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, reason = judged(tmp_path, monkeypatch, "h.sum() > 0", "h = h @ h")
    assert kind == "not-verified"
    kind, reason = judged(tmp_path, monkeypatch, "h.sum() > 0", "h = (")
    assert (kind, reason) == ("not-verified", "the edits do not apply")


RAISES = """\
import torch
from torch import nn


# fullgraph: args=(torch.rand(3, 4),)
class Checked(nn.Module):
    def forward(self, x):
        if x.min() < 0:
            raise ValueError("negative")
        return x.sqrt()
"""


def test_what_raised_must_raise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = '        if x.min() < 0:\n            raise ValueError("negative")\n'
    kept = '        torch._assert_async(~(x.min() < 0), "negative")\n'
    fix = fix_of(tmp_path, monkeypatch, RAISES, old, kept)
    assert fix.verdict.kind == "verified", fix.verdict
    fix = fix_of(tmp_path, monkeypatch, RAISES, old, kept.replace("~(x.min() < 0)", "x.min() >= 0"))
    assert "inputs: all inputs with a NaN" in fix.verdict.reason, "of a NaN neither comparison is true"
    fix = fix_of(tmp_path, monkeypatch, RAISES, old, "")
    assert fix.verdict.kind == "not-verified"
    assert "raises" in fix.verdict.reason


WRITES = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4),)
class Writes(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            x.mul_(2)
        return x + 1
"""


PLAIN = """\
import torch
from torch import nn
from torch.export import Dim


# fullgraph: {given}
class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))
        self.most = 700.0

    def forward(self, x):
        {old}
"""
ROWS = "args=(torch.randn(3, 4),)"


@pytest.mark.parametrize(
    ("given", "old", "new", "said"),
    [
        (
            *(ROWS, "if (x > 5).any():\n            x = x.clamp(max=4.9)\n        return x * 2"),
            *("x = x.clamp(max=4.9)\n        return x * 2", "scaled to reach"),
        ),
        (
            *(ROWS, "if x.isinf().any():\n            x = x.clamp(-1e4, 1e4)\n        return x * 2"),
            *("x = x.clamp(-1e4, 1e4)\n        return x * 2", "scaled to reach"),
        ),
        (
            *(ROWS, "if x.isinf().any():\n            x = x.clamp(max=self.most)\n        return x * 2"),
            *("x = x.clamp(max=self.most)\n        return x * 2", "scaled to reach"),
        ),
        (
            *(ROWS, "if x.sum() > 0:\n            return [x, x * 2]\n        return [x * 3, x]"),
            "up = x.sum() > 0\n        return (torch.where(up, x, x * 3), torch.where(up, x * 2, x))",
            "output: a tuple, not a list",
        ),
    ],
)
def test_what_a_branch_kept_from_happening_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, old: str, new: str, said: str
) -> None:
    text = PLAIN.replace("{given}", given).replace("{old}", old)
    fix = fix_of(tmp_path, monkeypatch, text, old, new)
    assert fix.verdict.kind == "not-verified"
    assert said in fix.verdict.reason


def test_gradients_that_are_no_numbers_any_more_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "h = x * self.weight\n        if h.max() < 80:\n            return h.exp()\n        return h"
    text = PLAIN.replace("{given}", f"model=Plain().eval(), {ROWS}").replace("{old}", old)
    tried = {
        way: fix_of(tmp_path, monkeypatch, text, old, f"h = x * self.weight\n        return {way}").verdict
        for way in (
            "torch.where(h.max() < 80, h.exp(), h)",
            "torch.cond(h.max() < 80, lambda: h.exp(), lambda: h.clone())",
        )
    }
    assert [(each.kind, each.spoils) for each in tried.values()] == [("verified", True), ("verified", False)]
    assert "the gradient of self.weight is not finite any more" in next(iter(tried.values())).reason


def test_rows_that_are_not_taken_any_more_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ROWS + ', dynamic_shapes={"x": {0: Dim("rows")}}'
    old = "if x.sum() > 0:\n            return x.amax(0)\n        return x.sum(0)"
    text = PLAIN.replace("{given}", given).replace("{old}", old)
    new = "return torch.where(x.sum() > 0, x.amax(0), x.sum(0))"
    verdict = fix_of(tmp_path, monkeypatch, text, old, new).verdict
    assert (verdict.kind, verdict.spoils) == ("verified", True)
    assert "raises with `rows = 0`, where the original does not" in verdict.reason


def test_an_exception_of_another_class_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = '        if x.min() < 0:\n            raise ValueError("negative")\n'
    fix = fix_of(
        tmp_path, monkeypatch, RAISES, old, '        torch._assert_async(~(x.min() < 0), "negative")\n'
    )
    assert fix.verdict.kind == "verified"
    assert "raises RuntimeError in place of ValueError" in fix.verdict.reason


@pytest.mark.parametrize("told", ["", ", validate_args=True"])
@pytest.mark.parametrize(
    ("then", "kind", "said"),
    [
        ("", "verified", "raises no ValueError any more, as with"),
        (".where(scale > 0, 0.0)", "not-verified", "inputs:"),
    ],
)
def test_what_a_check_refused_gives_what_it_gives_without_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, then: str, kind: str, said: str
) -> None:
    old, new = (
        f"return Normal(x, scale{told}).entropy()",
        "return Normal(x, scale, validate_args=False).entropy()",
    )
    text = branch("").replace(
        "        h = self.body(x)\n        if :\n            h = h * 2\n        return h\n", ""
    )
    text = f"{text}        scale = x.exp()\n        {old}\n".replace(
        "import nn\n", "import nn\nfrom torch.distributions import Normal\n"
    )
    fix = fix_of(tmp_path, monkeypatch, text, old, new + then, unchecked=True)
    assert (fix.verdict.kind, said in fix.verdict.reason) == (kind, True), fix.verdict.reason
    assert fix_of(tmp_path, monkeypatch, text, old, new).verdict.kind == "not-verified"


def test_what_was_written_to_an_input_must_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "        if x.sum() > 0:\n            x.mul_(2)\n"
    fix = fix_of(tmp_path, monkeypatch, WRITES, old, "        x = torch.where(x.sum() > 0, x * 2, x)\n")
    assert fix.verdict.kind == "not-verified"
    assert "the input `x` afterwards" in fix.verdict.reason
    fix = fix_of(tmp_path, monkeypatch, WRITES, old, "        x.copy_(torch.where(x.sum() > 0, x * 2, x))\n")
    assert fix.verdict.kind == "verified", fix.verdict


RETURNS = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4), {"keys": torch.zeros(2, 4)})
class Caching(nn.Module):
    def forward(self, x, cache):
        cache["keys"] = torch.cat((cache["keys"], x))
        if x.sum() > 0:
            x = x * 2
        return x, cache
"""


def test_an_object_of_the_callers_that_only_the_original_updates_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "        if x.sum() > 0:\n            x = x * 2\n"
    fix = fix_of(tmp_path, monkeypatch, RETURNS, old, "        x = torch.where(x.sum() > 0, x * 2, x)\n")
    assert fix.verdict.kind == "verified", fix.verdict
    assert "leaves the caller's `cache` as it was, and returns the updated one" in fix.verdict.reason


REMEMBERS = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4),)
class Remembers(nn.Module):
    def __init__(self):
        super().__init__()
        self.total = torch.zeros(())

    def forward(self, x):
        self.total = self.total + x.sum()
        return x + self.total
"""


def test_a_second_call_is_compared_where_something_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = REMEMBERS[REMEMBERS.index("        self.total = torch") : REMEMBERS.index("        return")]
    kept = old.replace("self.total = torch.zeros(())", 'self.register_buffer("total", torch.zeros(()))')
    update = "self.total = self.total + x.sum()"
    right = kept.replace(update, "self.total.copy_(self.total + x.sum())")
    fix = fix_of(tmp_path, monkeypatch, REMEMBERS, old, right, errors=False)
    assert fix.verdict.kind == "verified", fix.verdict
    wrong = kept.replace(update, "self.total.copy_(x.sum())")
    fix = fix_of(tmp_path, monkeypatch, REMEMBERS, old, wrong, errors=False)
    assert "in a second call" in fix.verdict.reason


ENDLESS = """\
import torch
from torch import nn


# fullgraph: args=(torch.rand(4) + 1,)
class Halves(nn.Module):
    def forward(self, x):
        while x.norm() > 1:
            x = x / 2
        return x
"""


def test_inputs_that_never_end_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of an infinity is one."""
    old = "        while x.norm() > 1:\n            x = x / 2\n"
    new = "        (x,) = torch.while_loop(lambda x: x.norm() > 1, lambda x: (x / 2,), (x,))\n"
    fix = fix_of(tmp_path, monkeypatch, ENDLESS, old, new)
    assert fix.verdict.kind == "verified", fix.verdict


HIDDEN = """\
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Batch:
    tokens: torch.Tensor


@dataclass
class Result:
    logits: torch.Tensor


# fullgraph: args=(Batch(torch.randn(6)),)
class Hidden(nn.Module):
    def forward(self, batch):
        return Result(batch.tokens * 2)
"""


def test_what_a_fix_brings_up_is_mended_with_it(tmp_path: Path) -> None:
    file = tmp_path / "hidden.py"
    file.write_text(HIDDEN)
    options = Options((str(file),), python=sys.executable)
    (task,) = plan_for(options).tasks
    outcome = trace(task, shared_workers())
    checked = Checked(task.request.target, rules.status(outcome.facts), outcome.facts, outcome.runtime)
    verifier = search.Verifier(options, shared_workers())
    ((_, (first, *_)),) = search.fixes(verifier, search.Fixable(task, checked))
    assert first.verdict.kind == "verified", first.verdict
    assert first.preferred
    assert "; " in first.title
    text = "".join(edit.new_text for edit in first.edits)
    assert "register_dataclass(Batch)" in text
    assert "register_dataclass(Result)" in text


LEGACY = """\
import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        {forward}


def save():
    {before}torch.jit.trace(Net(), torch.randn(3, 4)){use}
"""


@pytest.mark.parametrize(
    ("forward", "before", "use", "kind", "reason"),
    [
        ("return x.relu()", "traced = ", "", "verified", "equal on"),
        (
            "return x.relu()",
            "traced = ",
            "\n    traced.save('net.pt')",
            "unverified-exports",
            "later uses of `traced` were not checked",
        ),
        ("return x.relu()", "", "", "verified", "equal on"),
        (
            "return x.relu()",
            "",
            ".save('net.pt')",
            "unverified-exports",
            "uses of the result were not checked",
        ),
        ("return x.relu()", "return ", "", "unverified-exports", "uses of the result were not checked"),
        (
            "return x if x.sum() > 0 else -x",
            "traced = ",
            "",
            "not-verified",
            "another finding: `if` condition",
        ),
    ],
)
def test_the_call_that_takes_the_place_of_an_old_one_is_proved(
    tmp_path: Path, forward: str, before: str, use: str, kind: str, reason: str
) -> None:
    file = tmp_path / "net.py"
    file.write_text(LEGACY.format(forward=forward, before=before, use=use))
    options = Options((str(file),), python=sys.executable)
    plan = plan_for(options)
    with ThreadPoolExecutor(1) as executor:
        checked = check_plan(plan, options, executor)
        report = replace(checked, targets=(), skipped=checked.targets)
        verifier = search.Verifier(options, shared_workers())
        found = search.with_fixes(plan, report, verifier, executor)
    (old,) = (finding for finding in found.findings if finding.rule == "legacy-export")
    assert old.fixes[0].verdict.kind == kind, old.fixes
    assert reason in old.fixes[0].verdict.reason


CHECK = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4),)
class Checked(nn.Module):
    def forward(self, x):
        if x.abs().sum() < {limit}:
            raise ValueError("small")
        return x * 2
"""


@pytest.mark.parametrize(
    ("limit", "check", "kind", "reason"),
    [
        (-1, "~(x.abs().sum() < -1)", "verified", "no inputs found that fail the check"),
        (-1, "x.abs().sum() >= 1", "not-verified", "but the original does not"),
        (0.5, "~(x.abs().sum() < 0.5)", "verified", "equal on"),
        (0.5, "x.abs().sum() >= -1", "not-verified", "but the rewritten model does not"),
    ],
)
def test_a_check_that_no_inputs_fail_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: float, check: str, kind: str, reason: str
) -> None:
    text = CHECK.replace("{limit}", str(limit))
    old = text[text.index("        if") : text.index("        return")]
    new = f'        torch._assert_async({check}, "small")\n'
    fix = fix_of(tmp_path, monkeypatch, text, old, new, checks=True)
    assert fix.verdict.kind == kind, fix.verdict
    assert reason in fix.verdict.reason
