"""The server never loads torch, and its threads' work does not know the session."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import fullgraph_server
import pytest

PACKAGE = Path(fullgraph_server.__file__).parent

_SESSION = "session.session"
_SCHEDULE = "background.schedule"

FORBIDDEN = {
    "background/jobs.py": {_SESSION, _SCHEDULE, "app", "handlers", "lsp.convert", "lsprotocol", "pygls"},
    "background/cache.py": {_SESSION, _SCHEDULE, "app", "handlers", "lsp.convert", "lsprotocol", "pygls"},
    "session/position_mapping.py": {_SESSION, "lsprotocol", "pygls"},
    "session/documents.py": {_SESSION, "lsprotocol", "pygls"},
    "session/results.py": {_SESSION, "lsprotocol", "pygls"},
    "session/text_history.py": {_SESSION, "lsprotocol", "pygls"},
    "session/open_documents.py": {_SESSION, _SCHEDULE, "app", "handlers", "lsprotocol"},
    "session/findings.py": {_SCHEDULE, "app", "handlers", "lsprotocol", "pygls"},
    "session/session.py": {_SCHEDULE, "app", "handlers", "lsprotocol"},
    **{
        f"background/{name}.py": {"app", "handlers", "lsprotocol", "pygls"}
        for name in (
            "schedule",
            "dispatcher",
            "tracer",
            "work_queue",
            "worker_restarts",
            "workspace_scan",
            "on_demand",
            "outline_scheduler",
        )
    },
    **{
        f"background/{name}.py": {_SESSION, _SCHEDULE, "app", "handlers", "fullgraph", "lsprotocol"}
        for name in ("tasks", "debouncer")
    },
    "lsp/settings.py": {_SESSION, "lsprotocol", "pygls"},
}


def imported(source: str, file: str) -> set[str]:
    """What a file imports, and all that holds it; of ours from the package's own top."""
    folder = Path(file).parent.parts
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            names |= {f"{module}.{alias.name}".lstrip(".") for alias in node.names}
    return {
        ".".join(parts[:end]) for parts in (n.split(".") for n in names) for end in range(1, len(parts) + 1)
    }


@pytest.mark.parametrize("file", FORBIDDEN)
def test_nothing_imports_what_it_may_not(file: str) -> None:
    assert (PACKAGE / file).is_file()
    assert imported((PACKAGE / file).read_text(), file).isdisjoint(FORBIDDEN[file])


FLOORS = ("lsp", "session", "background presentation", "client", "app", "handlers", "entry", "__main__")
"""From below to above; what shares a floor does not know each other."""


def upward(source: str, file: str) -> set[str]:
    """The parts of the server that a file imports from its own floor or above, its own part aside."""
    floor = {part: number for number, parts in enumerate(FLOORS) for part in parts.split()}
    own = Path(file).parts[0].removesuffix(".py")
    parts = {name.partition(".")[0] for name in imported(source, file)} & floor.keys()
    return {part for part in parts - {own} if floor[part] >= floor[own]}


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_nothing_imports_upward(file: Path) -> None:
    if file != PACKAGE / "__init__.py":
        assert upward(file.read_text(), str(file.relative_to(PACKAGE))) == set()


def test_an_import_upward_is_seen() -> None:
    assert upward("from ..background import jobs\n", "session/session.py") == {"background"}
    assert upward("from ..presentation import phrasing\n", "background/jobs.py") == {"presentation"}
    assert upward("from ..session import session\nfrom . import jobs\n", "background/schedule.py") == set()


def test_a_trespass_is_seen() -> None:
    source = (
        "from ..session.session import Session\nfrom .. import app\nfrom . import schedule\nimport pygls.uris"
    )
    assert {_SESSION, _SCHEDULE, "app", "pygls"} <= imported(source, "background/jobs.py")


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
