"""Work in the background: how it is shown, stopped, given up, and how modest it is."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fullgraph.model import StartFailure
from fullgraph.workers.pool import Workers
from fullgraph_server.background import worker_restarts
from fullgraph_server.background.cache import Cache
from fullgraph_server.background.schedule import Schedule
from fullgraph_server.background.work_queue import Status
from fullgraph_server.lsp.settings import Settings
from fullgraph_server.session.documents import Document
from fullgraph_server.session.results import Outline, Traced
from fullgraph_server.session.session import Folder, Session

from tests.server.raw import LONGEST, RawClient
from tests.server.serving import FINE, MODEL

pytestmark = pytest.mark.slow

ENDLESS = MODEL.replace("        y = self", "        while True: pass\n        y = self")


def test_progress_is_shown_and_its_button_ends_the_trace(tmp_path: Path) -> None:
    client = RawClient()
    client.initialize(tmp_path, {"window": {"workDoneProgress": True}})
    uri = (tmp_path / "endless.py").as_uri()
    client.open(uri, ENDLESS)
    create = client.later("window/workDoneProgress/create")
    client.reply(create)
    begin = client.later("$/progress", lambda p: p["value"]["kind"] == "begin")["params"]
    assert (begin["value"]["title"], begin["value"]["cancellable"]) == ("Fullgraph", True)
    client.later("$/progress", lambda p: p["value"].get("message") == "endless:Chooser()")
    client.notify("window/workDoneProgress/cancel", {"token": begin["token"]})
    end = client.later("$/progress", lambda p: p["value"]["kind"] == "end")["params"]
    assert end["token"] == begin["token"] == create["params"]["token"]
    assert client.seen[-1].get("method") == "$/progress" or client.request("fullgraph/targets", {})
    assert client.request("fullgraph/targets", {"uri": uri})["result"][0]["status"] == "unknown"
    client.notify("window/workDoneProgress/cancel", {"token": "unheard of"})
    # The same server goes on: what ended was a trace, not the worker.
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": MODEL}]}
    client.notify("textDocument/didChange", change)
    client.diagnostics(uri, lambda found: [each["severity"] for each in found] == [1])
    assert client.end() == 0


def test_a_client_that_wants_no_progress_gets_none(tmp_path: Path) -> None:
    client = RawClient()
    client.initialize(tmp_path, {"window": {"workDoneProgress": True}})
    uri = (tmp_path / "endless.py").as_uri()
    client.open(uri, ENDLESS)
    create = client.later("window/workDoneProgress/create")
    refusal = b'{"jsonrpc": "2.0", "id": "%b", "error": {"code": -32603, "message": "no"}}'
    client.send_bytes(refusal % str(create["id"]).encode())
    client.request("fullgraph/targets", {})
    assert not [m for m in client.seen if m.get("method") == "$/progress"]
    assert client.end() == 0


def test_what_goes_on_is_told_to_who_asks_for_it(tmp_path: Path) -> None:
    client = RawClient()
    client.initialize(tmp_path, trace="off")
    uri = (tmp_path / "fine.py").as_uri()
    client.open(uri, FINE)
    client.settled()
    assert not [m for m in client.seen if m.get("method") == "$/logTrace"]
    client.notify("$/setTrace", {"value": "verbose"})
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.later("$/logTrace", lambda p: p["message"].startswith("traced: "))
    client.notify("$/setTrace", {"value": "off"})
    client.request("fullgraph/targets", {})  # what was sent before has arrived with its answer
    since = len(client.seen)
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.settled(since=since)
    assert not [m for m in client.seen[since:] if m.get("method") == "$/logTrace"]
    client.notify("$/setTrace", {"value": "loud"})
    assert client.request("fullgraph/targets", {})["result"]
    assert client.end() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="priorities are looked for in /proc")
def test_workers_let_the_users_own_programs_go_first(tmp_path: Path) -> None:
    client = RawClient()
    client.initialize(tmp_path)
    client.open((tmp_path / "fine.py").as_uri(), FINE)
    client.settled()
    workers = client.children()
    assert workers
    assert {_nice(worker) for worker in workers} == {min(_nice(client.process.pid) + 10, 19)}
    assert client.end() == 0


def _nice(process: object) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[16])


# -- a worker that dies ------------------------------------------------------------------------------


class Heard:
    """What the schedule tells of one folder."""

    def __init__(self) -> None:
        self.statuses: list[Status] = []
        self.reasons: list[StartFailure] = []
        self.whole: list[Traced] = []

    def outlined(self, outline: Outline) -> None:
        pass

    def traced(self, traced: Traced) -> None:
        if traced.done:
            self.whole.append(traced)

    def modelled(self) -> None:
        pass

    def status(self, folder: Folder, status: Status) -> None:
        self.statuses.append(status)

    def cannot_start(self, folder: Folder, failure: StartFailure) -> None:
        self.reasons.append(failure)


async def _until(what: Any) -> None:
    deadline = time.monotonic() + LONGEST
    while not what() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    assert what()


@pytest.mark.asyncio
async def test_a_worker_that_dies_is_tried_again_given_up_told_once_and_can_be_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_restarts, "_BACK_OFF", (0.01, 0.02, 0.03))
    broken = tmp_path / "broken"
    (broken / "torch").mkdir(parents=True)
    (broken / "torch" / "__init__.py").write_text("import os\nos._exit(3)\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={broken} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    session, heard = Session(), Heard()
    folder = Folder(tmp_path.as_uri(), str(tmp_path), Settings(interpreter=str(python), verify=False))
    session.folders[folder.uri] = folder
    schedule = Schedule(session, heard, Workers(), Cache(None))
    try:
        module = session.documents.open(Document((tmp_path / "chooser.py").as_uri(), 1, MODEL))
        schedule.shown(module.file, "open")
        await _until(lambda: heard.reasons)
        assert [status.state for status in heard.statuses].count("crashed") >= 1
        assert (heard.reasons[0].reason, heard.reasons[0].ended) == ("crashed", "3")
        for _ in range(3):  # nobody is bothered again, and nothing is started
            schedule.shown(module.file, "save")
        await asyncio.sleep(0.3)
        assert len(heard.reasons) == 1
        assert schedule.queues.status_of(folder).state == "crashed"
        (broken / "torch" / "__init__.py").unlink()
        (broken / "torch").rmdir()
        await schedule.restart([folder])
        await _until(lambda: heard.whole)
        assert heard.whole[-1].checked[0].status == "fails"
        assert schedule.queues.status_of(folder).state in ("checking", "idle")
    finally:
        schedule.close()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_an_end_does_not_wait_for_a_worker_that_gets_warm(tmp_path: Path) -> None:
    never = tmp_path / "never"
    (never / "torch").mkdir(parents=True)
    (never / "torch" / "__init__.py").write_text("import time\ntime.sleep(600)\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={never} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    client = RawClient()
    client.initialize(tmp_path, settings={"interpreter": str(python)})
    client.open((tmp_path / "chooser.py").as_uri(), MODEL)
    client.later("fullgraph/status", lambda p: p["state"] == "checking")
    deadline = time.monotonic() + LONGEST
    while not client.children() and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = client.children()
    assert client.end() == 0  # which waits for less than the worker would
    while any(Path("/proc", each).exists() for each in worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path("/proc", each).exists() for each in worker)


@pytest.mark.asyncio
@pytest.mark.parametrize("removed", [True, False])
async def test_a_scan_whose_folder_was_removed_meanwhile_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: bool
) -> None:
    (tmp_path / "chooser.py").write_text(MODEL)
    session, heard, over = Session(), Heard(), asyncio.Event()
    folder = Folder(tmp_path.as_uri(), str(tmp_path), Settings(interpreter=sys.executable))
    session.folders[folder.uri] = folder
    monkeypatch.setattr(session, "done_with", lambda _: over.set())
    schedule = Schedule(session, heard, Workers(), Cache(None))
    try:
        schedule.scans.scan(folder)
        if removed:
            del session.folders[folder.uri]
        await over.wait()
        assert [Path(file).name for file in session.outlines] == ([] if removed else ["chooser.py"])
    finally:
        schedule.close()
