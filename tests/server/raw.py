"""A client that sends bytes as they are, and has no manners unless it is told to."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

Json = dict[str, Any]
LONGEST = 600.0
"""Seconds to wait for anything, on a machine however busy."""


class RawClient:
    """A server process, and every message that it sent."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fullgraph_server", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        self.seen: list[Json] = []
        self._arrived: queue.Queue[Json | None] = queue.Queue()
        self._numbers = 0
        threading.Thread(target=self._read, daemon=True).start()

    def send_bytes(self, content: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self.process.stdin.flush()

    def notify(self, method: str, params: object = None) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def begin_request(self, method: str, params: object = None) -> int:
        self._numbers += 1
        message = {"jsonrpc": "2.0", "id": self._numbers, "method": method, "params": params}
        self.send_bytes(json.dumps(message).encode())
        return self._numbers

    def request(self, method: str, params: object = None) -> Json:
        """The answer: an object with `result` or `error`."""
        number = self.begin_request(method, params)
        return self.answer(number)

    def answer(self, number: int) -> Json:
        return self.wait(lambda m: m.get("id") == number and "method" not in m)

    def wait(self, wanted: Callable[[Json], bool]) -> Json:
        """The first message, of those seen and those to come, that is wanted."""
        for message in self.seen:
            if wanted(message):
                return message
        deadline = time.monotonic() + LONGEST
        while True:
            message_or_end = self._arrived.get(timeout=deadline - time.monotonic())
            assert message_or_end is not None, "the server ended"
            self.seen.append(message_or_end)
            if wanted(message_or_end):
                return message_or_end

    def reply(self, request: Json, result: object = None) -> None:
        """Answers what the server asked."""
        self.send_bytes(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode())

    def later(self, method: str, wanted: Callable[[Any], bool] = lambda _: True, since: int = 0) -> Json:
        """The first message of a method after the first `since` ones."""
        before = {id(message) for message in self.seen[:since]}
        return self.wait(
            lambda m: id(m) not in before and m.get("method") == method and wanted(m.get("params"))
        )

    def settled(self, state: str = "idle", since: int = 0) -> None:
        """Waits until the first folder has been busy and has come to a state."""

        def states() -> list[str]:
            said = [m for m in self.seen[since:] if m.get("method") == "fullgraph/status"]
            return [message["params"]["state"] for message in said]

        self.wait(lambda _: "checking" in states() and states()[-1] == state)

    def initialize(
        self, folder: Path, capabilities: object = None, trace: str | None = None, **options: object
    ) -> Json:
        params = {
            "processId": None,
            "capabilities": capabilities or {},
            "trace": trace,
            "workspaceFolders": [{"uri": folder.as_uri(), "name": "w"}],
            "initializationOptions": {"settings": {"interpreter": sys.executable}, **options},
        }
        answer = self.request("initialize", params)
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, text: str, version: int = 1) -> None:
        item = {"uri": uri, "languageId": "python", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def diagnostics(self, uri: str, wanted: Callable[[list[Json]], bool]) -> list[Json]:
        """The first diagnostics of a document that are as they should be."""
        message = self.wait(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics"
                and m["params"]["uri"] == uri
                and wanted(m["params"]["diagnostics"])
            )
        )
        return list(message["params"]["diagnostics"])

    def end(self) -> int:
        """Shutdown and exit; returns the status."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(LONGEST)

    def children(self) -> list[str]:
        """The processes that the server has started and that live (Linux)."""
        said = (path.read_text() for path in Path(f"/proc/{self.process.pid}/task").glob("*/children"))
        return [child for each in said for child in each.split()]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (length := _length(self.process.stdout)) is not None:
            self._arrived.put(json.loads(self.process.stdout.read(length)))
        self._arrived.put(None)


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


def _length(stream: IO[bytes]) -> int | None:
    length = None
    while (line := stream.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return length if line else None
