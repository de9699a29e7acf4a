"""The way without fork, forced: a spare process for each trace."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fullgraph.model import Facts
from fullgraph.workers import Cancellation, Interpreter, TraceCancelledError, Worker

from tests.workers.asking import HOSTILE, line_of, request, running, stopped

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def no_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    assert list(tmp_path.glob("*.dump")) == []


def left(mark: str) -> list[str]:
    """What runs besides warm spares (of this worker) and the warm parent (of the other)."""
    commands = [command for command in running(mark).values() if " serve" not in command]
    spares = [command for command in commands if " once " in command]
    assert len(spares) <= 2
    return [command for command in commands if command not in spares]


@pytest.mark.parametrize(
    ("name", "seconds", "step", "reason", "detail"),
    [
        ("endless_forward", 5, "eager", "timeout", "5"),
        ("endless_in_c", 3, "load", "timeout", "3"),
        ("leaves_by_os_exit", 60, "eager", "exit", "7"),
        ("segfaults_in_export", 60, "export", "signal", "SIGSEGV"),
    ],
)
def test_is_stopped(
    forkless: Worker, mark: str, name: str, seconds: float, step: str, reason: str, detail: str
) -> None:
    [found] = stopped(forkless.trace(request(name, seconds)))
    assert (found.step, found.reason, found.detail) == (step, reason, detail)
    if "# stops here" in (HOSTILE / f"{name}.py").read_text():
        assert found.frame is not None
        assert found.frame.place.range.start.line == line_of(name, "stops here")
    assert left(mark) == []


def test_two_at_once(forkless: Worker) -> None:
    parts: list[Facts] = []
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(lambda name: forkless.trace(request(name), parts.append), ["fine", "keeps_threads"])
        )
    assert [(facts.exported, facts.failures) for facts in found] == [(True, ()), (True, ())]
    assert len(parts) >= 4


def test_what_a_trace_started_ends_with_it(forkless: Worker, mark: str) -> None:
    assert forkless.trace(request("keeps_processes")).exported is True
    assert left(mark) == []


def test_lies_on_the_pipe_to_the_host_are_noise(forkless: Worker) -> None:
    facts = forkless.trace(request("writes_to_every_file"))
    assert (facts.exported, facts.failures) == (True, ())


def test_cancelling(forkless: Worker, mark: str) -> None:
    cancellation = Cancellation()
    with pytest.raises(TraceCancelledError):
        forkless.trace(request("endless_forward"), lambda part: cancellation.cancel(), cancellation)
    assert left(mark) == []


def test_the_variable_forces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Interpreter("python").forks
    monkeypatch.setenv("FULLGRAPH_NO_FORK", "1")
    assert not Interpreter("python").forks
    assert Interpreter("python", fork=True).forks
