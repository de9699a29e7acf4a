"""The small pieces of the background work by themselves: queues, statuses, delayed calls."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from fullgraph.workers import Cancellation
from fullgraph_server.background.debouncer import Debouncer
from fullgraph_server.background.work_queue import Queues, Run, Status
from fullgraph_server.session.session import Folder

FOLDER = Folder("file:///w", "/w")


def running(queues: Queues, file: str, *loaded: str, verifies: bool = False) -> Run:
    run = Run(file, Cancellation(), frozenset({file, *loaded}), verifies=verifies)
    queues.add(FOLDER).run = run
    return run


def test_the_visible_module_goes_first_then_the_one_that_waits_the_longest() -> None:
    queue = Queues().add(FOLDER)
    queue.waiting.update(dict.fromkeys(["/w/a.py", "/w/b.py", "/w/c.py"]))
    assert [queue.take("/w/c.py"), queue.take("/w/c.py"), queue.take(None)] == [
        "/w/c.py",
        "/w/a.py",
        "/w/b.py",
    ]
    assert queue.take(None) is None


def test_an_edit_ends_the_run_that_loaded_the_file_which_is_traced_again() -> None:
    queues = Queues()
    run = running(queues, "/w/model.py", "/w/layers.py")
    queues.end_stale("/w/other.py")
    assert not run.cancellation.cancelled
    queues.end_stale("/w/layers.py")
    assert (run.cancellation.cancelled, run.stale) == (True, True)
    assert list(queues.add(FOLDER).waiting) == ["/w/model.py"]


def test_fixes_that_an_edit_makes_stale_are_not_traced_for() -> None:
    queues = Queues()
    run = running(queues, "/w/model.py", "/w/layers.py", verifies=True)
    queues.end_stale("/w/layers.py")
    assert run.cancellation.cancelled
    assert not queues.add(FOLDER).waiting


def test_a_target_is_checked_until_nothing_more_is_to_come_of_it() -> None:
    queues = Queues()
    run = running(queues, "/w/model.py")
    queue = queues.add(FOLDER)
    assert queue.is_checking("/w/model.py", "model:A()")
    run.done = frozenset({"model:A()"})
    assert not queue.is_checking("/w/model.py", "model:A()")
    assert queue.is_checking("/w/model.py", "model:B()")
    queue.waiting["/w/model.py"] = None
    assert queue.is_checking("/w/model.py", "model:A()")


def test_a_folder_that_is_cancelled_keeps_its_status_until_another_is_published() -> None:
    queues = Queues()
    assert queues.status_of(FOLDER) == Status("idle")
    run = running(queues, "/w/model.py")
    queue = queues.add(FOLDER)
    queue.status = Status("checking", "model:A()", 0, 1)
    queue.waiting["/w/b.py"] = None
    queues.cancel(FOLDER)
    assert (run.cancellation.cancelled, dict(queue.waiting)) == (True, {})
    assert queues.status_of(FOLDER) == Status("checking", "model:A()", 0, 1)


@pytest.mark.asyncio
async def test_what_is_asked_for_again_within_the_delay_is_done_once() -> None:
    done: list[int] = []
    over = asyncio.Event()
    timers = Debouncer()

    def finish(number: int) -> None:
        done.append(number)
        over.set()

    for number in range(5):
        timers.call_later("a", 0.001, partial(finish, number))
    timers.call_later("b", 0.001, partial(finish, -1))
    assert "a" in timers
    timers.cancel("b")
    await over.wait()
    assert done == [4]
    assert "a" not in timers
    assert "b" not in timers
