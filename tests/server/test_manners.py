"""Clients without manners get an error or silence, and the server lives; and it ends when it should."""

from __future__ import annotations

import contextlib
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.raw import LONGEST, RawClient
from tests.server.serving import MODEL

pytestmark = pytest.mark.slow

ENDLESS = MODEL.replace("        y = self", "        while True: pass\n        y = self")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[RawClient]:
    """A server that nothing is traced by: what is tested is how it is talked to."""
    client = RawClient()
    client.initialize(folder, trusted=False)
    yield client
    assert client.end() == 0


@pytest.fixture
def client(shared: RawClient) -> Iterator[RawClient]:
    """It lives, and answers, after each test too."""
    yield shared
    answer = shared.request("fullgraph/targets", {})
    assert isinstance(answer["result"], list)


def test_a_document_that_nobody_opened(client: RawClient, folder: Path) -> None:
    identifier = {"uri": (folder / "nowhere.py").as_uri()}
    position = {"line": 3, "character": 4}
    change = {"textDocument": {**identifier, "version": 2}, "contentChanges": [{"text": "x"}]}
    client.notify("textDocument/didChange", change)
    client.notify("textDocument/didSave", {"textDocument": identifier})
    client.notify("textDocument/didClose", {"textDocument": identifier})
    asked = {"textDocument": identifier, "position": position}
    assert client.request("textDocument/hover", asked)["result"] is None
    assert client.request("textDocument/completion", asked)["result"] is None
    assert client.request("textDocument/codeLens", {"textDocument": identifier})["result"] == []


def test_positions_that_are_not_there(client: RawClient, folder: Path) -> None:
    uri = (folder / "short.py").as_uri()
    client.open(uri, "x = 1\n")
    far = {"line": 4_000_000, "character": 4_000_000}
    for position in (far, {"line": 0, "character": 4_000_000}):
        asked = {"textDocument": {"uri": uri}, "position": position}
        assert client.request("textDocument/hover", asked)["result"] is None
    edit = {"range": {"start": far, "end": {"line": 0, "character": 0}}, "text": "y"}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [edit]}
    )
    negative = {"textDocument": {"uri": uri}, "position": {"line": -1, "character": -7}}
    assert client.request("textDocument/hover", negative)["error"]["code"] == -32602


def test_changes_out_of_order(client: RawClient, folder: Path) -> None:
    uri = (folder / "order.py").as_uri()
    client.open(uri, "# fullgraph: arg=()\nclass A: pass\n", version=5)
    client.diagnostics(uri, lambda found: len(found) == 1)
    late = {"textDocument": {"uri": uri, "version": 3}, "contentChanges": [{"text": ""}]}
    client.notify("textDocument/didChange", late)
    right = {"textDocument": {"uri": uri, "version": 6}, "contentChanges": [{"text": "x = 1\n"}]}
    before = len(client.seen)
    client.notify("textDocument/didChange", right)
    client.wait(lambda m: m in client.seen[before:] and m.get("method") == "textDocument/publishDiagnostics")
    assert client.seen[-1]["params"] == {"uri": uri, "diagnostics": [], "version": 6}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"jsonrpc": "1.0", "method": "x"}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 7}}',
        b'{"jsonrpc": "2.0", "id": 99999, "result": null}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_message(client: RawClient, content: bytes) -> None:
    client.send_bytes(content)


def test_a_method_that_there_is_not(client: RawClient) -> None:
    assert client.request("textDocument/madeUp", {})["error"]["code"] == -32601
    client.notify("madeUp/notification", {"x": 1})


@pytest.mark.parametrize("command", ["fullgraph.madeUp", "fullgraph.checkFile", "fullgraph.showGraph"])
def test_a_command_with_wrong_arguments(client: RawClient, command: str) -> None:
    answer = client.request("workspace/executeCommand", {"command": command, "arguments": [7]})
    assert answer["error"]["code"] == -32602


def test_a_request_that_is_cancelled(client: RawClient, folder: Path) -> None:
    number = client.begin_request("fullgraph/targets", {})
    client.notify("$/cancelRequest", {"id": number})
    client.notify("$/cancelRequest", {"id": "never"})
    assert client.answer(number)["id"] == number


def test_a_document_of_50_megabytes(client: RawClient, folder: Path) -> None:
    uri = (folder / "large.py").as_uri()
    client.open(uri, "x = 1  # torch\n" * (50 * 1024 * 1024 // 15))
    asked = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 1}}
    assert client.request("textDocument/hover", asked)["result"] is None
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_nothing_is_run_of_what_is_not_trusted(client: RawClient, folder: Path) -> None:
    file = folder / "touches.py"
    ran = folder / "it-ran"
    file.write_text(MODEL + f"\nopen({str(ran)!r}, 'w').close()\n")
    client.open(file.as_uri(), file.read_text())
    found = client.diagnostics(file.as_uri(), bool)
    assert {each["severity"] for each in found} == {3}
    client.request("workspace/executeCommand", {"command": "fullgraph.checkWorkspace"})
    client.request(
        "workspace/executeCommand", {"command": "fullgraph.checkFile", "arguments": [file.as_uri()]}
    )
    answer = client.request("fullgraph/graph", {"uri": file.as_uri(), "target": "touches:Chooser()"})
    assert "not trusted" in answer["error"]["message"]
    assert client.request("fullgraph/targets", {})["result"]
    assert client.children() == []
    assert not ran.exists()


# -- the end -----------------------------------------------------------------------------------------


def tracing(folder: Path, mark: str) -> RawClient:
    """A server in the midst of a trace that never ends."""
    client = RawClient({"FULLGRAPH_TESTS": mark})
    client.initialize(folder)
    (folder / "endless.py").write_text(ENDLESS)
    client.open((folder / "endless.py").as_uri(), ENDLESS)
    client.wait(lambda m: m.get("method") == "fullgraph/status" and m["params"]["state"] == "checking")
    deadline = time.monotonic() + LONGEST
    while len(marked(mark)) < 3 and time.monotonic() < deadline:  # the server, the worker, the trace
        time.sleep(0.1)
    return client


def marked(mark: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"FULLGRAPH_TESTS={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def all_gone(mark: str) -> bool:
    deadline = time.monotonic() + LONGEST
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not marked(mark)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize("how", ["shutdown", "close", "eof", "terminated", "killed"])
def test_nothing_is_left_however_it_ends(folder: Path, how: str) -> None:
    mark = secrets.token_hex(8)
    client = tracing(folder, mark)
    if how == "close":
        uri = (folder / "endless.py").as_uri()
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    if how in ("shutdown", "close"):
        assert client.end() == 0
    elif how == "eof":
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(LONGEST) == 1
    else:
        client.process.send_signal(signal.SIGTERM if how == "terminated" else signal.SIGKILL)
        client.process.wait(LONGEST)
    assert all_gone(mark)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_it_ends_when_the_editor_is_gone_and_the_pipe_is_not(folder: Path) -> None:
    mark = secrets.token_hex(8)
    editor = subprocess.Popen(["sleep", "600"])
    client = RawClient({"FULLGRAPH_TESTS": mark})
    client.request("initialize", {"processId": editor.pid, "capabilities": {}, "rootUri": folder.as_uri()})
    client.notify("initialized", {})
    client.request("fullgraph/targets", {})
    editor.kill()
    editor.wait()
    assert client.process.wait(LONGEST) == 1
    assert all_gone(mark)


def test_an_exit_without_shutdown_is_a_failure(folder: Path) -> None:
    client = RawClient()
    client.initialize(folder, trusted=False)
    client.notify("exit")
    assert client.process.wait(LONGEST) == 1
