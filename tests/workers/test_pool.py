"""Workers that are started before the first task, and those that nobody needs after all."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fullgraph.model import StartFailure
from fullgraph.workers import Interpreter, Worker, pool, start
from fullgraph.workers.pool import Workers

from tests.workers.asking import LONGEST, request


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that workers were started in."""
    folders: list[str] = []

    def noting(
        interpreter: Interpreter, cwd: str, launched: Callable[[Callable[[], None]], None]
    ) -> Worker | StartFailure:
        folders.append(cwd)
        return start(interpreter, cwd, launched)

    monkeypatch.setattr(pool, "start", noting)
    return folders


def test_who_asks_gets_the_worker_that_was_prepared(tmp_path: Path, started: list[str]) -> None:
    workers, interpreter = Workers(), Interpreter(sys.executable)
    (tmp_path / "net.py").write_text("import torch\n")
    asked = request("net", folder=tmp_path, model="torch.nn.Linear(2, 2)")
    try:
        workers.prepare(interpreter, asked.root)
        worker = workers.get(interpreter, asked)
        assert isinstance(worker, Worker)
        assert worker.trace(asked).exported
        assert started == [asked.root]
    finally:
        workers.close()


def test_one_that_is_closed_while_it_gets_warm_is_ended(tmp_path: Path) -> None:
    workers = Workers()
    workers.prepare(Interpreter(sys.executable), str(tmp_path))
    workers.close()
    for thread in threading.enumerate():
        if thread.name == "fullgraph-start":
            thread.join(LONGEST)
            assert not thread.is_alive(), "the worker was not ended"
