"""The pipeline on real files, where what matters is where the files lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import Checking

pytestmark = pytest.mark.slow

MODEL = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(3, 4),)
class Chooser(nn.Module):
    def forward(self, x):
        n = (x > 0).sum().item()
        if n > 3:
            x = x + 1
        if n == 12:
            x = x + 2
        return x
"""


@pytest.mark.parametrize("folder", ["torch", "site-packages", "fullgraph", "with spaces é"])
def test_a_folder_s_name_does_not_make_the_code_somebody_else_s(
    checking: Checking, tmp_path: Path, folder: str
) -> None:
    file = tmp_path / folder / "chooser.py"
    file.parent.mkdir()
    file.write_text(MODEL, encoding="utf-8")
    report = checking(file)
    assert [finding.place.range.start.line for finding in report.findings] == [8, 10]
