"""Files that `.gitignore` or `exclude` leaves out while the server runs, and those that come back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.server.raw import Json, RawClient, shown, watched
from tests.server.serving import LEAVES, MODEL

pytestmark = pytest.mark.slow

CREATED, CHANGED, DELETED = 1, 2, 3


def errors(client: RawClient, file: Path) -> list[Json]:
    return [each["range"] for each in shown(client, file) if each["severity"] == 1]


def targets(client: RawClient, file: Path) -> list[Json]:
    return list(client.request("fullgraph/targets", {"uri": file.as_uri()})["result"])


def test_what_git_ignores_goes_unless_it_is_open_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    gone, opened, other = (tmp_path / f"{name}.py" for name in ("gone", "opened", "other"))
    for file in (gone, opened, other):
        file.write_text(MODEL)
    client = RawClient()
    client.initialize(tmp_path, {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}})
    registration = client.later("client/registerCapability")["params"]["registrations"][0]
    globs = [watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"]]
    assert "**/.gitignore" in globs
    client.open(opened.as_uri(), MODEL)
    client.request("workspace/executeCommand", {"command": "fullgraph.checkWorkspace", "arguments": []})
    client.wait(lambda _: all(errors(client, file) for file in (gone, opened, other)))
    before = {file: errors(client, file) for file in (gone, opened, other)}
    ignore = tmp_path / ".gitignore"
    ignore.write_text("gone.py\nopened.py\n")
    watched(client, ignore, CREATED)
    client.wait(lambda _: shown(client, gone) == [])
    assert targets(client, gone) == []
    assert {file: errors(client, file) for file in before} == {**before, gone: []}
    ignore.unlink()
    watched(client, ignore, DELETED)
    client.wait(lambda _: errors(client, gone) == before[gone])
    assert client.end() == 0


@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_excluded_goes_and_comes_back(tmp_path: Path, is_open: bool) -> None:
    file, pyproject = tmp_path / "observer.py", tmp_path / "pyproject.toml"
    file.write_text(LEAVES)
    pyproject.write_text("[tool.fullgraph]\n")
    client = RawClient()
    client.initialize(tmp_path)
    if is_open:
        client.open(file.as_uri(), LEAVES)
    else:
        command = {"command": "fullgraph.checkWorkspace", "arguments": []}
        client.request("workspace/executeCommand", command)
    # What is open is traced again, even where it was left out in the middle; of the other, the result is cached.
    client.wait(lambda _: bool(errors(client, file)) and (is_open or state(client) == "idle"))
    before = errors(client, file)
    pyproject.write_text('[tool.fullgraph]\nexclude = ["observer.py"]\n')
    watched(client, pyproject, CHANGED)
    client.wait(lambda _: shown(client, file) == [] and state(client) == "idle")
    assert targets(client, file) == []
    assert shown(client, file) == []
    pyproject.write_text("[tool.fullgraph]\n")
    watched(client, pyproject, CHANGED)
    client.wait(lambda _: errors(client, file) == before)
    assert client.end() == 0


def until_targets(client: RawClient, file: Path, count: int) -> None:
    """After each notification there may be as many as there should be."""
    seen = 0
    while len(targets(client, file)) != count:
        client.later("fullgraph/targetsChanged", since=seen)
        seen = len(client.seen)


def state(client: RawClient) -> str:
    """What the folder was doing when it was last told."""
    told = [m for m in client.seen if m.get("method") == "fullgraph/status"]
    return str(told[-1]["params"]["state"])


def test_what_git_leaves_out_here_alone_goes_and_comes_back(tmp_path: Path) -> None:
    info = tmp_path / ".git" / "info"
    info.mkdir(parents=True)
    file, exclude = tmp_path / "observer.py", info / "exclude"
    file.write_text(LEAVES)
    client = RawClient()
    client.initialize(tmp_path)
    until_targets(client, file, 1)
    for text, count in (("observer.py\n", 0), ("# nothing\n", 1)):
        exclude.write_text(text)
        watched(client, exclude, CHANGED)
        until_targets(client, file, count)
    assert client.end() == 0


def test_an_exclude_of_the_editors_settings_has_effect_at_once(tmp_path: Path) -> None:
    file = tmp_path / "observer.py"
    file.write_text(LEAVES)
    client = RawClient()
    client.initialize(tmp_path)
    until_targets(client, file, 1)
    for exclude, count in ((["observer.py"], 0), ([], 1)):
        settings = {"fullgraph": {"exclude": exclude}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        until_targets(client, file, count)
    assert client.end() == 0


def test_the_work_on_a_file_that_is_deleted_ends(tmp_path: Path) -> None:
    file, other = tmp_path / "observer.py", tmp_path / "other.py"
    file.write_text("import time\n\ntime.sleep(100_000)\n" + LEAVES)
    client = RawClient()
    settings = {"interpreter": sys.executable, "timeout": 100_000}
    client.initialize(tmp_path, settings=settings)
    command = {"command": "fullgraph.checkFile", "arguments": [file.as_uri()]}
    client.request("workspace/executeCommand", command)
    client.later("fullgraph/status", lambda said: said["state"] == "checking")
    file.unlink()
    watched(client, file, DELETED)
    other.write_text(LEAVES)
    client.open(other.as_uri(), LEAVES)  # one trace at a time: it would wait for the other
    client.wait(lambda _: bool(shown(client, other)))
    assert client.end() == 0
