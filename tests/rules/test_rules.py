"""What every rule has: its place in the table, a page with code that parses, and fixtures that raise it."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import get_args

import pytest
from fullgraph import rules
from fullgraph.model import DataDependent, DimContradicted, Facts, Frame, StateChanged, Step, Stopped
from fullgraph.model.observed import Construct
from fullgraph.rules import RULES, dim_relation, lost_state, target_timeout
from fullgraph.rules.rule import Case, Rule

from tests.workers.asking import request

FIXTURES = Path(__file__).parents[1] / "fixtures/rules"

NAMES = [rule.name for rule in RULES]

WITHOUT_FIXTURE = {"target-timeout", "target-crash"}
"""Raised by hostile programs, which have tests of their own, with limits of seconds."""

each_step = pytest.mark.parametrize("step", get_args(Step))
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def test_the_table_has_each_rule_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_the_table_has_every_module_of_the_package() -> None:
    folder = Path(rules.__file__).parent
    modules = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {
        *("--init--", "rule", "inferred", "distributions", "sides", "soundness")
    }
    assert modules == {rule.name for rule in RULES}


def test_what_is_left_is_claimed_last() -> None:
    assert RULES[-1].name == "export-error"


@each_rule
def test_the_page_begins_with_one_sentence(rule: Rule) -> None:
    first, second, *_ = rule.page.splitlines()
    assert first == rule.summary
    assert first.endswith((".", "`."))
    assert len(first) <= 110
    assert second == ""


@each_rule
@pytest.mark.parametrize("section", ["Before", "After"])
def test_the_page_shows_code_that_parses(rule: Rule, section: str) -> None:
    blocks = code_blocks(rule.page, section)
    assert blocks
    for block in blocks:
        ast.parse(completed(block))


@each_rule
def test_before_is_not_after(rule: Rule) -> None:
    assert code_blocks(rule.page, "Before") != code_blocks(rule.page, "After")


def code_blocks(page: str, section: str) -> list[str]:
    under = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return re.findall(r"```python\n(.*?)```", under[1], re.DOTALL) if under else []


def completed(code: str) -> str:
    """A statement without its body, and `return`, are code when they stand in a function."""
    lines = code.rstrip().splitlines()
    ends = re.sub(r"\s*#.*", "", lines[-1])
    body = [*lines, "    pass"] if ends.endswith(":") or lines[-1].startswith("#") else lines
    if lines[-1].startswith("#"):
        body = lines
    return "def function():\n" + textwrap.indent("\n".join([*body, "pass"]), "    ")


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_FIXTURE))
def test_a_fixture_raises_it_and_another_comes_near(name: str) -> None:
    texts = [
        file.read_text("utf-8")
        for file in sorted((FIXTURES / name).rglob("*.*"))
        if file.suffix in (".py", ".toml")
    ]
    raised = [text for text in texts if f"[{name}]" in re.sub(r"ignore\[.*?\]", "", text)]
    assert raised, "none raises it"
    assert any(
        re.search(r"^#= .*exports", text, re.MULTILINE) or f"[{name}]" not in text for text in texts
    ), "no near miss"


def test_every_folder_is_a_rule() -> None:
    assert {folder.name for folder in FIXTURES.iterdir() if folder.is_dir()} <= set(NAMES)


@each_step
def test_a_time_limit_is_explained_in_whatever_step_it_was_reached(step: Step) -> None:
    stopped = Stopped(step, "timeout", "60", None)
    finding = target_timeout.RULE.explain(Case(stopped, request("fine").target, Facts(failures=(stopped,))))
    assert finding is not None
    assert "60 s" in finding.message


def test_what_was_known_at_the_time_limit_is_told_with_it() -> None:
    target = request("any").target
    branch = DataDependent(Frame(target.place, "if", text="x.sum() > 0"), "u0", "bool")
    late = Stopped("eager", "timeout", "60", None)
    crashed = Stopped("eager", "signal", "SIGSEGV", None)
    told = {
        failure.reason: {each.rule for each in rules.find(target, Facts(failures=(branch, failure)))}
        for failure in (late, crashed)
    }
    assert told["timeout"] == {"data-dependent-branch", "target-timeout"}
    assert told["signal"] == {"target-crash"}


@pytest.mark.parametrize(
    ("attribute", "text", "said"),
    [
        ("self.low", "self.low", "`self.low`"),
        ("self.observer.low", "self.low", "`self.low`"),  # in the observer's own class
        ("self.observer.low", "self.lowest", "`self.observer.low`"),
        ("self.observer.low", "self.observer.low", "`self.observer.low`"),
        ("self.observer.seen", "self.seen.append(x)", "`self.seen`"),
    ],
)
def test_lost_state_is_named_as_the_code_names_it(attribute: str, text: str, said: str) -> None:
    target = request("fine").target
    changed = StateChanged(attribute, "assigned", True, Frame(target.place, text=text))
    finding = lost_state.RULE.explain(Case(changed, target, Facts(failures=(changed,))))
    assert finding is not None
    assert said in finding.message


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("max(x.mean().item(), 0.1)", "use `clamp(min=0.1)` of the tensor"),
        ("min(3, x.max())", "use `clamp(max=3)` of the tensor"),
        (
            "max(x.max(), y.max())",
            "use `torch.maximum` of two tensors, `clamp(min=…)` of a tensor and a number",
        ),
        ("max(row.sum() for row in x)", "use `torch.stack(…).amax(0)`"),
    ],
)
def test_the_larger_of_two_is_told_in_torchs_words(call: str, hint: str) -> None:
    target = request("fine").target
    frame = Frame(target.place, "call", callee=call.partition("(")[0], text=call)
    failure = DataDependent(frame, "u0 > 0", "bool")
    assert rules.explain(Case(failure, target, Facts(exported=False, failures=(failure,)))).hint == hint


@pytest.mark.parametrize(
    ("allowed", "relation", "spec"),
    [
        ("4*_n", "n % 4 == 0", '4 * Dim("_n")'),
        ("2*_n + 1", "n % 2 == 1", '2 * Dim("_n") + 1'),
        ("16*_n - 14", "n % 16 == 2", '16 * Dim("_n") - 14'),
        ("m + 1", "n == m + 1", "m + 1"),
    ],
)
def test_a_remainder_is_told_as_one_and_left_to_the_code_that_asks_for_it(
    allowed: str, relation: str, spec: str
) -> None:
    target = request("fine").target
    told: dict[Construct, str] = {
        "call": f"use the derived dim `{spec}`",
        "if": "compute the same for every size" if "%" in relation else f"use the derived dim `{spec}`",
    }
    for construct, hint in told.items():
        frame = Frame(target.place, construct, text="n % 2")
        failure = DimContradicted("n", "x.shape[0]", "relation", allowed, "named", frame)
        finding = dim_relation.RULE.explain(Case(failure, target, Facts(failures=(failure,))))
        assert finding is not None
        assert f"requires `{relation}`" in finding.message
        assert hint in (finding.hint or "")
