"""What is not trusted is not run; and the user can say otherwise while the server runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.raw import LONGEST, RawClient
from tests.server.serving import MODEL

pytestmark = pytest.mark.slow


def states(client: RawClient) -> list[str]:
    return [m["params"]["state"] for m in client.seen if m.get("method") == "fullgraph/status"]


def severities(client: RawClient, uri: str, since: int, wanted: set[int]) -> None:
    def is_so(message: dict[str, Any]) -> bool:
        if message.get("method") != "textDocument/publishDiagnostics" or message["params"]["uri"] != uri:
            return False
        return {each["severity"] for each in message["params"]["diagnostics"]} == wanted

    client.wait(lambda m: is_so(m) and not any(m is seen for seen in client.seen[:since]))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_trust_is_given_and_taken_back_without_a_restart(tmp_path: Path) -> None:
    file, ran = tmp_path / "chooser.py", tmp_path / "it-ran"
    file.write_text(MODEL + f"\nopen({str(ran)!r}, 'w').close()\n")
    client = RawClient()
    client.initialize(tmp_path, trusted=False)
    uri = file.as_uri()
    client.open(uri, file.read_text())
    severities(client, uri, 0, {3})
    assert not ran.exists()
    since = len(client.seen)
    client.notify("fullgraph/trust", {"trusted": True})
    severities(client, uri, since, {1})
    assert ran.exists()
    assert "untrusted" in states(client)
    assert states(client)[-1] != "untrusted"
    since = len(client.seen)
    client.notify("fullgraph/trust", {"trusted": False})
    severities(client, uri, since, {3})
    client.wait(lambda _: states(client)[-1] == "untrusted")
    ran.unlink()
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    answer = client.request("fullgraph/graph", {"uri": uri, "target": "chooser:Chooser()"})
    assert "not trusted" in answer["error"]["message"]
    deadline = time.monotonic() + LONGEST
    while client.children() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert client.children() == []
    assert not ran.exists()
    client.notify("fullgraph/trust", {"trusted": "yes"})  # no message of ours: nothing is changed by it
    assert client.request("fullgraph/targets", {})["result"][0]["status"] == "unknown"
    assert client.end() == 0
