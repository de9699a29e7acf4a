"""Targets that were found by looking, with real torch: nothing but what they need is run."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from fullgraph.check.coverage import coverage
from fullgraph.model import Report

from tests.checking import Checking

pytestmark = pytest.mark.slow

_SIDE_EFFECTS = '''
"""A script that does everything a check must not."""
from __future__ import annotations

import atexit, os, socket, subprocess, sys, threading, time
from pathlib import Path
import torch
from torch import nn
from torch.export import Dim, export as ex

HERE = Path(__file__).parent
(HERE / "at_import").write_text("x")
socket.create_connection(("127.0.0.1", PORT))
subprocess.run([sys.executable, "-c", f"open({str(HERE / 'child')!r}, 'w')"])
atexit.register(lambda: (HERE / "at_exit").write_text("x"))
threading.Thread(target=lambda: (HERE / "thread").write_text("x")).start()
print("printed at import")
SIZE = 4


class Net(nn.Module):
    def __init__(self, size=SIZE):
        super().__init__()
        self.linear = nn.Linear(size, size)

    def forward(self, x):
        return self.linear(x)


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1000):
    x = torch.randn(8, SIZE)
    loss = model(x).sum()
    loss.backward()
    optimizer.step()
    (HERE / "trained").write_text(str(epoch))
    time.sleep(60)
torch.save(model.state_dict(), HERE / "weights.pt")
model.load_state_dict(torch.load(HERE / "weights.pt"))
model.eval()
batch = Dim("batch")


def main():
    (HERE / "main").write_text("x")
    time.sleep(60)
    with open(HERE / "log", "w") as log:
        inputs = (torch.randn(8, SIZE),)
        log.write("exporting")
        program = ex(model, inputs, dynamic_shapes={"x": {0: batch}})
    torch.export.save(program, HERE / "model.pt2")


def stubborn():
    path = HERE / "stubborn"
    inputs = (torch.randn(2, SIZE), path.write_text("x"))
    ex(model, inputs)


def online():
    inputs = (torch.randn(2, SIZE), socket.create_connection(("127.0.0.1", PORT)))
    ex(model, inputs)


if __name__ == "__main__":
    sys.exit(main())
'''


@pytest.fixture
def visited() -> Iterator[tuple[int, list[str]]]:
    """A port, and who came by."""
    visits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                visits.append(str(address))
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], visits


def statuses(report: Report) -> dict[str, str]:
    return {each.target.name.partition(":")[2]: each.status for each in report.targets}


def test_nothing_but_the_slice_runs(
    tmp_path: Path, checking: Checking, visited: tuple[int, list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    port, visits = visited
    script = tmp_path / "script.py"
    script.write_text(_SIDE_EFFECTS.replace("PORT", str(port)))
    report = checking(tmp_path, timeout=30.0)
    asked = ("main", "stubborn", "online")
    assert statuses(report) == {f"model (export in {name})": "exports" for name in asked}
    main, *others = sorted(report.targets, key=lambda each: each.target.place.range.start)
    assert [dim.name for dim in main.facts.symbols] == ["batch"]
    assert main.facts.assumed == ()
    refused = {
        (each.what, each.by) for other in others for each in other.facts.assumed if each.kind == "call"
    }
    assert refused == {
        ("path.write_text", "inferred inputs"),
        ("socket.create_connection", "inferred inputs"),
    }
    left = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}
    assert left == {"script.py"}
    assert visits == []
    assert "printed" not in "".join(capfd.readouterr())


_CALLS = """
    import unittest
    import torch as t
    from torch import nn
    from torch.export import export

    class Net(nn.Module):
        def forward(self, x, *, scale=1.0):
            return x * scale

    class Branch(Net):
        def forward(self, x):
            if x.sum() > 0:
                return x
            return -x

    class Broken(Net):
        def forward(self, x):
            return x @ x

    model = Net()
    program = t.export.draft_export(model, (t.ones(2, 3),), {"scale": 2.0})

    def onnx():
        net = Net()
        t.onnx.export(net, t.ones(2, 3), "net.onnx", dynamo=True, dynamic_shapes={"x": {0: t.export.Dim("n")}})

    def compiled(device="cpu"):
        net = t.compile(Net().to(device), fullgraph=True)
        for _ in range(2):
            x = t.ones(4, 3)
            return net(x, scale=3.0)

    def edge():
        return to_edge(export(Branch(), (t.ones(2),)))

    def broken():
        return export(Broken(), (t.ones(2, 3),))

    class TestNet(unittest.TestCase):
        def setUp(self):
            self.net = Net()
            self.x = [t.ones(2)]

        def test_it(self):
            with self.subTest("a"):
                with t.no_grad():
                    export(self.net, tuple(self.x))
"""


def test_each_kind_of_call(tmp_path: Path, checking: Checking) -> None:
    script = tmp_path / "calls.py"
    script.write_text(dedent(_CALLS))
    report = checking(tmp_path)
    assert statuses(report) == {
        "model (draft_export)": "exports",
        "net (onnx in onnx)": "exports",
        "Net().to(device) (compile in compiled)": "exports",
        "Branch() (export in edge)": "fails",
        "Broken() (export in broken)": "error",
        "self.net (export in TestNet.test_it)": "exports",
    }
    lines = script.read_text().split("\n")
    places = {
        (f.rule, lines[f.place.range.start.line].strip()) for f in report.findings if f.severity == "error"
    }
    assert places == {("data-dependent-branch", "if x.sum() > 0:"), ("target-error", "return x @ x")}


_CONVENTIONS = {
    "kernelbench": """
        import torch
        class Model(torch.nn.Module):
            def __init__(self, size):
                super().__init__()
                self.linear = torch.nn.Linear(size, size)
                self.hidden = torch.zeros(size)
            def forward(self, x): return self.linear(x) + self.hidden
        SIZE = 1 << 17
        def get_inputs(): return [torch.rand(1 << 16, SIZE)]
        def get_init_inputs(): return [SIZE]
    """,
    "executorch": """
        import torch
        class EagerModelBase: ...
        class Wrapper(EagerModelBase):
            def get_eager_model(self):
                self.size = 3
                return torch.nn.Linear(3, 3)
            def get_example_inputs(self): return (torch.ones(2, self.size),)
            def get_dynamic_shapes(self): return {"input": {0: torch.export.Dim("n")}}
    """,
    "lightning": """
        import torch
        class LightningModule(torch.nn.Module): ...
        class Net(LightningModule):
            example_input_array = {"x": torch.ones(2), "y": torch.ones(2)}
            def forward(self, x, y): return x + y
        print("trained", file=open("trained", "w"))
    """,
    "huggingface": """
        import torch
        class PreTrainedModel(torch.nn.Module):
            dummy_inputs = {"input_ids": torch.tensor([[7, 6, 0], [1, 2, 3]])}
        class Config:
            size = 30000
        class Encoder(PreTrainedModel):
            config_class = Config
            def __init__(self, config):
                super().__init__()
                self.table = torch.nn.Embedding(config.size, config.size)
            def forward(self, input_ids): return self.table(input_ids)
    """,
    "torchbench": """
        import torch
        def get_module(): return torch.nn.Linear(3, 3), (torch.ones(2, 3),)
    """,
    "functions": """
        import torch
        class MyModel(torch.nn.Module):
            def forward(self, pair): return pair[0] @ pair[1].reshape(7, 2)
        def my_model_function(): return MyModel()
        def GetInput(): return torch.rand(3, 7), torch.rand(14)
    """,
}


def test_each_convention(tmp_path: Path, checking: Checking) -> None:
    """Those of KernelBench and Hugging Face would take tens of gigabytes."""
    for name, text in _CONVENTIONS.items():
        (tmp_path / f"{name}_case.py").write_text(dedent(text))
    report = checking(tmp_path)
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []
    assert {each.target.origin: each.status for each in report.targets} == dict.fromkeys(
        _CONVENTIONS, "exports"
    )
    assert not (tmp_path / "trained").exists()


_NETS = """
    import torch.nn as nn
    class Net(nn.Module):
        def __init__(self, width=8):
            super().__init__()
            self.body = nn.Conv2d(5, width, 3)
        def forward(self, x): return self.body(x)
    class Sequence(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.LSTM(5, 7, batch_first=True)
        def forward(self, x): return self.body(x)[0]
"""

_RELOADED = """
    import torch
    from nets import Net, Sequence
    net = Net()
    sequence = Sequence()
    def convert():
        torch.onnx.export(net, torch.randn(2, 5, 31, 33), "net.onnx", dynamo=True)
    def convert_again():
        torch.onnx.export(net, torch.randn(2, 5, 7, 7), "again.onnx", dynamo=True)
    def convert_sequence():
        rows = sequence.example(3)
        torch.onnx.export(sequence, (rows,), "sequence.onnx", dynamo=True)
    with open("net.pt", "rb") as f:
        net = torch.load(f, weights_only=False)
    with open("sequence.pt", "rb") as f:
        sequence = torch.load(f, weights_only=False)
    convert()
    convert_again()
    convert_sequence()
"""


def test_an_export_call_that_cannot_run_gives_way_to_the_class(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / "nets.py").write_text(dedent(_NETS))
    (tmp_path / "reload.py").write_text(dedent(_RELOADED))
    report = checking(tmp_path)
    assert {each.target.name: each.status for each in report.targets} == {
        "nets:Net": "exports",
        "nets:Sequence": "exports",
    }
    shapes = {each.target.name: each.facts.inputs[0].shape for each in report.targets}
    assert shapes["nets:Net"] == (2, 5, 31, 33), "the inputs of the call, which torch alone makes"
    skipped = [finding for finding in report.findings if finding.rule == "target-skipped"]
    assert len(skipped) == 3, "each call is told of, and one of a class gives way"
    assert all("which is not there" in finding.message for finding in skipped)
    assert [found.missing for found in coverage(report).unchecked] == []


_TWICE = """
    import torch
    from torch import nn
    class Net(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.reshape(2, -1)
    more = {"dynamic_shapes": None}
    torch.export.export(Net(), (torch.randn(4, 3),), dynamic_shapes=({0: 4},), **more)
"""


def test_a_call_that_says_an_argument_twice_is_told_of(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / "twice.py").write_text(dedent(_TWICE))
    (skipped,) = [each for each in checking(tmp_path).findings if each.rule == "target-skipped"]
    assert skipped.message == "not checked: the call has `dynamic_shapes` twice, once behind `**`"
    assert skipped.place.range.start.line == 7
