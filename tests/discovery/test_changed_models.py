"""What changes a model between its making and its call stays in the slice, in whichever way it is written."""

from __future__ import annotations

import pytest
from fullgraph.discovery import discover
from fullgraph.text.source import SourceText

from tests.discovery.test_eager import eager

ABOVE = """
import functools
import threading
import torch
from torch import nn
from unittest.mock import patch


class Net(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.l = nn.Linear(d, d)
        self.mode = 0

    def switch(self):
        self.mode = 1

    def forward(self, x):
        return self.l(x)


class Holder:
    def __init__(self, net):
        self.net = net

    def activate(self):
        self.net.mode = 1


class Setter:
    def configure(self, net):
        net.mode = 1


def turn(m):
    m.mode = 1


def other(self, x):
    return x


def monkey():
    Net.forward = other


def look(m):
    return sum(p.numel() for p in m.parameters())


def train(m):
    m.mode = 1
    m(torch.randn(2, 4)).sum().backward()


def registered(f):
    f()
    return f


net = Net(4)
"""
CALL = "\ny = net(torch.randn(2, 4))\n"

CHANGES = (
    "m2 = net\nm2.switch()",
    "vars(net).update(mode=1)",
    "vars(net)['mode'] = 1",
    "type(net).forward = other",
    "globals()['net'].mode = 1",
    "object.__setattr__(net, 'mode', 1)",
    "[turn(m) for m in net.modules()]",
    "for m in net.modules():\n    m.mode = 1",
    "for m in net.children():\n    turn(m)",
    "for p in net.parameters():\n    p.requires_grad_(False)",
    "for _ in range(2):\n    turn(net)",
    "list(map(turn, net.modules()))",
    "net.apply(turn)",
    "with patch.object(net, 'mode', 1):",
    "t = threading.Thread(target=turn, args=(net,))\nt.start()",
    "functools.partial(turn, net)()",
    "(lambda m: setattr(m, 'mode', 1))(net)",
    "nets = [net]\nnets[0].mode = 1",
    "made = {'net': net}\nturn(made['net'])",
    "held = Holder(net)\nheld.activate()",
    "Setter().configure(net)",
    "steps = [turn]\nfor step in steps:\n    step(net)",
    "assert turn(net) is None",
    "if turn(net):",
    "print(turn(net))",
    "@registered\ndef now():\n    turn(net)",
    "monkey()",
    "nn.utils.parametrizations.weight_norm(net.l)",
)
"""Each of them counts, its last line too; a header has a body that does not."""

NO_CHANGES = (
    "print(net)",
    "n = look(net)",
    "optimizer = torch.optim.SGD(net.parameters(), lr=0.1)",
    "train(net)",
    "for epoch in range(100):\n    train(net)",
    "torch.save(net.state_dict(), 'net.pt')",
    "names = [n for n, _ in net.named_parameters()]",
    "other_net = Net(8)\nother_net.switch()",
)


def sliced(text: str) -> str:
    found = discover(SourceText("/m.py", text), "m")
    [target] = [each for each in found.targets if each.origin == "eager"]
    assert target.slice is not None
    return target.slice.text


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_stays(change: str) -> None:
    body = "\n    print()" if change.endswith(":") else ""
    assert change in sliced(ABOVE + change + body + CALL)


@pytest.mark.parametrize("change", CHANGES)
def test_in_a_function_too(change: str) -> None:
    lines = change.split("\n") + (["    print()"] if change.endswith(":") else [])
    inside = "\n".join(f"    {line}" for line in ("net = Net(4)", *lines, *CALL.split("\n")))
    if "globals" not in change:
        text = f"{ABOVE.rpartition('net = ')[0]}\ndef main():\n{inside}\n\nmain()\n"
        assert change.rpartition("\n")[2].strip() in sliced(text)


@pytest.mark.parametrize("line", NO_CHANGES)
def test_what_changes_nothing_or_trains_is_left_out(line: str) -> None:
    assert line not in sliced(ABOVE + line + CALL)


GUARDS = (
    "raise RuntimeError('not for use')",
    "sys.exit('not for use')",
    "assert os.environ.get('DATA'), 'set DATA'",
    "if len(sys.argv) < 2:\n    print('usage')\n    sys.exit(1)",
    "try:\n    import apex\nexcept ImportError:\n    raise SystemExit('install apex')",
    "check()",
)
GUARDED = """
import os
import sys
import torch
from torch import nn


def check():
    if not os.environ.get("DATA"):
        raise RuntimeError("set DATA")


class Net(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.l = nn.Linear(d, d)

    def forward(self, x):
        return self.l(x)


def evaluate(net):
    return 0.5
"""


@pytest.mark.parametrize("guard", GUARDS)
def test_what_ends_the_program_before_the_call_stays(guard: str) -> None:
    call = "net = Net(4)\nnet(torch.randn(2, 4))\n"
    assert guard in sliced(f"{GUARDED}\n{guard}\n{call}")
    main = "def main():\n    net = Net(4)\n    net(torch.randn(2, 4))\n"
    assert guard in sliced(f"{GUARDED}\n{guard}\n{main}\nmain()\n")
    assert guard in sliced(f"{GUARDED}\n{main}\n{guard}\nmain()\n")


@pytest.mark.parametrize("guard", GUARDS)
def test_but_not_what_comes_after_it(guard: str) -> None:
    assert guard not in sliced(f"{GUARDED}\nnet = Net(4)\nnet(torch.randn(2, 4))\n{guard}\n")
    main = "def main():\n    net = Net(4)\n    net(torch.randn(2, 4))\n"
    assert guard not in sliced(f"{GUARDED}\n{main}\nmain()\n{guard}\n")


@pytest.mark.parametrize("line", ["sys.exit(evaluate(1))", "assert evaluate(1) > best"])
def test_nor_what_runs_the_program_to_end_it(line: str) -> None:
    text = f"{GUARDED}\nnet = Net(4)\nbest = evaluate(net)\n{line}\nnet(torch.randn(2, 4))\n"
    assert line not in sliced(text)


NET = "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return x\n"
PATCH = "import net\ndef forward(self, x): return -x\ndef apply():\n    net.Net.forward = forward\n"
IN_ANOTHER_FILE = {
    "an import that patches": ("import patches", PATCH + "apply()\n"),
    "an import of one that does": ("import first", PATCH + "apply()\n"),
    "a function of another file": ("patches.apply()", PATCH),
    "a switch": ("import patches", "import switches\nswitches.ON = True\n"),
}


@pytest.mark.parametrize("case", IN_ANOTHER_FILE)
def test_what_another_file_changes_stays(case: str) -> None:
    line, patches = IN_ANOTHER_FILE[case]
    imported = "" if line.startswith("import") else "import patches\n"
    [target] = eager(
        {
            "net.py": NET,
            "switches.py": "ON = False\n",
            "patches.py": patches,
            "first.py": "import patches\n",
            "harmless.py": "import torch\nCOUNT = {}\nCOUNT['x'] = 1\n",
            "main.py": f"import torch\nimport switches\nfrom net import Net\nimport harmless\n{imported}{line}\n"
            "net = Net()\nx = torch.ones(2) if switches.ON else torch.zeros(2)\nnet(x)\n",
        }
    )
    assert target.slice is not None
    assert line in target.slice.text
    assert "import harmless" not in target.slice.text
