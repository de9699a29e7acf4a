"""A real program, recorded: what is noted, and that the program does not notice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fullgraph.recording.describing import described, is_constant
from fullgraph.recording.store import MOST_CALLS, CannotMerge, merge_into, merged

pytest.importorskip("torch")

import torch

MODELS = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.layer = nn.Linear(d, d)

    def forward(self, x):
        return self.layer(x)


class Base(nn.Module):
    def __init__(self, d, *, deep=1):
        super().__init__()
        self.blocks = nn.ModuleList(Block(d) for _ in range(deep))


class Net(Base):
    def __init__(self, d=8, **more):
        super().__init__(d, deep=2)

    def forward(self, x, scale=1.0):
        for block in self.blocks:
            x = block(x)
        return x * scale


class Made(nn.Module):
    def __init__(self, config):
        super().__init__()

    def forward(self, batch):
        return batch["x"] + 1
"""

PROGRAM = """\
import copy, os, pickle, sys
import torch
from models import Made, Net


class Main(torch.nn.Module):
    def forward(self, x):
        return x + 1


class Config:
    pass


if __name__ == "__main__":
    net = Net(8)
    net(torch.randn(4, 8))
    net(torch.randn(6, 8), scale=1.0)
    net(torch.randn(6, 8))
    torch.nn.DataParallel(net)(torch.randn(9, 8))
    compiled = torch.compile(Net(8, wide=True), backend="eager", fullgraph=True)
    compiled(torch.randn(4, 8))
    Made(Config())({"x": torch.randn(3)})
    try:
        net(torch.randn(3, 7))
    except RuntimeError:
        print("raised")
    Main()(torch.zeros(2, 2, dtype=torch.int64))
    exported = torch.export.export(net, (torch.randn(5, 8),), dynamic_shapes={"x": {0: torch.export.Dim.AUTO}})
    print(exported.module()(torch.randn(11, 8)).shape)
    torch.jit.trace(net, torch.randn(5, 8))
    torch.fx.symbolic_trace(net.blocks[0])
    pickle.loads(pickle.dumps(copy.deepcopy(Main())))
    print(sys.argv, __name__, sys.stdin.read(), "hooked" if net._forward_pre_hooks else "plain")
    sys.exit(7)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text('[project]\nname = "recorded"\n')
    (folder / "models.py").write_text(MODELS)
    (folder / "train.py").write_text(PROGRAM)
    return folder


def record(folder: Path, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    full = [sys.executable, "-m", "fullgraph", "record", "--", *command]
    return subprocess.run(full, cwd=folder, capture_output=True, text=True, input=stdin, check=False)


@pytest.fixture(scope="module")
def ran(project: Path) -> subprocess.CompletedProcess[str]:
    return record(project, sys.executable, "train.py", "a", "b", stdin="typed")


def entries(folder: Path) -> dict[tuple[str, str | None], dict[str, Any]]:
    document = json.loads((folder / ".fullgraph/recorded.json").read_text())
    assert document["version"] == 1
    return {(entry["class"], entry["model"]): entry for entry in document["entries"]}


@pytest.mark.slow
def test_the_program_runs_as_ever(project: Path, ran: subprocess.CompletedProcess[str]) -> None:
    plain = subprocess.run(
        [sys.executable, "train.py", "a", "b"],
        cwd=project,
        capture_output=True,
        text=True,
        input="typed",
        check=False,
    )
    assert ran.returncode == plain.returncode == 7
    assert (
        ran.stdout
        == plain.stdout
        == "raised\ntorch.Size([11, 8])\n['train.py', 'a', 'b'] __main__ typed plain\n"
    )


@pytest.mark.slow
def test_outermost_calls_of_the_workspace_are_noted(
    project: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    noted = entries(project)
    assert set(noted) == {
        ("Net", "Net(d=8)"),
        ("Net", "Net(d=8, wide=True)"),
        ("Made", None),
        ("Main", "Main()"),
    }
    assert noted["Net", "Net(d=8)"]["forward"] == ["x", "scale"]
    assert noted["Net", "Net(d=8)"]["calls"] == [
        {"args": ["float32[4, 8]"], "kwargs": {}},
        {"args": ["float32[6, 8]"], "kwargs": {"scale": 1.0}},
        {"args": ["float32[6, 8]"], "kwargs": {}},
        {"args": ["float32[9, 8]"], "kwargs": {}},
        {"args": ["float32[5, 8]"], "kwargs": {}},  # jit.trace runs the model for real as well
    ]
    assert noted["Main", "Main()"]["file"] == "train.py"


@pytest.mark.slow
def test_what_was_recorded_is_a_target(
    project: Path, ran: subprocess.CompletedProcess[str], checking: Any, tmp_path: Path
) -> None:
    # Without the program, whose own export call counts more.
    shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns("train.py"))
    report = checking(tmp_path / "copy/models.py")
    net = [each for each in report.targets if each.target.origin == "recorded"]
    assert {each.status for each in net} == {"exports"}
    assert [tensor.shape for tensor in net[0].facts.inputs] == [("x.shape[0]", 8)]


@pytest.mark.slow
def test_tests_are_recorded_by_the_plugin(project: Path) -> None:
    test = "import torch\nfrom models import Net\n\ndef test_net():\n    Net(4)(torch.randn(2, 4))\n"
    (project / "test_net.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "fullgraph.recording.pytest_plugin"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*command, "--fullgraph-record"], cwd=project, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout
    assert ("Net", "Net(d=4)") in entries(project)


def test_a_program_without_torch_has_nothing_to_note(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('their own')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    program = "import sys; print([p for p in sys.path if 'bootstrap' in p], 'torch' in sys.modules)"
    full = [sys.executable, "-m", "fullgraph", "record", "--", sys.executable, "-c", program]
    done = subprocess.run(full, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.endswith("their own\n[] False\n")
    assert done.stderr == "No call of a model was recorded.\n"
    assert not (tmp_path / ".fullgraph").exists()


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    done = record(tmp_path, "no-such-program")
    assert done.returncode == 2
    assert "cannot run no-such-program" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_signal_ends_the_program_itself(tmp_path: Path) -> None:
    done = record(tmp_path, sys.executable, "-c", "import os; os.kill(os.getpid(), 15)")
    assert done.returncode == -15


PROCESSES = """
import os

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from models import Net
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader


def work(rank, store):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = DistributedDataParallel(Net(8))
    model(torch.randn(4 + rank, 8)).sum().backward()
    # Else gloo's threads of one process may find the other gone, which ends it by a signal now and then.
    del model
    dist.barrier()
    dist.destroy_process_group()


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return Net(8, wide=True)(torch.randn(1, 8))[0].detach()


if __name__ == "__main__":
    mp.spawn(work, args=(os.path.abspath("store"),), nprocs=2)
    list(DataLoader(Rows(), batch_size=2, num_workers=1))
    Net(16)(torch.randn(2, 16))
    os._exit(3)
"""


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_available(), reason="a torch without distributed")
def test_every_process_is_recorded_and_in_whatever_way_it_ends(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "recorded"\n')
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "train.py").write_text(PROCESSES)
    done = record(tmp_path, sys.executable, "train.py")
    assert done.returncode == 3, done.stderr
    shapes = {
        model: sorted(call["args"][0] for call in e["calls"]) for (_, model), e in entries(tmp_path).items()
    }
    assert shapes == {
        "Net(d=8)": ["float32[4, 8]", "float32[5, 8]"],
        "Net(d=8, wide=True)": ["float32[1, 8]"],
        "Net(d=16)": ["float32[2, 16]"],
    }


# -- the file ----------------------------------------------------------------------------------------


def entry(name: str = "Net", *sizes: int) -> dict[str, Any]:
    calls = [{"args": [f"float32[{size}]"], "kwargs": {}} for size in sizes or (2,)]
    return {"file": "m.py", "class": name, "model": f"{name}()", "forward": ["x"], "calls": calls}


def _merge_many(path: str, number: int) -> None:
    for size in range(3):
        merge_into(path, entry(f"Net{number}", size))


def test_processes_do_not_lose_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / ".fullgraph" / "recorded.json"
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_merge_many, [str(path)] * 6, range(6)))
    assert sorted(name for name, _ in entries(tmp_path)) == [f"Net{number}" for number in range(6)]
    assert all(len(each["calls"]) == 3 for each in entries(tmp_path).values())
    left = sorted(file.name for file in path.parent.iterdir())
    assert left == ["recorded.json", "recorded.lock"]


def test_merging_keeps_the_example_first_and_an_order_of_its_own() -> None:
    once = merged(merged([], entry("B", 3)), entry("A", 4))
    assert once == merged(merged([], entry("A", 4)), entry("B", 3))
    again = merged(once, entry("B", 9, 3))
    assert [call["args"] for call in again[1]["calls"]] == [["float32[3]"], ["float32[9]"]]
    assert len(merged([], entry("A", *range(40)))[0]["calls"]) == MOST_CALLS


def test_a_changed_forward_begins_anew() -> None:
    changed = {**entry("A", 5), "forward": ["x", "y"]}
    assert merged([entry("A", 4)], changed) == [changed]


@pytest.mark.parametrize("text", ["not json", '{"version": 2, "entries": []}', "[]"])
def test_a_file_that_is_not_ours_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recorded.json"
    path.write_text(text)
    with pytest.raises(CannotMerge):
        merge_into(str(path), entry())
    assert path.read_text() == text


# -- values ------------------------------------------------------------------------------------------


def test_of_tensors_dtype_and_shape_are_kept_and_of_the_rest_constants() -> None:
    import torch

    value = [torch.zeros(2, 3), {"k": (1, None, "s")}, float("nan"), object(), 2.5, torch.Size([1])]
    assert described(value, torch.Tensor) == [
        "float32[2, 3]",
        {"dict": {"k": {"tuple": [1, None, {"str": "s"}]}}},
        {"unknown": "float"},
        {"unknown": "object"},
        2.5,
        {"unknown": "torch.Size"},
    ]


def test_constants_are_what_repr_gives_again() -> None:
    assert is_constant({"a": [1, (2.5, None)], "b": "s"})
    for value in (float("inf"), object(), [object()], "x" * 1000, list(range(1000))):
        assert not is_constant(value)


COMPOSED = """\
import argparse
import enum
import functools
from dataclasses import dataclass

import torch
from torch import nn

from parts import Enc


class Kind(enum.Enum):
    FAST = 1


@dataclass
class Config:
    width: int
    kind: Kind = Kind.FAST


class Wrap(nn.Module):
    def __init__(self, config, layers, act=None, norm=nn.Identity, **more):
        super().__init__()
        self.layers, self.act, self.norm = layers, act or nn.ReLU(), norm(config.width)

    def forward(self, x):
        return self.norm(self.act(self.layers(x)))


class Told(nn.Module):
    def __init__(self, file):
        super().__init__()

    def forward(self, x):
        return x


if __name__ == "__main__":
    layers = nn.Sequential(Enc(d=8, depth=2), nn.Linear(8, 4, bias=False))
    more = dict(options=argparse.Namespace(device=torch.device("cpu"), dtype=torch.float16))
    make = functools.partial(nn.LayerNorm, eps=0.1)
    Wrap(Config(4), layers, nn.GELU(approximate="tanh"), norm=make, **more)(torch.randn(3, 8))
    Wrap(Config(4), nn.Sequential(nn.Linear(2, 4), Told(open(__file__))))(torch.randn(1, 2))
    Told(lambda: 0)(torch.randn(2))
"""

PARTS = """\
from torch import nn


class Enc(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(d, d) for _ in range(depth)))

    def forward(self, x):
        return self.layers(x)
"""


@pytest.mark.slow
def test_composed_models_are_noted_as_text_that_builds_them_and_others_with_the_reason(
    tmp_path: Path, checking: Any
) -> None:
    (tmp_path / "composed.py").write_text(COMPOSED)
    (tmp_path / "parts.py").write_text(PARTS)
    ran = record(tmp_path, sys.executable, "composed.py")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines() == [
        (
            "Recorded 1 call of 1 model in .fullgraph/recorded.json: Wrap(config=Config(width=4, kind=Kind['FAST']), "
            "layers=torch.nn.Sequential(Enc(d=8, depth=2), torch.nn.Linear(in_features=8, out_features=4, bias=False, "
            "device=None, dtype=None)), act=torch.nn.GELU(approximate='tanh'), "
            "norm=functools.partial(torch.nn.LayerNorm, eps=0.1), "
            "options=argparse.Namespace(device=torch.device('cpu'), dtype=torch.float16))"
        ),
        (
            "Not recorded: Told (composed.py), because its `file` cannot be recreated: `<lambda>` is not defined at "
            "module level"
        ),
        (
            "Not recorded: Wrap (composed.py), because its `layers` cannot be recreated: of its `Sequential`, its "
            "`args` cannot be recreated: of its `Told`, its `file` cannot be recreated: no expression rebuilds a "
            "`TextIOWrapper`"
        ),
    ]
    report = checking(tmp_path)
    assert [
        (each.target.origin, each.status) for each in report.targets if each.target.origin == "recorded"
    ] == [("recorded", "exports")]
    again = record(tmp_path, sys.executable, "composed.py")
    assert again.stderr == "No new calls: .fullgraph/recorded.json already has them all.\n"


@pytest.mark.slow
@pytest.mark.parametrize("trains", [False, True])
def test_what_another_module_defines_is_named_with_it(tmp_path: Path, checking: Any, trains: bool) -> None:
    wrap = (
        "from torch import nn\n\n\nclass Wrap(nn.Module):\n    def __init__(self, layers):\n        super().__init__()\n"
        "        self.layers = layers\n\n    def forward(self, x):\n        return self.layers(x)\n"
    )
    started = "\n\nfor _ in range(2):\n    print('trains')\n" if trains else ""
    (tmp_path / "wrap.py").write_text(f"{wrap}{started}")
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "__init__.py").touch()
    (tmp_path / "blocks" / "parts.py").write_text(PARTS)
    (tmp_path / "run.py").write_text(
        "import torch\nfrom blocks import parts\nfrom wrap import Wrap\n\n"
        "exec('Wrap(parts.Enc(8, 2))(torch.randn(3, 8))')\n"
    )
    ran = record(tmp_path, sys.executable, "run.py")
    assert ran.stderr.splitlines()[-1].endswith(": Wrap(layers=blocks.parts.Enc(d=8, depth=2))")
    (target,) = [each for each in checking(tmp_path).targets if each.target.origin == "recorded"]
    assert target.status == "exports"
