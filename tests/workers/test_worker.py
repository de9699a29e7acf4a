"""A worker from the caller's side: parts, many at once, cancelling, closing, and the end of the host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fullgraph.model import Facts
from fullgraph.workers import Cancellation, TraceCancelledError, Worker, WorkerLostError, default_memory

from tests.workers.asking import LONGEST, MARK, request, running, started, stopped

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def until(true: Callable[[], bool], seconds: float = LONGEST) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def test_it_knows_its_versions(worker: Worker) -> None:
    assert worker.runtime.python == ".".join(map(str, sys.version_info[:3]))
    assert worker.runtime.torch.startswith("2.")


def test_the_parts_make_the_whole(worker: Worker) -> None:
    parts: list[Facts] = []
    facts = worker.trace(request("fine"), parts.append)
    assert facts.steps == ("load", "export", "eager")
    assert len(parts) >= 2
    whole = Facts()
    for part in parts:
        whole = whole.merged(part)
    assert facts == whole


def test_many_at_once(worker: Worker) -> None:
    names = ["fine", "leaves_by_os_exit", "fine", "segfaults", "keeps_processes", "fine"]
    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(lambda name: worker.trace(request(name)), names))
    said = [facts.exported if not stopped(facts) else stopped(facts)[0].detail for facts in found]
    assert said == [True, "7", True, "SIGSEGV", True, True]


def test_cancelling_ends_the_trace_and_nothing_else(worker: Worker, mark: str) -> None:
    cancellation = Cancellation()
    before = running(mark).keys()
    with ThreadPoolExecutor(2) as pool:
        endless = pool.submit(worker.trace, request("endless_import"), cancellation=cancellation)
        assert until(lambda: len(running(mark)) > len(before))
        other = pool.submit(worker.trace, request("fine"))
        cancellation.cancel()
        with pytest.raises(TraceCancelledError):
            endless.result(timeout=LONGEST)
        assert other.result(timeout=LONGEST).exported is True
    assert running(mark).keys() == before


def test_what_was_cancelled_before_never_runs(worker: Worker) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    assert cancellation.cancelled
    with pytest.raises(TraceCancelledError):
        worker.trace(request("endless_import"), cancellation=cancellation)


def test_a_caller_that_raises_ends_its_trace(worker: Worker, mark: str) -> None:
    def complain(part: Facts) -> None:
        raise KeyboardInterrupt

    before = running(mark).keys()
    with pytest.raises(KeyboardInterrupt):
        worker.trace(request("endless_forward"), complain)
    assert until(lambda: running(mark).keys() == before), running(mark)
    assert worker.trace(request("fine")).exported is True


@pytest.mark.parametrize("fork", [True, False])
def test_closing_ends_what_runs(mark: str, fork: bool) -> None:
    others = running(mark).keys()
    with started(fork=fork) as worker, ThreadPoolExecutor(1) as pool:
        hearing = threading.Event()
        endless = pool.submit(worker.trace, request("endless_forward"), lambda part: hearing.set())
        assert hearing.wait(LONGEST)
        worker.close()
        with pytest.raises(TraceCancelledError):
            endless.result(timeout=LONGEST)
        with pytest.raises(TraceCancelledError):
            worker.trace(request("fine"))
    assert running(mark).keys() == others


def test_a_worker_that_died_is_started_again_but_not_for_ever(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullgraph.workers.provisioning._MOST_DEATHS", 1)  # each costs a start
    with started(fork=True) as worker:
        names = ("kills_its_parent", "fine", "kills_its_parent", "kills_its_parent")
        found = [stopped(worker.trace(request(name))) for name in names]
        assert [[end.detail for end in ends] for ends in found] == [["SIGKILL"], [], ["SIGKILL"], ["SIGKILL"]]
        with pytest.raises(WorkerLostError) as raised:
            worker.trace(request("fine"))
        assert raised.value.failure.reason == "keeps-crashing"


VICTIM = """
import pathlib, time, torch
begun = pathlib.Path(__file__).with_suffix(".begun")
if not begun.exists():
    begun.touch()
    time.sleep(1000)
class M(torch.nn.Module):
    def forward(self, x):
        return x + 1
"""
KILLER = """
import os, pathlib, signal, time
while not pathlib.Path(__file__).with_name("victim.begun").exists():
    time.sleep(0.01)
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(1000)
"""


def test_who_ran_beside_a_killer_of_its_parent_is_traced_again_alone(tmp_path: Path) -> None:
    (tmp_path / "victim.py").write_text(VICTIM)
    (tmp_path / "killer.py").write_text(KILLER)
    with started(fork=True) as worker, ThreadPoolExecutor() as pool:
        found = [pool.submit(worker.trace, request(each, folder=tmp_path)) for each in ("victim", "killer")]
        victim, killer = (each.result(timeout=LONGEST) for each in found)
    assert victim.exported
    assert not stopped(victim)
    assert [each.detail for each in stopped(killer)] == ["SIGKILL"]


@pytest.mark.parametrize("fork", [True, False])
def test_nothing_outlives_a_host_that_was_killed(tmp_path: Path, fork: bool) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.workers.asking import request, started
worker = started(fork={fork})
print("warm", flush=True)
worker.trace(request("keeps_processes_and_stays"))
"""
    mark = f"killed-{tmp_path}"
    host = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, MARK: mark, "TMPDIR": str(tmp_path)},
    )
    assert host.stdout is not None
    assert host.stdout.readline() == b"warm\n"
    assert until(lambda: sum(what.startswith("sleep") for what in running(mark).values()) == 3), running(mark)
    host.send_signal(signal.SIGKILL)
    host.communicate()
    assert until(lambda: not running(mark)), running(mark)
    assert list(tmp_path.glob("*.dump")) == []


def test_half_the_memory() -> None:
    memory = default_memory()
    assert memory is not None
    assert 64 << 20 < memory < 1 << 50
