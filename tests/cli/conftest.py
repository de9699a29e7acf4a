"""Snapshots: whole outputs as files. `FULLGRAPH_UPDATE=1` writes them anew, to be read in the diff."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fullgraph.cli.formats.view import View
from fullgraph.rules import RULES

from tests.cli.sample_reports import FILES, Samples

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    root = tmp_path / "project"
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return Samples(root)


@pytest.fixture
def view(samples: Samples) -> View:
    return View(samples.root, seconds=4.21, rules=RULES)


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[[str, str], None]:
    """Compares a text with the file of that name; the test's own folder is called `/tmp`."""

    def compare(name: str, text: str) -> None:
        text, file = text.replace(str(tmp_path), "/tmp"), SNAPSHOTS / name
        if os.environ.get("FULLGRAPH_UPDATE"):
            file.write_text(text, encoding="utf-8", newline="")
        assert text == file.read_bytes().decode()

    return compare
