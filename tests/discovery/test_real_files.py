"""Discovery on real Python: whatever a file holds, nothing is raised, and every slice parses."""

from __future__ import annotations

import ast
import importlib.util
import sysconfig
from pathlib import Path

from fullgraph.discovery import discover
from fullgraph.project.files import read_source
from fullgraph.text.source import SourceText


def _files() -> list[Path]:
    """A tenth of torch and of Python's own library; torch is looked up and not imported."""
    spec = importlib.util.find_spec("torch")
    assert spec
    assert spec.origin
    folders = (Path(spec.origin).parent, Path(sysconfig.get_path("stdlib")))
    return [file for folder in folders for file in sorted(folder.glob("*/*.py"))[::10]]


def test_real_files() -> None:
    sources = [read_source(str(file)) for file in _files()]
    read = [source for source in sources if isinstance(source, SourceText)]
    assert len(read) > 50
    for source in read:
        for target in discover(source, "case").targets:
            if target.slice:
                ast.parse(target.slice.text)
