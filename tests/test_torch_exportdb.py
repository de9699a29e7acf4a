"""torch's own collection of cases, unedited: the status is what `torch.export.export` itself says."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fullgraph.model import Checked, Finding, Report

from tests.checking import Checking

pytestmark = pytest.mark.slow

# What torch says of each case, in a process that knows nothing of ours.
TRUTH = """
import importlib.util, json, logging, pathlib, sys, torch
logging.disable(logging.CRITICAL)
folder = pathlib.Path(torch.__file__).parent / "_export/db/examples"
said = {}
for file in sorted(folder.glob("*.py")):
    if file.stem == "__init__":
        continue
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "example_args"):
        continue
    try:
        torch.export.export(
            module.model,
            module.example_args,
            getattr(module, "example_kwargs", None) or {},
            dynamic_shapes=getattr(module, "dynamic_shapes", None),
        )
        said[str(file)] = "exports"
    except Exception as error:
        said[str(file)] = f"fails: {error}"
json.dump(said, sys.stdout)
"""


@pytest.fixture(scope="module")
def truth() -> dict[str, str]:
    run = subprocess.run([sys.executable, "-c", TRUTH], check=True, capture_output=True, text=True)
    told: dict[str, str] = json.loads(run.stdout)
    return told


@pytest.fixture(scope="module")
def report(truth: dict[str, str], checking: Checking) -> Report:
    return checking(*map(Path, truth))


def test_torch_has_cases_of_both_kinds(truth: dict[str, str]) -> None:
    kinds = [said.partition(":")[0] for said in truth.values()]
    assert kinds.count("exports") > 20
    assert kinds.count("fails") > 0


def test_each_status_is_what_torch_says(truth: dict[str, str], report: Report) -> None:
    said = {checked.target.file: without_soundness(checked) for checked in report.targets}
    assert said == {file: words.partition(":")[0] for file, words in truth.items()}


def without_soundness(checked: Checked) -> str:
    """`unsound` says more than torch does of a program that exports."""
    return "exports" if checked.status == "unsound" else checked.status


def test_errors_are_where_torch_fails_and_nowhere_else(truth: dict[str, str], report: Report) -> None:
    with_errors = {finding.place.file for finding in report.findings if finding.severity == "error"}
    assert with_errors == {file for file, words in truth.items() if words.startswith("fails")}


def test_findings_are_in_the_program_and_not_on_another_line(report: Report) -> None:
    assert report.findings
    outside = [f for f in report.findings if f.place.range.start.line not in lines_of_program(f.place.file)]
    assert outside == []


def lines_of_program(file: str) -> set[int]:
    """The lines, from 0, of the bodies of functions, and of what says the target."""
    tree = ast.parse(Path(file).read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    said = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {
        line
        for node in (*(statement for f in functions for statement in f.body), *said)
        for line in range(node.lineno - 1, node.end_lineno or node.lineno)
    }


def test_findings_are_those_known(report: Report) -> None:
    """The rule and the very source of the expression, for the cases that all supported torches have."""
    found = {(Path(f.place.file).stem, f.rule, source_of(f)) for f in report.findings}
    assert found >= KNOWN


KNOWN = {
    ("model_attr_mutation", "lost-state", "self.attr_list"),
    ("dynamic_shape_round", "dim-range", "x[: round(x.shape[0] / 2)]"),
}


def source_of(finding: Finding) -> str:
    lines = Path(finding.place.file).read_text("utf-8").split("\n")
    start, end = finding.place.range.start, finding.place.range.end
    return lines[start.line][start.character : end.character if end.line == start.line else None]
