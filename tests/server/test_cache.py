"""What is remembered, and for how long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import Task, plan_for
from fullgraph.check.run import Outcome
from fullgraph.model import Edit, Facts, Finding, Fix, Place, Position, Range, Runtime, Stopped, Verdict
from fullgraph_server.background.cache import Cache, FoundFixes

from tests.server.raw import RawClient
from tests.server.serving import FINE, LEAVES, LONGEST, MODEL


@pytest.fixture
def task(tmp_path: Path) -> Task:
    file = tmp_path / "project" / "chooser.py"
    file.parent.mkdir()
    file.write_text(MODEL)
    return plan_for(Options((str(file),))).tasks[0]


def outcome(task: Task, number: float = 1.0) -> Callable[[], Outcome]:
    return lambda: Outcome(Facts(True, loaded=(task.request.target.file,), seconds=number), Runtime("3", "2"))


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
    cache.outcome(task, outcome(task, 3.0))
    Path(task.request.target.file).write_text(MODEL)  # an edit that is taken back
    known = cache.known(task)
    assert known is not None
    assert known.facts.seconds == 1.0


def test_other_settings_or_another_interpreter_are_not_known(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(task, outcome(task))
    assert cache.known(replace(task, request=replace(task.request, breaks=True))) is None
    assert cache.known(replace(task, interpreter=replace(task.interpreter, python="/bin/true"))) is None


def test_what_was_stopped_is_not_kept(task: Task, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.outcome(
        task, lambda: Outcome(Facts(failures=(Stopped("load", "timeout", "1"),)), Runtime("3", "2"))
    )
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


# -- fixes -------------------------------------------------------------------------------------------


def mends(task: Task, *, edits: str | None = None) -> FoundFixes:
    place = Place(edits or task.request.target.file, Range(Position(0, 0), Position(0, 1)))
    fix = Fix("Rewrite", (Edit(place, "x"),), Verdict("verified", "equal on 6 inputs"), preferred=True)
    own = Place(task.request.target.file, Range(Position(1, 0), Position(1, 1)))
    finding = Finding("data-dependent-branch", "error", "message", own, task.request.target.name)
    return ((finding, (fix,)), (replace(finding, message="other"), ()))


def test_fixes_are_known_to_another_server_too_while_the_texts_are_the_same(
    task: Task, tmp_path: Path
) -> None:
    other = tmp_path / "project" / "pyproject.toml"
    other.write_text("[tool.fullgraph]\n")
    facts, found = outcome(task)().facts, mends(task, edits=str(other))
    Cache(tmp_path / "cache").keep_fixes(task, facts, found, time.time() + 1)
    assert Cache(tmp_path / "cache").known_fixes(task) == found
    assert Cache(tmp_path / "cache").known(task) is None
    other.write_text("# a line more\n[tool.fullgraph]\n")
    assert Cache(tmp_path / "cache").known_fixes(task) is None


def test_nothing_is_kept_of_a_file_that_was_written_meanwhile(task: Task, tmp_path: Path) -> None:
    cache, file = Cache(tmp_path / "cache"), Path(task.request.target.file)

    def trace() -> Outcome:
        file.write_text(FINE)  # nobody knows whether it was loaded before or after
        os.utime(file, (time.time() + 1, time.time() + 1))
        return outcome(task)()

    cache.outcome(task, trace)
    assert cache.known(task) is None
    unsaved = replace(task, request=replace(task.request, overlays={str(file): MODEL}))
    cache.outcome(unsaved, trace)  # that file's text was sent along
    assert cache.known(unsaved) is not None


HAMMER = """
import sys
from pathlib import Path
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import Outcome
from fullgraph.model import Facts, Runtime
from fullgraph_server.background.cache import Cache
task = plan_for(Options((sys.argv[1],))).tasks[0]
cache = Cache(Path(sys.argv[2]), most_bytes=400)
for number in range(200):
    cache._keep(task, Outcome(Facts(True, loaded=(sys.argv[1],), seconds=number), Runtime("3", "2")), 1e12)
    known = cache.known(task)
    assert known is None or (known.facts.exported and known.runtime.python == "3"), known
    if number % 20 == 0:
        cache.clear()
"""


def test_two_servers_at_once_never_see_half_an_entry(task: Task, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", HAMMER, task.request.target.file, str(tmp_path / "cache")]
    servers = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [server.communicate()[1] for server in servers] == ["", ""]
    assert [server.returncode for server in servers] == [0, 0]
    assert not list((tmp_path / "cache").glob(".*.part"))


@pytest.mark.slow
def test_fixes_are_there_again_without_a_trace(tmp_path: Path) -> None:
    file = tmp_path / "observer.py"
    file.write_text(LEAVES)

    def verified(client: RawClient) -> list[str]:
        found = client.request("fullgraph/targets", {"uri": file.as_uri()})["result"]
        fixes = [fix for target in found for finding in target["findings"] for fix in finding["fixes"]]
        return [fix["title"] for fix in fixes if fix["verdict"] == "verified"]

    first = RawClient()
    first.initialize(tmp_path)
    first.open(file.as_uri(), LEAVES)
    deadline = time.monotonic() + LONGEST
    while not (found := verified(first)) and time.monotonic() < deadline:
        time.sleep(0.1)
    first.settled()
    assert first.end() == 0
    assert found
    second = RawClient({"PATH": "/nowhere"})
    second.initialize(tmp_path, settings={"interpreter": sys.executable})
    second.wait(lambda m: m.get("method") == "fullgraph/targetsChanged")
    assert verified(second) == found
    second.open(file.as_uri(), LEAVES)  # to open it brings no worker up either
    again = second.diagnostics(file.as_uri(), lambda all_: any(d["severity"] == 1 for d in all_))
    asked = {
        "textDocument": {"uri": file.as_uri()},
        "range": again[0]["range"],
        "context": {"diagnostics": []},
    }
    actions = second.request("textDocument/codeAction", asked)["result"]
    assert [a["title"] for a in actions if a.get("isPreferred")] == [f"{found[0]} (verified)"]
    whole = {"uri": file.as_uri()}
    while any(each["status"] == "checking" for each in second.request("fullgraph/targets", whole)["result"]):
        time.sleep(0.1)
    assert second.children() == []
    second.end()
