"""Libraries are imported once for many traces, for as long as the user's files import them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import Outcome, trace
from fullgraph.workers.pool import Workers

pytestmark = pytest.mark.slow

HEAVY = """\
import time
from pathlib import Path

time.sleep(0.6)
with Path(__file__).with_name("imports.txt").open("a") as log:
    log.write("imported\\n")
"""
MODEL = """\
import sys
import heavy
import torch
from torch import nn

HAS = "heavy" in sys.modules


# fullgraph: args=(torch.ones(3, 4),)
class Model(nn.Module):
    def forward(self, x):
        return x + HAS
"""


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    library = tmp_path / "elsewhere/site-packages/heavy"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text(HEAVY)
    monkeypatch.setenv("PYTHONPATH", str(library.parent))
    return library


def traced(file: Path, workers: Workers, text: str) -> Outcome:
    options = Options((str(file),), python=sys.executable, texts={str(file): text}, editing=True)
    (task,) = plan_for(options).tasks
    return trace(replace(task, lasting=True), workers)


def imports(library: Path) -> int:
    log = library / "imports.txt"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_library_is_imported_once_and_only_while_it_is_named(
    tmp_path: Path, library: Path, workers: Workers
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    file = folder / "model.py"
    file.write_text(MODEL)
    first = traced(file, workers, MODEL)
    assert first.facts.exported
    assert "heavy" in first.facts.libraries
    assert not any(name.startswith(("model", "os")) for name in first.facts.libraries)

    ends = time.monotonic() + 600
    while True:
        before = imports(library)
        assert traced(file, workers, MODEL).facts.exported
        if imports(library) == before:
            break
        assert time.monotonic() < ends, "each trace imports the library"
        time.sleep(0.5)

    without = MODEL.replace("import heavy\n", "").replace("return x + HAS", "return x.view(0 if HAS else 12)")
    assert traced(file, workers, without).facts.exported, "the library is there, and nobody imports it"
    assert imports(library) == before
