"""The server never loads torch, and its threads' work does not know the session."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import fullgraph_server
import pytest

PACKAGE = Path(fullgraph_server.__file__).parent

FORBIDDEN = {
    "checks.py": {"session", "schedule", "app", "handlers", "convert", "lsprotocol", "pygls"},
    "cache.py": {"session", "schedule", "app", "handlers", "convert", "lsprotocol", "pygls"},
    "moves.py": {"session", "lsprotocol", "pygls"},
    "documents.py": {"session", "lsprotocol", "pygls"},
    "results.py": {"session", "lsprotocol", "pygls"},
    "session.py": {"schedule", "app", "handlers", "lsprotocol"},
    "schedule.py": {"app", "handlers", "lsprotocol", "pygls"},
    "settings.py": {"session", "lsprotocol", "pygls"},
}


def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
            names |= {alias.name for alias in node.names} if not node.module else set()
    return names


@pytest.mark.parametrize("file", FORBIDDEN)
def test_nothing_imports_what_it_may_not(file: str) -> None:
    assert imported((PACKAGE / file).read_text()).isdisjoint(FORBIDDEN[file])


def test_a_trespass_is_seen() -> None:
    assert imported("from .session import Session\nfrom . import app\nimport pygls.uris") == {
        "session",
        "app",
        "",
        "pygls",
    }


def test_the_server_never_loads_torch() -> None:
    program = "import sys, fullgraph_server.entry, fullgraph_server.handlers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert {"torch", "numpy", "sympy", "rich"}.isdisjoint(loaded.stdout.split())


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_no_function_and_no_file_is_too_long(file: Path) -> None:
    text = file.read_text()
    nodes = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    assert all((node.end_lineno or 0) - node.lineno < 60 for node in nodes)
    assert len(text.splitlines()) <= 420
