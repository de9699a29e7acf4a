"""Whatever happens while a trace runs: what is shown in the end is true, and nothing is left running."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.raw import LONGEST, Json, RawClient
from tests.server.serving import FINE, MODEL

pytestmark = pytest.mark.slow

SLOW = MODEL.replace("        y = self", "        import time; time.sleep(2)\n        y = self")
ENDLESS = MODEL.replace("        y = self", "        while True: pass\n        y = self")
BRANCH = {"start": {"line": 12, "character": 11}, "end": {"line": 12, "character": 22}}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[RawClient]:
    client = RawClient()
    settings = {"interpreter": sys.executable, "check": {"delay": 20}, "fixes": {"verify": False}}
    client.initialize(tmp_path, settings=settings)
    yield client
    assert client.end() == 0


def write(client: RawClient, file: Path, version: int, text: str, *, save: bool = False) -> None:
    identifier = {"uri": file.as_uri(), "version": version}
    change = {"textDocument": identifier, "contentChanges": [{"text": text}]}
    client.notify("textDocument/didChange", change)
    if save:
        file.write_text(text)
        client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})


def opened(client: RawClient, file: Path, text: str) -> None:
    file.write_text(text)
    client.open(file.as_uri(), text)


def tracing(client: RawClient, since: int = 0) -> None:
    """Waits until a trace runs that has not ended."""
    client.later("fullgraph/status", lambda p: p["state"] == "checking", since)


def watched(client: RawClient, file: Path, kind: int) -> None:
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": file.as_uri(), "type": kind}]})


def shown(client: RawClient, file: Path) -> list[Json]:
    """The diagnostics that the client shows now."""
    published = [
        message["params"]["diagnostics"]
        for message in client.seen
        if message.get("method") == "textDocument/publishDiagnostics"
        and message["params"]["uri"] == file.as_uri()
    ]
    return list(published[-1]) if published else []


def shows(client: RawClient, file: Path, ranges: list[Json]) -> None:
    """Waits until the diagnostics have these ranges: what a target's status is told of may be published later."""
    client.wait(lambda _: [each["range"] for each in shown(client, file)] == ranges)


def errors(client: RawClient, file: Path) -> list[Json]:
    return [each["range"] for each in shown(client, file) if each["severity"] == 1]


def becomes(client: RawClient, file: Path, status: str) -> None:
    """Waits until nothing is checked any more, and the file's target has a status."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        found = client.request("fullgraph/targets", {"uri": file.as_uri()})["result"]
        if found and all(each["status"] == status for each in found):
            return
        time.sleep(0.05)
    raise AssertionError(f"{file.name} is not {status}: {found}")


def test_edits_during_a_trace(client: RawClient, tmp_path: Path) -> None:
    file = tmp_path / "edited.py"
    opened(client, file, ENDLESS)
    tracing(client)
    for version in range(2, 12):
        write(client, file, version, ENDLESS if version % 2 else SLOW)
        time.sleep(0.03)
    write(client, file, 12, MODEL)
    becomes(client, file, "fails")
    shows(client, file, [BRANCH])


def test_closed_during_a_trace_and_opened_again(client: RawClient, tmp_path: Path) -> None:
    file = tmp_path / "closed.py"
    opened(client, file, ENDLESS)
    tracing(client)
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    opened(client, file, MODEL)
    becomes(client, file, "fails")
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    client.open(file.as_uri(), FINE)
    becomes(client, file, "exports")
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    becomes(client, file, "fails")  # what was not saved is gone, and the file is as it was
    shows(client, file, [BRANCH])


def test_two_saves_at_once(client: RawClient, tmp_path: Path) -> None:
    file = tmp_path / "saved.py"
    opened(client, file, SLOW)
    tracing(client)
    write(client, file, 2, FINE, save=True)
    write(client, file, 3, MODEL, save=True)
    becomes(client, file, "fails")
    shows(client, file, [BRANCH])
    write(client, file, 4, FINE, save=True)
    client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
    becomes(client, file, "exports")
    assert shown(client, file) == []


def test_settings_that_change_during_a_trace(client: RawClient, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    opened(client, file, SLOW)
    tracing(client)
    settings = {"interpreter": sys.executable, "ignore": ["data-dependent-branch"]}
    client.notify("workspace/didChangeConfiguration", {"settings": {"fullgraph": settings}})
    becomes(client, file, "fails")
    assert errors(client, file) == []
    pyproject = tmp_path / "pyproject.toml"
    client.notify("workspace/didChangeConfiguration", {"settings": {"fullgraph": {**settings, "ignore": []}}})
    pyproject.write_text('[tool.fullgraph]\nignore = ["data-dependent-branch"]\n')
    watched(client, pyproject, 1)
    becomes(client, file, "fails")
    assert errors(client, file) == []


def test_a_file_that_is_deleted_and_one_that_is_renamed(client: RawClient, tmp_path: Path) -> None:
    file, other = tmp_path / "before.py", tmp_path / "after.py"
    opened(client, file, SLOW)
    tracing(client)
    file.rename(other)
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    watched(client, file, 3)
    client.open(other.as_uri(), MODEL)
    watched(client, other, 1)
    becomes(client, other, "fails")
    assert shown(client, file) == []
    assert client.request("fullgraph/targets", {"uri": file.as_uri()})["result"] == []
    other.unlink()
    watched(client, other, 3)
    shows(client, other, [BRANCH])  # it is open, and as it was
    client.notify("textDocument/didClose", {"textDocument": {"uri": other.as_uri()}})
    client.wait(lambda _: shown(client, other) == [])


def test_a_folder_that_is_removed(client: RawClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("more")  # in no other folder of the workspace
    added = {"uri": folder.as_uri(), "name": "more"}
    change = "workspace/didChangeWorkspaceFolders"
    client.notify(change, {"event": {"added": [added], "removed": []}})
    file = folder / "endless.py"
    opened(client, file, ENDLESS)
    tracing(client)
    client.notify(change, {"event": {"added": [], "removed": [added]}})
    client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    deadline = time.monotonic() + LONGEST
    while client.children() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.children() == []
    assert client.request("fullgraph/targets", {})["result"] == []


def test_many_documents_that_come_and_go(client: RawClient, tmp_path: Path) -> None:
    """At random, and in the end each document that is open has its own text's findings."""
    chance = random.Random(3)
    files = [tmp_path / f"m{number}.py" for number in range(4)]
    texts: dict[Path, str] = {}
    for version in range(2, 80):
        file = chance.choice(files)
        text = chance.choice((MODEL, FINE, SLOW, MODEL.replace("def", "de")))
        if file not in texts:
            opened(client, file, text)
        elif chance.random() < 0.2:
            client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
            del texts[file]
            continue
        else:
            write(client, file, version, text, save=chance.random() < 0.3)
        texts[file] = text
        time.sleep(chance.choice((0.0, 0.01, 0.1)))
    for file in texts:
        write(client, file, 100, MODEL)
    for file in texts:
        becomes(client, file, "fails")
        shows(client, file, [BRANCH])
