"""What a Watch counts: the same on a busy machine as on a quiet one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from fullgraph.tracing.isolation import processes
from fullgraph.tracing.isolation.processes import Process
from fullgraph.tracing.isolation.watch import MOST_ON_THE_CLOCK, Watch


def process(pid: int, used: float, *, parent: int = 1, can_run: bool = True) -> Process:
    return Process(pid, parent=parent, group=1, resident=1 << 20, used=used, can_run=can_run)


def test_who_computes_alone_has_what_the_clock_says() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 2.0)], 102.0)
    watch.take([process(1, 5.0)], 105.0)
    assert watch.spent == 5.0


def test_waiting_for_a_processor_does_not_count() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.5)], 110.0)
    watch.take([process(1, 0.75)], 120.0)
    assert watch.spent == 0.75


def test_sleeping_counts() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.0, can_run=False), process(2, 0.0, can_run=False)], 110.0)
    assert watch.spent == 10.0


def test_of_several_at_the_same_time_the_busiest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.0, can_run=False), process(2, 4.0), process(3, 1.0)], 110.0)
    assert watch.spent == 4.0


def test_those_that_take_all_processors_from_each_other_have_what_the_clock_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    watch = Watch(1, now=100.0)
    watch.take([process(pid, 0.5) for pid in range(40)], 110.0)
    assert watch.spent == 10.0


def test_never_more_than_the_clock_says() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 64.0)], 101.0)  # with many threads
    assert watch.spent == 1.0


def test_children_that_came_and_went_count() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.0, can_run=False), process(2, 0.5)], 101.0)
    watch.take([process(1, 8.0, can_run=False), process(11, 0.25)], 111.0)
    assert watch.spent == 0.5 + 7.5


def test_a_child_that_was_waited_for_counts_once() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.0, can_run=False), process(2, 4.0)], 110.0)
    watch.take([process(1, 4.25)], 120.0)
    assert watch.spent == 4.25


def test_a_grandchild_that_was_waited_for_counts_once() -> None:
    watch = Watch(1, now=100.0)
    asleep = [process(1, 0.0, can_run=False), process(2, 0.0, can_run=False)]
    watch.take([*asleep, process(3, 4.0, parent=2)], 110.0)
    watch.take([process(1, 4.25)], 120.0)
    assert watch.spent == 4.25


def test_a_child_whose_time_was_lost_takes_none_away() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 1.0), process(2, 4.0)], 110.0)
    watch.take([process(1, 2.0)], 120.0)
    watch.take([process(1, 3.0)], 130.0)
    assert watch.spent == 4.0 + 1.0


def test_a_trace_runs_for_its_limit() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 4.75)], 105.0)
    assert not watch.ran_for(5.0)
    watch.take([process(1, 5.0)], 106.0)
    assert watch.ran_for(5.0)


def test_on_the_clock_a_trace_runs_for_some_times_its_limit() -> None:
    watch = Watch(1, now=100.0)
    watch.take([process(1, 0.5)], 100.0 + 5.0 * MOST_ON_THE_CLOCK - 1.0)
    assert not watch.ran_for(5.0)
    watch.take([process(1, 0.5)], 100.0 + 5.0 * MOST_ON_THE_CLOCK)
    assert watch.spent == 0.5
    assert watch.ran_for(5.0)


def test_without_proc_the_clock_counts() -> None:
    watch = Watch(1, now=100.0)
    watch.take([], 101.0)
    assert watch.spent == 1.0


@pytest.fixture
def endless() -> Iterator[int]:
    pid = os.fork()
    while pid == 0:
        pass
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.skipif(not processes.table(), reason="the system has no /proc")
def test_a_process_that_computes(endless: int) -> None:
    watch, begun = Watch(endless), time.monotonic()
    while watch.spent < 0.3:
        watch.look()
    used = processes.table()[endless].used
    assert watch.spent <= time.monotonic() - begun
    assert used >= 0.1


@pytest.mark.skipif(not processes.table(), reason="the system has no /proc")
def test_a_process_has_used_what_its_children_did() -> None:
    before = processes.table()[os.getpid()].used
    own = time.process_time()
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.3:
            pass
        os._exit(0)
    os.waitpid(child, 0)
    own = time.process_time() - own
    assert processes.table()[os.getpid()].used - before > own + 0.2
