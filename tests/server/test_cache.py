"""What is remembered, and for how long."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.checker import Options, Outcome, Task, plan_for
from fullgraph.model import Facts, Stopped
from fullgraph_server.cache import Cache
from raw import RawClient
from serving import FINE, MODEL


@pytest.fixture
def task(tmp_path: Path) -> Task:
    file = tmp_path / "project" / "chooser.py"
    file.parent.mkdir()
    file.write_text(MODEL)
    return plan_for(Options((str(file),))).tasks[0]


def outcome(task: Task, number: float = 1.0) -> Callable[[], Outcome]:
    return lambda: Outcome(Facts(True, loaded=(task.request.target.file,), seconds=number), "3", "2")


def test_what_is_kept_is_known_to_another_server_too(task: Task, tmp_path: Path) -> None:
    made = Cache(tmp_path / "cache").outcome(task, outcome(task))
    assert Cache(tmp_path / "cache").known(task) == made
    assert Cache(tmp_path / "cache").outcome(task, outcome(task, 2.0)) == made


def test_another_text_is_not_known(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, outcome(task))
    unsaved = replace(task.request, overlays={task.request.target.file: FINE})
    assert cache.known(replace(task, request=unsaved)) is None
    Path(task.request.target.file).write_text(FINE)
    assert cache.known(task) is None


def test_other_settings_or_another_interpreter_are_not_known(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, outcome(task))
    assert cache.known(replace(task, request=replace(task.request, breaks=True))) is None
    assert cache.known(replace(task, interpreter=replace(task.interpreter, python="/bin/true"))) is None


def test_what_was_stopped_is_not_kept(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, lambda: Outcome(Facts(failures=(Stopped("load", "timeout", "1"),)), "3", "2"))
    assert cache.known(task) is None


def test_half_a_file_is_as_if_there_were_none(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, outcome(task))
    (entry,) = (tmp_path / "cache").glob("*.z")
    entry.write_bytes(entry.read_bytes()[:20])
    assert cache.known(task) is None


def test_a_folder_that_cannot_be_written_is_no_matter(task: Task, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = Cache(tmp_path / "file" / "cache").outcome(task, outcome(task))
    assert made.facts.exported


def test_it_is_bounded_and_lets_go_of_the_oldest(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", most_bytes=0)
    (tmp_path / "cache").mkdir()
    old = tmp_path / "cache" / "old.z"
    old.write_bytes(b"x" * 100)
    os.utime(old, (1, 1))
    cache.outcome(task, outcome(task))
    assert not old.exists()


def test_it_can_be_cleared(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, outcome(task))
    cache.clear()
    assert cache.known(task) is None


@pytest.mark.slow
def test_a_folder_that_is_opened_again_shows_everything_without_a_trace(tmp_path: Path) -> None:
    file = tmp_path / "chooser.py"
    file.write_text(MODEL)
    first = RawClient()
    first.initialize(tmp_path)
    first.open(file.as_uri(), MODEL)
    found = first.diagnostics(file.as_uri(), lambda all_: [each["severity"] for each in all_] == [1])
    first.wait(lambda m: m.get("method") == "fullgraph/status" and m["params"]["problems"] == 1)
    first.end()
    second = RawClient()
    second.initialize(tmp_path)
    again = second.diagnostics(file.as_uri(), lambda all_: any(each["severity"] == 1 for each in all_))
    assert [each["range"] for each in again] == [each["range"] for each in found]
    states = [m["params"]["state"] for m in second.seen if m.get("method") == "fullgraph/status"]
    assert set(states) == {"idle"}
    second.end()
    file.write_text(FINE)
    third = RawClient()
    third.initialize(tmp_path)
    answer = third.wait(lambda m: m.get("method") == "fullgraph/targetsChanged")
    assert answer["params"]["uri"] == file.as_uri()
    targets = third.request("fullgraph/targets", {})["result"]
    assert [each["status"] for each in targets] == ["unknown"]
    third.end()
