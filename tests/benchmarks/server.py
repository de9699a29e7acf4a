"""The language server, as an editor waits for it."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fullgraph.check.run import trace
from fullgraph.model import Facts
from fullgraph.text.source import SourceText
from fullgraph.workers.pool import Workers
from fullgraph_server.background.jobs import outline
from fullgraph_server.lsp.settings import Settings
from fullgraph_server.session.snapshot import Snapshot

from tests.server.raw import RawClient

from .measuring import MODELS, Row, Sample, Table, in_turn, ratio

_LINES = 2000
_OPEN = 100
_MARK = "1_000_"
_LAYERS = (
    "model=Transformer(4, fails=True), args=(torch.randint(0, 1000, (2, 16)),), "
    'dynamic_shapes={"tokens": {0: Dim("batch"), 1: Dim("sequence")}}'
)
_GATE = (MODELS / "gate.py").read_text()


def run(rounds: int = 5) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        start = Row("start to `initialized`", tuple(_start(path) for _ in range(rounds)))
        typing = _typing(path, rounds)
        saves, asked = _tracing(path, rounds)
        memory = Row("memory with 100 open files", (Sample(_memory(path)),), "MB")
    rows = (start, *typing, *saves, *asked, memory)
    notes = [
        ratio(f"{one.what}, {other.what}", one, other)
        for one, other in zip(saves[::2], saves[1::2], strict=True)
    ]
    return Table("server: what an editor waits for", rows, tuple(notes))


def _row(what: str, measure: Callable[[], float], rounds: int) -> Row:
    return Row(what, tuple(Sample(measure()) for _ in range(rounds)))


def _start(folder: Path) -> Sample:
    begun = time.perf_counter()
    client = RawClient()
    client.initialize(folder, trusted=False)
    sample = Sample(time.perf_counter() - begun, _spent(client))
    client.end()
    return sample


def _spent(client: RawClient) -> float:
    """Processor time of the server's own process (Linux)."""
    stat = Path(f"/proc/{client.process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")


def _typing(folder: Path, rounds: int) -> tuple[Row, ...]:
    long = _long(folder)
    with _serving(folder, trusted=False) as client:
        client.open(long.as_uri(), long.read_text())
        client.diagnostics(long.as_uri(), bool)
        numbers = iter(range(2, 10_000))
        what = f"keystroke to the first look's findings, {_LINES} lines"
        keystrokes = _row(what, lambda: _keystroke(client, long.as_uri(), next(numbers)), rounds)
        lenses = _row(f"lenses of {_LINES // 8} models", lambda: _lenses(client, long.as_uri()), rounds)
    return keystrokes, lenses


def _lenses(client: RawClient, uri: str) -> float:
    begun = time.perf_counter()
    client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return time.perf_counter() - begun


def _tracing(folder: Path, rounds: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Saves, in turn with the worker alone; then what is asked while a trace runs."""
    small, large = folder / "observer.py", folder / "layers.py"
    with _serving(folder, fixes={"verify": False}) as client, _worker(folder) as alone:
        parties: dict[str, Callable[[], Sample]] = {}
        for file, text in ((small, _observer), (large, _layers)):
            file.write_text(text(100))
            client.open(file.as_uri(), text(100))
            _settled(client, file, 100)
            save, trace = _saves(client, file, text), alone(file, text)
            parties[f"save to the trace's findings, {file.stem}"] = lambda save=save: Sample(save())  # type: ignore[misc]
            parties[f"the worker alone, {file.stem}"] = lambda trace=trace: Sample(trace())  # type: ignore[misc]
        saves = in_turn(parties, rounds)
        hover = _row("hover while a trace runs", lambda: _asked(client, small, "textDocument/hover"), rounds)
        hints = _row(
            "hints while a trace runs", lambda: _asked(client, small, "textDocument/inlayHint"), rounds
        )
    return saves, (hover, hints)


@contextmanager
def _worker(folder: Path) -> Iterator[Callable[[Path, Callable[[int], str]], Callable[[], float]]]:
    """A warm worker that is asked what the server asks, by nobody but this function."""
    workers = Workers()

    def alone(file: Path, text: Callable[[int], str]) -> Callable[[], float]:
        numbers = iter(range(500, 1000))

        def timed() -> float:
            source = SourceText(str(file), text(next(numbers)))
            snapshot = Snapshot(
                str(file), str(folder), Settings(interpreter=sys.executable), {str(file): source}
            )
            (task,) = outline(snapshot).plan.tasks
            told: list[float] = []

            def on_part(part: Facts) -> None:
                if part.exported is not None:
                    told.append(time.perf_counter())

            begun = time.perf_counter()
            trace(task, workers, on_part)
            return told[0] - begun

        timed()  # the first one starts it
        return timed

    yield alone
    workers.close()


@contextmanager
def _serving(folder: Path, trusted: bool = True, **settings: object) -> Iterator[RawClient]:
    client = RawClient({"XDG_CACHE_HOME": tempfile.mkdtemp(dir=folder)})
    client.initialize(folder, trusted=trusted, settings={"interpreter": sys.executable, **settings})
    yield client
    client.end()


def _observer(number: int) -> str:
    return (
        "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8),)\n"
        "class Observer(nn.Module):\n    def forward(self, x):\n"
        f"        y = x + 1\n        if y.sum() > {_MARK}{number}:\n            y = y + 1\n        return y\n"
    )


def _layers(number: int) -> str:
    text = (MODELS / "transformer.py").read_text()
    text = text.replace("\nclass Transformer", f"\n# fullgraph: {_LAYERS}\nclass Transformer", 1)
    return text.replace("x.isnan().any()", f"x.sum() > {_MARK}{number}")


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


def _saves(client: RawClient, file: Path, text: Callable[[int], str]) -> Callable[[], float]:
    numbers = iter(range(101, 500))

    def save() -> float:
        number = next(numbers)
        file.write_text(text(number))
        change = {"text": text(number)}
        identifier = {"uri": file.as_uri(), "version": number + 1}
        client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})
        begun = time.perf_counter()
        client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
        _settled(client, file, number)
        return time.perf_counter() - begun

    return save


def _settled(client: RawClient, file: Path, number: int) -> None:
    """The error of this very text is published: it names the number that stands in it."""
    client.later(
        "textDocument/publishDiagnostics",
        lambda p: (
            p["uri"] == file.as_uri()
            and any(
                each["severity"] == 1 and f"{_MARK}{number}`" in each["message"] for each in p["diagnostics"]
            )
        ),
    )


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
            client.open((folder / f"open{number}.py").as_uri(), _GATE + _observer(100 + number))
        for number in range(_OPEN):
            client.diagnostics((folder / f"open{number}.py").as_uri(), bool)
        status = Path(f"/proc/{client.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000
