"""Steps aside: what they give, how they die, and that both ways give the same."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fullgraph.model import Raised, Step, Stopped
from fullgraph.tracing.isolation.channel import Channel
from fullgraph.tracing.isolation.dumps import DumpFiles
from fullgraph.tracing.isolation.steps_aside import Died, Forked, InPlace, Isolation

from tests.workers.asking import LONGEST, request

THIS = request(Path(__file__).stem, folder=Path(__file__).parent)


@pytest.fixture
def announced() -> list[Step]:
    return []


@pytest.fixture
def forked() -> Iterator[Forked]:
    reading, writing = os.pipe()
    dumps = DumpFiles()
    isolation = Forked(THIS, Channel(writing, b"token"), dumps)
    yield isolation
    for fd in (reading, writing):
        os.close(fd)
    dumps.close()
    for step in isolation._running:  # every step was reaped
        with pytest.raises(ChildProcessError):
            os.waitpid(step.pid, os.WNOHANG)


@pytest.fixture(params=["forked", "in place"])
def isolation(request: pytest.FixtureRequest, announced: list[Step]) -> Isolation:
    if request.param == "forked":
        forked: Isolation = request.getfixturevalue("forked")
        return forked
    return InPlace(announced.append, lambda: announced.append("export"))


def test_the_result(isolation: Isolation) -> None:
    step = isolation.start("eager", lambda: {"large": "x" * 1_000_000})
    assert step.wait() == {"large": "x" * 1_000_000}
    assert step.wait() == {"large": "x" * 1_000_000}


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt("ours"), SystemExit(3)])
def test_an_error_of_ours_is_told(isolation: Isolation, error: BaseException) -> None:
    def work() -> None:
        raise error

    died = isolation.start("eager", work).wait()
    assert isinstance(died, Died)
    assert isinstance(died.failure, Raised)
    assert (died.failure.step, died.failure.exception) == ("eager", type(error).__name__)
    assert "in work\n    raise error" in died.failure.message


def test_a_fork_changes_nothing_here(forked: Forked) -> None:
    here: list[int] = []
    assert forked.start("eager", lambda: here.append(1)).wait() is None
    assert here == []


def test_what_does_not_pickle_is_told(forked: Forked) -> None:
    died = forked.start("eager", lambda: lambda: None).wait()
    assert isinstance(died, Died)
    assert isinstance(died.failure, Raised)
    assert "pickle" in died.failure.message


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(5)


@pytest.mark.parametrize(("work", "reason", "detail"), [(crash, "signal", "SIGSEGV"), (leave, "exit", "5")])
def test_a_death(forked: Forked, work: Callable[[], None], reason: str, detail: str) -> None:
    died = forked.start("eager", work).wait()
    assert isinstance(died, Died)
    assert isinstance(died.failure, Stopped)
    assert (died.failure.step, died.failure.reason, died.failure.detail) == ("eager", reason, detail)
    assert died.failure.frame is not None
    assert died.failure.frame.place.range.start.line == work.__code__.co_firstlineno


def test_a_death_with_the_pipe_held_open(forked: Forked) -> None:
    reading, writing = os.pipe()

    def work() -> None:
        if os.fork() == 0:
            os.close(writing)
            os.read(reading, 1)  # until the test is over
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)

    died = forked.start("eager", work).wait()
    os.close(writing)
    os.close(reading)
    assert isinstance(died, Died)
    assert isinstance(died.failure, Stopped)
    assert died.failure.detail == "SIGKILL"


def test_a_step_that_ended_is_found_among_others(forked: Forked) -> None:
    slow = forked.start("eager", lambda: time.sleep(1000))
    large = forked.start("breaks", lambda: "x" * 1_000_000)
    assert forked.wait_any([slow, large]) is large
    slow.cancel()
    assert isinstance(slow.wait(), Died)
    slow.cancel()


def test_in_place_nothing_runs_before_it_is_asked_for(announced: list[Step]) -> None:
    ran: list[Step] = []
    isolation = InPlace(announced.append, lambda: announced.append("export"))
    first = isolation.start("eager", lambda: ran.append("eager"))
    second = isolation.start("breaks", lambda: ran.append("breaks"))
    first.cancel()
    assert ran == []
    assert isolation.wait_any([second]) is second
    assert (ran, announced) == (["breaks"], ["breaks", "export"])


def test_a_fork_does_not_flush_what_is_not_its_own(tmp_path: Path, forked: Forked) -> None:
    with (tmp_path / "printed").open("w") as file:
        file.write("once")
        forked.start("eager", lambda: print("aside", file=sys.stderr)).wait()
    assert (tmp_path / "printed").read_text() == "once"


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_whether_a_step_lasts(tmp_path: Path, forked: Forked) -> None:
    go = tmp_path / "go"
    step = forked.start("eager", lambda: until(go.exists))
    assert forked.lasts(step, 0.1)
    go.touch()
    assert step.wait() is None
    assert not forked.lasts(step, 0.1)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the state of a process is in /proc")
def test_a_step_that_is_held_stands_still_until_it_is_waited_for(tmp_path: Path, forked: Forked) -> None:
    go = tmp_path / "go"
    step = forked.start("eager", lambda: until(go.exists))
    forked.hold(step)
    (running,) = forked._running
    until(lambda: Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    go.touch()
    assert step.wait() is None


def test_a_step_that_is_held_can_be_cancelled(tmp_path: Path, forked: Forked) -> None:
    step = forked.start("eager", lambda: until((tmp_path / "never").exists))
    forked.hold(step)
    step.cancel()
    assert isinstance(step.wait(), Died)
