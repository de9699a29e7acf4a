"""Documents that are asked for themselves, with real torch: what is called in them, and the models that they define."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from fullgraph.model import Finding, Report
from fullgraph.text.source import SourceText

from tests.checking import Checking

pytestmark = pytest.mark.slow

GATE = """\
import torch
from torch import nn

class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, x, how="été \\"sum\\""):
        h = self.layer(x)
        return h * 2 if len(how) and h.sum() > 0 else h

net = Gate(8)
"""
EXPORT = "torch.export.export(net, (torch.randn(3, 8),))\n"
PLAIN = "from torch import nn\n\nclass Plain(nn.Module):\n    def forward(self, x):\n        return x + 1\n"


def _readme(*blocks: str) -> str:
    return "# Nets\n\nWords.\n\n" + "\n".join(f"```python\n{each}```\n" for each in blocks)


def _notebook(*cells: str) -> str:
    written = [{"cell_type": "code", "source": each.splitlines(keepends=True)} for each in cells]
    return json.dumps({"cells": written}, indent=1)


def _verdicts(report: Report) -> dict[str, tuple[str, str]]:
    return {each.target.name: (each.target.origin, each.status) for each in report.targets}


def _underlined(finding: Finding) -> str:
    text = Path(finding.place.file).read_text("utf-8")
    return SourceText(finding.place.file, text).between(finding.place.range)


def test_a_readme_is_checked_as_what_it_is(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / "README.md").write_text(_readme(GATE, EXPORT), "utf-8")
    report = checking(tmp_path / "README.md")
    assert _verdicts(report) == {"README:net (export)": ("call", "fails")}
    [finding] = report.findings
    assert _underlined(finding) == "h.sum() > 0"
    assert not finding.fixes  # it could not be written into a document


def test_the_calls_of_a_readme_are_of_the_models_that_it_imports(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "nets.py").write_text(GATE.replace("net = Gate(8)\n", ""), "utf-8")
    call = "import torch\nfrom nets import Gate\n\nGate(4)(torch.randn(2, 4))\n"
    (tmp_path / "README.md").write_text(_readme(call), "utf-8")
    report = checking(tmp_path / "README.md")
    assert _verdicts(report) == {"nets:Gate": ("eager", "fails")}
    assert {Path(each.place.file).name for each in report.findings} == {"nets.py"}


def test_a_notebook_is_checked_in_its_folder_if_it_defines_a_model(
    tmp_path: Path, checking: Checking
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "train.ipynb").write_text(_notebook("%matplotlib inline\n", GATE, EXPORT), "utf-8")
    (tmp_path / "README.md").write_text(_readme(PLAIN), "utf-8")
    report = checking(tmp_path)
    assert _verdicts(report) == {"train:net (export)": ("call", "fails")}
    assert [each.name for each in report.models] == ["train.Gate"]
    [finding] = report.findings
    assert _underlined(finding) == "h.sum() > 0"


def test_a_model_of_a_document_has_inferred_inputs(tmp_path: Path, checking: Checking) -> None:
    text = PLAIN.replace(
        "    def forward", "    def __init__(self):\n        super().__init__()\n    def forward"
    )
    (tmp_path / "plain.ipynb").write_text(_notebook("print('words')\n", text), "utf-8")
    report = checking(tmp_path / "plain.ipynb")
    assert _verdicts(report) == {"plain:Plain": ("inferred", "exports")}


def test_a_document_without_code_says_nothing(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / "README.md").write_text(dedent("# Words\n\nclass is (not: python\n"), "utf-8")
    report = checking(tmp_path / "README.md")
    assert (report.targets, report.findings, report.models) == ((), (), ())


def test_a_call_whose_class_is_not_told_is_said(checking: Checking, tmp_path: Path) -> None:
    build = "def build(name):\n    return KINDS[input()](8)\n"
    (tmp_path / "nets.py").write_text(f"{GATE}KINDS = {{'gate': Gate}}\n{build}", "utf-8")
    call = "import torch\nfrom nets import build\nnet = build('gate')\nnet(torch.randn(2, 8))\n"
    (tmp_path / "README.md").write_text(_readme(call), "utf-8")
    report = checking(tmp_path / "README.md")
    [skipped] = report.findings
    assert _underlined(skipped) == "net(torch.randn(2, 8))"
    assert "`build('gate')`" in skipped.message
