"""Devices that are not there: the CPU stands in, and the program is that of the same code with `cpu` written there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.model import DescribeProgram, Facts, NoInputs, Program, Raised, Stopped
from fullgraph.workers import Worker

from tests.workers.asking import request

HEAD = """\
import contextlib
import torch
import torch.nn.functional as F
from torch import nn, zeros
from torch.cuda.amp import autocast

"""

NET = """\
{above}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        {init}

    def forward(self, x):
        {forward}


def made():
    model = Net()
    {made}
    return model


def inputs():
    {inputs}
"""

PLAIN = {
    "above": "",
    "init": "",
    "forward": "return self.fc(x)",
    "made": "",
    "inputs": "return (torch.ones(2, 2),)",
}

CASES: dict[str, dict[str, str]] = {
    "a model that is moved": {
        "made": "model.cuda().eval()",
        "inputs": 'return (torch.ones(2, 2, device="cuda"),)',
    },
    "moved by to": {"made": 'model.to("cuda:0")', "inputs": 'return (torch.ones(2, 2).to("cuda:0"),)'},
    "a device": {
        "above": 'DEVICE = torch.device("cuda", 0)',
        "made": "model.to(device=DEVICE, dtype=torch.float32)",
        "inputs": "return (torch.ones(2, 2, device=DEVICE),)",
    },
    "by index": {"made": "model.to(0)", "inputs": "return (torch.ones(2, 2, device=0).to(0),)"},
    "mps": {"made": 'model.to("mps")', "inputs": 'return (torch.ones(2, 2).to(torch.device("mps")),)'},
    "xpu": {"made": 'model.to("xpu")', "inputs": "return (torch.ones(2, 2).xpu(),)"},
    "layers": {
        "init": 'self.fc = nn.Sequential(nn.Linear(2, 2, device="cuda"), nn.LayerNorm(2, device="cuda"))',
        "inputs": 'return (zeros(2, 2, device="cuda"),)',
    },
    "a buffer": {
        "init": 'self.register_buffer("pos", torch.arange(2).cuda())',
        "forward": "return self.fc(x) + self.pos.cuda(non_blocking=True)",
    },
    "factories in forward": {
        "forward": 'return self.fc(x) + torch.arange(2, device="cuda") + torch.tensor([1.0, 2.0], device="cuda")'
    },
    "a tensor of sizes": {"forward": 'return self.fc(x) + torch.tensor([x.shape[0], 3], device="cuda")'},
    "like another": {
        "forward": 'return x + torch.zeros_like(x, device="cuda") + x.new_ones(2, device="cuda")'
    },
    "to with a type": {
        "forward": 'return self.fc(x.to("cuda", torch.float32)).to(device="cuda:0", dtype=torch.half)'
    },
    "by the name of a type": {"forward": 'return self.fc(x.type("torch.cuda.FloatTensor"))'},
    "by a type": {"made": "model.type(torch.cuda.DoubleTensor).float()"},
    "a typed constructor": {"init": 'self.register_buffer("pos", torch.cuda.FloatTensor(2).fill_(1.0))'},
    "the default device": {"above": 'torch.set_default_device("cuda")'},
    "a device as context": {
        "forward": 'with torch.device("cuda"):\n            return self.fc(x) + torch.ones(2)'
    },
    "built in a context": {"made": 'with torch.device("cuda:0"):\n        model = Net()'},
    "the default of types": {"above": 'torch.set_default_tensor_type("torch.cuda.FloatTensor")'},
    "its functions": {
        "above": "torch.cuda.set_device(0)\ntorch.cuda.synchronize()\ntorch.cuda.empty_cache()\n"
        "print(torch.cuda.get_device_name(torch.cuda.current_device()), torch.cuda.get_device_properties(0).name)",
        "forward": "torch.cuda.synchronize()\n        return self.fc(x)",
        "made": "torch.cuda.reset_peak_memory_stats()\n    model.cuda()",
    },
    "streams": {
        "made": "stream = torch.cuda.Stream()\n    with torch.cuda.stream(stream), torch.cuda.device(0):\n"
        "        torch.cuda.current_stream().wait_stream(stream)\n        model.cuda()\n    stream.synchronize()"
    },
    "random numbers": {
        "above": 'torch.cuda.manual_seed_all(3)\nGENERATOR = torch.Generator(device="cuda").manual_seed(3)\n'
        "assert isinstance(GENERATOR, torch.Generator)",
        "inputs": 'return (torch.randn(2, 2, generator=GENERATOR, device="cuda"),)',
    },
    "pinned memory": {"inputs": "return (torch.ones(2, 2, pin_memory=True).pin_memory().cuda(),)"},
    "a checkpoint": {
        "made": 'torch.save(model.state_dict(), "{folder}/w.pt")\n'
        '    model.load_state_dict(torch.load("{folder}/w.pt", map_location="cuda:0"))'
    },
    "a checkpoint by a function": {
        "made": 'torch.save(model.state_dict(), "{folder}/w.pt")\n'
        '    model.load_state_dict(torch.load("{folder}/w.pt", map_location=lambda storage, _: storage.cuda(0)))'
    },
    "autocast": {
        "forward": 'with torch.autocast("cuda", dtype=torch.bfloat16):\n            return self.fc(x.cuda())',
    },
    "autocast by default": {
        "forward": 'with torch.amp.autocast("cuda"):\n            return self.fc(x.cuda())'
    },
    "autocast of old": {
        "forward": "with autocast(dtype=torch.bfloat16):\n            return self.fc(x.cuda())"
    },
    "half": {
        "made": "model.half().cuda()",
        "inputs": 'return (torch.ones(2, 2, dtype=torch.half, device="cuda"),)',
    },
    "inside of cond": {
        "forward": "return torch.cond(x.sum() > 0, lambda x: x + torch.ones(2, device='cuda'), lambda x: x - 1, (x,))"
    },
}

_AS_CPU = (
    (r"torch\.cuda\.(set_device|synchronize|empty_cache|reset_peak_memory_stats)\(.*\)", "pass"),
    (r"print\(.*\)", "pass"),
    (r"torch\.cuda\.current_stream\(\).*|stream\.synchronize\(\)", "pass"),
    (r"torch\.cuda\.Stream\(\)", "None"),
    (r"torch\.cuda\.(stream|device)\(", "contextlib.nullcontext("),
    (r'torch\.amp\.autocast\("cuda"\)', 'torch.amp.autocast("cpu", dtype=torch.half)'),
    (r"\bautocast\((dtype=.*?)\)", r'torch.autocast("cpu", \1, cache_enabled=True)'),
    (r"\.pin_memory\(\)|, pin_memory=True", ""),
    (r"torch\.cuda\.(?=\w+Tensor)", "torch."),
    (r'"cuda", 0', '"cpu"'),
    (r"storage\.cuda\(0\)", "storage"),
    (r"\.(?:cuda|xpu)\(.*?\)", ".cpu()"),
    (r"""(["'])(?:cuda|mps|xpu)(?::0)?["']""", r"\1cpu\1"),
    (r"device=0|(?<=to\()0", '"cpu"'),
    (r"2, \"cpu\"\)", '2, device="cpu")'),
)


def text_of(case: dict[str, str], folder: Path) -> str:
    return HEAD + NET.format(**PLAIN | case).replace("{folder}", str(folder))


def on_cpu(text: str) -> str:
    """The same code with `cpu` written where it names an accelerator."""
    head, rest = text[: len(HEAD)], text[len(HEAD) :]
    for pattern, instead in _AS_CPU:
        rest = re.sub(pattern, instead, rest)
    return head + rest


def traced(worker: Worker, folder: Path, text: str, *, strict: bool = False) -> Facts:
    (folder / "net.py").write_text(text)
    asked = request("net", folder=folder, model="made()")
    args = replace(asked.target.model, text="inputs()")
    target = replace(asked.target, args=args, strict=strict)
    return worker.trace(replace(asked, target=target, program=DescribeProgram("training")))


def nodes_of(facts: Facts) -> list[object]:
    assert isinstance(facts.program, Program), facts.failures
    groups = [group for graph in facts.program.graphs for group in graph.groups]
    return [node for group in groups for node in group.nodes]


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True], ids=["non-strict", "strict"])
@pytest.mark.parametrize("name", CASES)
def test_the_program_is_that_of_the_cpu(worker: Worker, tmp_path: Path, name: str, *, strict: bool) -> None:
    if strict and name == "a device as context":
        pytest.skip("Dynamo takes no device as a context manager, on whatever device")
    text = text_of(CASES[name], tmp_path)
    expected = traced(worker, tmp_path, on_cpu(text), strict=strict)
    found = traced(worker, tmp_path, text, strict=strict)
    assert expected.exported, expected.failures
    assert found.exported, found.failures
    assert not [each for each in found.failures if isinstance(each, Raised)]
    assert nodes_of(found) == nodes_of(expected)
    assert {each.kind for each in found.assumed} == {"device"}
    assert expected.assumed == ()


FORKING = """\
import os
import torch
from torch import nn

os.register_at_fork(after_in_child=lambda: os._exit(9))
torch.cuda.is_initialized = lambda: {initialized}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        if x.sum() > 0:
            return self.fc(x)
        return x


def made():
    return Net()


def inputs():
    return (torch.ones(2, 2),)
"""


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["comment", "inferred"])
@pytest.mark.parametrize("initialized", [True, False])
def test_no_process_forks_that_has_initialized_a_device(
    worker: Worker, tmp_path: Path, origin: str, *, initialized: bool
) -> None:
    (tmp_path / "net.py").write_text(FORKING.format(initialized=initialized))
    asked = request("net", folder=tmp_path, model="made()")
    args = replace(asked.target.model, text="inputs()") if origin == "comment" else None
    target = replace(asked.target, args=args, origin=origin)
    facts = worker.trace(replace(asked, target=target, values=True, breaks=True))
    if initialized:
        assert facts.steps == ("load", "export", "eager", "values", "breaks")
        assert {type(each).__name__ for each in facts.failures} == {"DataDependent", "GraphBreak"}
        assert [side.looked for side in facts.sides] == [False]
        assert facts.values
    else:  # a fork is seen
        assert any(isinstance(each, (Stopped, NoInputs)) for each in facts.failures)
