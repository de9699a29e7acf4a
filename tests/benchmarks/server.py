"""The language server, as an editor waits for it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .measuring import MODELS, ROOT, Row, Sample, Table

sys.path.insert(0, str(ROOT / "tests" / "server"))
from raw import RawClient

_LINES = 2000
_OPEN = 100
_GATE = (MODELS / "gate.py").read_text()


def run(rounds: int = 5) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        rows = (
            _row("start to `initialized`", lambda: _start(path), rounds),
            *_editing(path, rounds),
            Row("memory with 100 open files", (Sample(_memory(path)),), "MB"),
        )
    return Table("server: what an editor waits for", rows)


def _row(what: str, measure: Callable[[], float], rounds: int) -> Row:
    return Row(what, tuple(Sample(measure()) for _ in range(rounds)))


def _start(folder: Path) -> float:
    begun = time.perf_counter()
    client = RawClient()
    client.initialize(folder, trusted=False)
    took = time.perf_counter() - begun
    client.end()
    return took


def _editing(folder: Path, rounds: int) -> Iterator[Row]:
    long = _long(folder)
    with _serving(folder, trusted=False) as client:
        client.open(long.as_uri(), long.read_text())
        client.diagnostics(long.as_uri(), bool)
        numbers = iter(range(2, 10_000))
        yield _row(
            f"keystroke to the first look's findings, {_LINES} lines",
            lambda: _keystroke(client, long.as_uri(), next(numbers)),
            rounds,
        )
    file = folder / "observer.py"
    file.write_text(_observer(0))
    with _serving(folder) as client:
        client.open(file.as_uri(), file.read_text())
        _settled(client, 0)
        yield _row("save to the trace's findings", _saves(client, file), rounds)
        yield _row("hover while a trace runs", lambda: _asked(client, file, "textDocument/hover"), rounds)
        yield _row("hints while a trace runs", lambda: _asked(client, file, "textDocument/inlayHint"), rounds)


@contextmanager
def _serving(folder: Path, **options: object) -> Iterator[RawClient]:
    client = RawClient({"XDG_CACHE_HOME": tempfile.mkdtemp(dir=folder)})
    client.initialize(folder, **options)
    yield client
    client.end()


def _observer(number: int) -> str:
    return (
        "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8),)\n"
        "class Observer(nn.Module):\n    def forward(self, x):\n"
        f"        y = x + {number}\n        if y.sum() > {number}:\n            y = y + 1\n        return y\n"
    )


def _long(folder: Path) -> Path:
    part = (
        "\n\nclass Gate{0}(nn.Module):\n    def forward(self, x):\n        y = x * 2\n"
        "        if y.sum() > {0}:\n            y = y + 1\n        return y\n"
    )
    text = "import torch\nfrom torch import nn\n" + "".join(part.format(n) for n in range(_LINES // 8))
    file = folder / "long.py"
    file.write_text(text)
    return file


def _keystroke(client: RawClient, uri: str, version: int) -> float:
    """A line put in above: every finding has another place."""
    begun = time.perf_counter()
    change = {"range": _range(1, 0, 1, 0), "text": "\n"}
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
    )
    client.wait(
        lambda m: (
            m.get("method") == "textDocument/publishDiagnostics"
            and m["params"]["uri"] == uri
            and m["params"]["version"] == version
        )
    )
    return time.perf_counter() - begun


def _saves(client: RawClient, file: Path) -> Callable[[], float]:
    numbers = iter(range(1, 10_000))

    def save() -> float:
        number = next(numbers)
        change = {"text": _observer(number)}
        identifier = {"uri": file.as_uri(), "version": number + 1}
        client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})
        begun, before = time.perf_counter(), len(client.seen)
        client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
        _settled(client, before)
        return time.perf_counter() - begun

    return save


def _settled(client: RawClient, before: int) -> None:
    """An error is published that was not there before."""

    def is_error(message: dict[str, Any]) -> bool:
        published = message.get("method") == "textDocument/publishDiagnostics"
        return published and any(each["severity"] == 1 for each in message["params"]["diagnostics"])

    client.wait(lambda m: is_error(m) and not any(m is seen for seen in client.seen[:before]))


def _asked(client: RawClient, file: Path, method: str) -> float:
    client.request("workspace/executeCommand", {"command": "fullgraph.clearCache"})
    client.request(
        "workspace/executeCommand", {"command": "fullgraph.checkFile", "arguments": [file.as_uri()]}
    )
    time.sleep(0.2)
    asked = {"textDocument": {"uri": file.as_uri()}, "position": {"line": 7, "character": 13}}
    begun = time.perf_counter()
    client.request(method, {**asked, "range": _range(0, 0, 99, 0)})
    return time.perf_counter() - begun


def _range(*edges: int) -> dict[str, dict[str, int]]:
    pairs = {"start": edges[:2], "end": edges[2:]}
    return {name: {"line": edge[0], "character": edge[1]} for name, edge in pairs.items()}


def _memory(folder: Path) -> float:
    """Of the server's own process, once all files are open and looked at."""
    with _serving(folder, trusted=False) as client:
        for number in range(_OPEN):
            client.open((folder / f"open{number}.py").as_uri(), _GATE + _observer(number))
        for number in range(_OPEN):
            client.diagnostics((folder / f"open{number}.py").as_uri(), bool)
        status = Path(f"/proc/{client.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000
