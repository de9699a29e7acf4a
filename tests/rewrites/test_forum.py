"""Models in the shape of what people ask about: what `fullgraph fix` makes of each stands beside it.

They were written before anybody had looked at what becomes of them. One without a fixed form is left as it
is. `--update` writes the fixed forms, to be read in the diff.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fullgraph.workers.pool import Workers

from tests.rewrites.rounds import mended, own_workers

FORUM = Path(__file__).parents[1] / "fixtures" / "fixes" / "forum"
CASES = [file for file in sorted(FORUM.glob("*.py")) if not file.name.endswith(".fixed.py")]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with own_workers() as workers:
        yield workers


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_becomes_of_it(case: Path, workers: Workers, update: bool) -> None:
    text, result = mended(str(case), case.read_text("utf-8"), workers)
    wanted = case.with_suffix(".fixed.py")
    if update and text != case.read_text("utf-8"):
        wanted.write_text(text, "utf-8")
    assert text == (wanted if wanted.exists() else case).read_text("utf-8")
    assert not wanted.exists() or {target.status for target in result.report.targets} == {"exports"}
