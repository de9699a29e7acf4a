"""Hostile modules: each ends as it must, leaves nothing behind, and the next trace is right."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fullgraph.model import DataDependent, Raised, Stopped
from fullgraph.workers import Worker

from tests.workers.asking import HOSTILE, line_of, request, running, stopped, zombies

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class End:
    """How a trace is stopped. The place is the line with the comment `# stops here`, where there is one.

    `seconds` are those of a Watch: what comes before the place takes a tenth of them, on any machine.
    """

    step: str
    reason: str
    detail: str
    seconds: float = 60
    memory: int | None = None


STOPPED = {
    "endless_forward": End("export", "timeout", "2", seconds=2),
    "endless_once_eager": End("eager", "timeout", "2", seconds=2),
    "endless_import": End("load", "timeout", "1", seconds=1),
    "endless_in_c": End("load", "timeout", "1", seconds=1),
    "leaves_by_os_exit": End("export", "exit", "7"),
    "leaves_as_if_all_were_well": End("load", "exit", "0"),
    "segfaults": End("export", "signal", "SIGSEGV"),
    "segfaults_in_export": End("export", "signal", "SIGSEGV"),
    "segfaults_once_eager": End("eager", "signal", "SIGSEGV"),
    "keeps_processes_and_crashes": End("load", "signal", "SIGKILL"),
    "hoards_in_children": End("load", "memory", str(700 << 20), memory=700 << 20),
    "closes_everything_there_is": End("load", "exit", "74"),
}

HARMLESS = [
    "closes_everything",
    "keeps_processes",
    "keeps_threads",
    "prints_a_gigabyte",
    "reads_stdin",
    "writes_to_every_file",
]


@pytest.fixture(autouse=True)
def nothing_left(worker: Worker, mark: str) -> Iterator[None]:
    before = running(mark)
    yield
    assert running(mark) == before
    assert zombies() == []
    assert worker.trace(request("fine")).exported is True


@pytest.mark.parametrize("name", STOPPED)
def test_is_stopped(worker: Worker, name: str) -> None:
    end = STOPPED[name]
    facts = worker.trace(request(name, end.seconds, end.memory))
    [found] = stopped(facts)
    assert (found.step, found.reason, found.detail) == (end.step, end.reason, end.detail)
    assert facts.exported in (None, False)
    if "# stops here" in (HOSTILE / f"{name}.py").read_text():
        assert found.frame is not None
        assert found.frame.place.file == str(HOSTILE / f"{name}.py")
        assert found.frame.place.range.start.line == line_of(name, "stops here")


@pytest.mark.parametrize("name", HARMLESS)
def test_is_none_of_our_business(worker: Worker, name: str) -> None:
    facts = worker.trace(request(name))
    assert (facts.exported, facts.failures) == (True, ())


def test_memory_ends_the_trace_or_the_allocation(worker: Worker) -> None:
    facts = worker.trace(request("hoards", memory=600 << 20))
    assert facts.exported is None
    # Whichever comes first, the limit or the allocator's own refusal, and in each process that allocates.
    endings = [failure for failure in facts.failures if isinstance(failure, Stopped)]
    assert {ending.reason for ending in endings} == {"memory"}
    lines = {ending.frame.place.range.start.line for ending in endings if ending.frame is not None}
    assert line_of("hoards", "allocates here") in lines


def test_what_failed_before_the_limit_is_known(worker: Worker) -> None:
    facts = worker.trace(request("endless_after_a_branch", seconds=2))
    assert [found.reason for found in stopped(facts)] == ["timeout"]
    [branch] = [each for each in facts.failures if isinstance(each, DataDependent)]
    assert branch.frame is not None
    assert branch.frame.place.range.start.line == line_of("endless_after_a_branch", "fails here")
    assert facts.preliminary == ()


def test_memory_is_not_limited_where_none_is_given(worker: Worker) -> None:
    facts = worker.trace(request("hoards_in_children", seconds=1))
    assert [found.reason for found in stopped(facts)] == ["timeout"]


def test_sys_exit_is_an_exception(worker: Worker) -> None:
    [failure] = worker.trace(request("leaves_by_sys_exit")).failures
    assert isinstance(failure, Raised)
    assert (failure.step, failure.exception) == ("load", "SystemExit")
    assert failure.frame is not None
    assert failure.frame.place.range.start.line == line_of("leaves_by_sys_exit", "raises here")


def test_a_patched_torch_stays_with_its_trace(worker: Worker) -> None:
    assert worker.trace(request("patches_torch")).exported is False


def test_the_end_of_the_output_is_kept(worker: Worker) -> None:
    [found] = stopped(worker.trace(request("last_words")))
    assert found.output.endswith("x" * 100 + "these are my last words\n")
    assert len(found.output) <= 2048


def test_user_code_finds_the_world_as_its_own_run_would(worker: Worker) -> None:
    [failure] = worker.trace(request("observes")).failures
    assert isinstance(failure, Raised)
    assert ast.literal_eval(failure.message) == {
        "argv": [],
        "cuda": "",
        "cwd": str(HOSTILE),
        "modules": [],
        "path": [],
        "threads": (1, "1"),
    }


def test_the_limit_is_held_while_others_flood_the_parent(worker: Worker) -> None:
    begun = time.monotonic()
    facts = worker.trace(request("floods_for_ever", seconds=1))
    assert [found.reason for found in stopped(facts)] == ["timeout"]
    assert facts.seconds <= time.monotonic() - begun
