"""Every model below tests/fixtures/fixes/<rewrite> has its fixed form beside it: the rewrites lead there.

Each step on the way was verified: it exports and gives the outputs of the original. `--update` writes the
fixed forms, to be read in the diff.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fullgraph.rewrites import REWRITES
from fullgraph.workers.pool import Workers

from tests.rewrites.rounds import mended, own_workers

FIXES = Path(__file__).parents[1] / "fixtures" / "fixes"
OTHERS = {"forum", "left", "reports"}
"""Models of other people's shape, which have tests of their own or are counted, and models that no rewrite fixes."""

CASES = [
    file
    for folder in sorted(FIXES.iterdir())
    if folder.is_dir() and folder.name not in OTHERS
    for file in sorted(folder.glob("*.py"))
    if not file.name.endswith(".fixed.py")
]


def test_every_folder_is_a_rewrite() -> None:
    folders = {folder.name for folder in FIXES.iterdir() if folder.is_dir()}
    assert folders - OTHERS <= {rewrite.name for rewrite in REWRITES}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with own_workers() as workers:
        yield workers


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_the_fixed_form_is_reached(case: Path, workers: Workers, update: bool) -> None:
    narrowing = case.parent.name in ("dim-spec", "spec-auto")
    text, result = mended(str(case), case.read_text("utf-8"), workers, narrowing=narrowing)
    wanted = case.with_suffix(".fixed.py")
    if update:
        wanted.write_text(text, "utf-8")
    assert text == wanted.read_text("utf-8")
    assert {target.status for target in result.report.targets} == {"exports"}
    assert result.applied


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted((FIXES / "left").glob("*.py")), ids=lambda case: case.stem)
def test_what_cannot_be_verified_is_left(case: Path, workers: Workers) -> None:
    """The comment above the model says why."""
    text, result = mended(str(case), case.read_text("utf-8"), workers)
    assert text == case.read_text("utf-8")
    assert {target.status for target in result.report.targets} == {"fails"}


@pytest.mark.slow
def test_what_gives_other_outputs_is_not_taken(workers: Workers, tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(HALF, "utf-8")
    text, result = mended(str(file), HALF, workers)
    assert not [each for each in result.applied if each.fix.title.startswith("Remove the special case")]
    assert result.applied, "there is a right way"
    assert "x * 0" in text


HALF = """
import torch
from torch import nn


# fullgraph: args=(torch.randn(4, 6), torch.tensor(0))
class Half(nn.Module):
    def forward(self, x, count):
        if count.item() == 0:
            return x * 0
        return x + 1
"""
