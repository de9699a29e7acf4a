"""Every model below tests/fixtures/fixes that has its fixed form beside it: the rewrites lead there.

The fixed form exports and gives the outputs of the original. `--update` writes it, to be read in the diff.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from checking import Checking
from fullgraph.model import Checked
from rounds import fixed

FIXES = Path(__file__).parents[1] / "fixtures" / "fixes"
REWRITES = (
    "dim-spec",
    "empty-case",
    "example-size",
    "exporting-guard",
    "fake-kernel",
    "graph-break",
    "numpy-to-torch",
    "register-buffer",
    "register-class",
    "spec-auto",
    "spec-structure",
    "stay-tensor",
    "symbolic-number",
    "tensor-comparison",
    "torch-check",
    "written-size",
)
CASES = [
    file
    for name in REWRITES
    for file in sorted((FIXES / name).glob("*.py"))
    if not file.name.endswith(".fixed.py")
]


def imported(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    torch.manual_seed(0)
    spec.loader.exec_module(module)
    return module


def outputs(checked: Checked, module: ModuleType, state: dict[str, Any] | None) -> tuple[Any, dict[str, Any]]:
    """What the target's model gives twice, state and all, and the state it began with."""
    names = {"torch": torch, **vars(module)}
    torch.manual_seed(0)
    model = eval(checked.target.model.text, names)
    model.load_state_dict(state or {}, strict=False)
    began = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(1)
    args = eval(checked.target.args.text, names) if checked.target.args else ()
    return [plain(model(*args)) for _ in range(2)], began


def plain(value: Any) -> Any:
    """Copies of the tensors in an output; a dataclass as a dict, a truth value as a tensor."""
    if dataclasses.is_dataclass(value):
        return plain(vars(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return torch.as_tensor(value).detach().clone()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_the_fixed_form_is_reached(case: Path, checking: Checking, update: bool) -> None:
    text, targets = fixed(str(case), case.read_text("utf-8"))
    wanted = case.with_suffix(".fixed.py")
    if update:
        wanted.write_text(text, "utf-8")
    assert text == wanted.read_text("utf-8")
    assert {each.status for each in targets} == {"exports"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_the_fixed_form_gives_the_outputs_of_the_original(case: Path, checking: Checking) -> None:
    original, rewritten = checking(case).targets, checking(case.with_suffix(".fixed.py")).targets
    # A module defines its operators for the whole process: those of the second replace the first's.
    before = imported("original", case)
    wanted = [outputs(each, before, None) for each in original]
    after = imported("rewritten", case.with_suffix(".fixed.py"))
    for each, (given, state) in zip(rewritten, wanted, strict=True):
        if case.parent.name != "example-size":  # the one rewrite that changes the inputs
            torch.testing.assert_close(outputs(each, after, state)[0], given)
