"""The pipeline on real files, where what matters is where the files lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for

from tests.checking import Checking

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


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["torch", "site-packages", "fullgraph", "with spaces é"])
def test_a_folder_s_name_does_not_make_the_code_somebody_else_s(
    checking: Checking, tmp_path: Path, folder: str
) -> None:
    file = tmp_path / folder / "chooser.py"
    file.parent.mkdir()
    file.write_text(MODEL, encoding="utf-8")
    report = checking(file)
    assert [finding.place.range.start.line for finding in report.findings] == [8, 10]


def test_unsaved_text_counts_in_place_of_the_file(tmp_path: Path) -> None:
    file, unsaved = tmp_path / "cases.py", tmp_path / "never_saved.py"
    file.write_text("x = 1\n", encoding="utf-8")
    texts = {str(file): MODEL, str(unsaved): MODEL}
    plan = plan_for(Options((str(tmp_path), str(unsaved)), texts=texts))
    assert [task.request.target.file for task in plan.tasks] == sorted(texts)
    assert all(task.request.overlays == texts for task in plan.tasks)
    assert file.read_text(encoding="utf-8") == "x = 1\n"
