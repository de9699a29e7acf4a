"""Calls that a program makes anyway, with real torch: what is exported is what the call calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for

from tests.checking import Checking

pytestmark = pytest.mark.slow

FIXTURE = Path(__file__).parent / "fixtures/finders/eager.py"


WIDTHS = {
    "Fixed": (2, 5),
    "Parametrized": (2, 4),
    "SetUp": (1, 6),
    "Helped": (2, 7),
    "Handed": (1, 9),
    "Trained": (4, 3),
    "Listed": (3, 2),
    "Wrapped": (1, 4),
    "Made": (1, 3),
    "Net": (3, 2),
}
"""By model, the shape of `feat` in the fixture's call."""


def test_values_of_fixtures_helpers_and_set_up_are_those_of_a_real_run(
    checking: Checking, tmp_path: Path
) -> None:
    text = FIXTURE.read_text("utf-8").partition("\n#= ")[0]
    (tmp_path / "calls.py").write_text(text, "utf-8")
    report = checking(tmp_path)
    found = {
        each.target.name.partition(":")[2]: each for each in report.targets if each.target.origin == "eager"
    }
    assert {name: each.status for name, each in found.items()} == dict.fromkeys(WIDTHS, "exports")
    assert {name: each.facts.inputs[0].shape for name, each in found.items()} == WIDTHS


IN_TURN = {
    "Small": 3,
    "Large": 4,
    "Net": 5,
    "Zipped": 6,
    "Counted": 7,
    "Given": 8,
    "Kind": 9,
    "Marked": 10,
    "Listed": 11,
    "Held": 12,
    "Handed": 13,
    "Parsed": 14,
}
"""By model, the width of its input."""


def test_each_of_the_values_that_a_name_takes_in_turn(checking: Checking, tmp_path: Path) -> None:
    text = FIXTURE.with_stem("eager_in_turn").read_text("utf-8").partition("\n#= ")[0]
    (tmp_path / "calls.py").write_text(text, "utf-8")
    report = checking(tmp_path)
    found = [each for each in report.targets if each.target.origin == "eager"]
    widths = {each.target.name.partition(":")[2]: each.facts.inputs[0].shape[-1] for each in found}
    assert widths == IN_TURN
    assert {each.status for each in found} == {"exports"}


NETS = '''
from torch import nn


class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, size)

    def forward(self, x):
        return self.layer(x)


class Shown(Net):
    """A net.

    >>> import torch
    >>> Shown(6)(torch.randn(2, 6)).shape
    torch.Size([2, 6])
    """


class Noted(Net): ...


class Branching(Net):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Around(nn.Module):
    def __init__(self, net, scale):
        super().__init__()
        self.net = net
        self.scale = scale

    def forward(self, x):
        return self.net(x) * self.scale
'''

README = """
# Nets

```python
import torch
from package.nets import Around, Branching, Net

net = Net(4)
net(torch.randn(2, 4))
around = Around(scale=2, net=net)
```

```python
Branching(3)(torch.randn(2, 3))
```
"""


@pytest.fixture
def documented(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")
    (tmp_path / "package/nets.py").write_text(NETS)
    (tmp_path / "README.md").write_text(README)
    lines = ["import torch\n", "from package.nets import Noted\n", "Noted(5)(torch.randn(2, 5))"]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": lines}
    (tmp_path / "demo.ipynb").write_text(json.dumps({"cells": [cell]}, indent=1))
    return tmp_path


def test_code_of_documents_runs_and_findings_are_in_the_model(checking: Checking, documented: Path) -> None:
    report = checking(documented)
    found = {each.target.model_class.rpartition(".")[2]: each for each in report.targets}
    places = {name: (Path(each.target.file).name, each.status) for name, each in found.items()}
    assert places == {
        "Net": ("README.md", "exports"),
        "Branching": ("README.md", "fails"),
        "Shown": ("nets.py", "exports"),
        "Noted": ("demo.ipynb", "exports"),
        "Around": ("README.md", "exports"),
    }
    assert found["Around"].target.origin == "inferred"
    assert found["Net"].target.place.range.start.line == README.split("\n").index("net(torch.randn(2, 4))")
    [finding] = [each for each in report.findings if each.rule == "data-dependent-branch"]
    assert finding.place.file == str(documented / "package/nets.py")


def test_one_file_is_checked_with_what_documents_say_of_it(checking: Checking, documented: Path) -> None:
    report = checking(documented / "package/nets.py")
    assert {each.target.origin for each in report.targets if "Net" in each.target.name} == {"eager"}


def test_documents_that_the_settings_leave_out_say_nothing(documented: Path) -> None:
    (documented / "pyproject.toml").write_text('[tool.fullgraph]\nexclude = ["README.md", "*.ipynb"]\n')
    plan = plan_for(Options((str(documented),)))
    assert {Path(task.request.target.file).name for task in plan.tasks} == {"nets.py"}


def test_a_call_that_cannot_be_loaded_gives_way(checking: Checking, tmp_path: Path) -> None:
    (tmp_path / "nets.py").write_text(NETS)
    call = "import torch\nfrom nets import Branching\nnet = Branching(3)\nnet(torch.randn(2, 3).missing())\n"
    (tmp_path / "run.py").write_text(f"{call}raise SystemExit\n")
    (tmp_path / "test_it.py").write_text(call.replace(".missing()", ""))
    [checked] = [each for each in checking(tmp_path).targets if "Branching" in each.target.name]
    assert checked.status == "fails"


IN_A_LOOP = """
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x)

class Choosy(Small):
    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else x

def export(kinds=(Small, Choosy)):
    for kind in (Small, Choosy):
        model = kind().eval()
        torch.export.export(model, (torch.randn(2, 4),))
"""


def test_each_model_that_is_exported_in_a_loop(checking: Checking, tmp_path: Path) -> None:
    (tmp_path / "export.py").write_text(IN_A_LOOP, "utf-8")
    report = checking(tmp_path)
    found = {each.target.model_class: (each.target.origin, each.status) for each in report.targets}
    assert found == {"export.Small": ("call", "exports"), "export.Choosy": ("call", "fails")}


INFERENCE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, size)

    def forward(self, x):
        if not torch.is_inference_mode_enabled():
            return x if x.sum() > 0 else -x
        return self.layer(x)


net = Net(4)
with torch.inference_mode():
    net(torch.randn(2, 4))
"""


def test_a_call_in_inference_mode_is_exported_in_it(checking: Checking, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(INFERENCE, "utf-8")
    [checked] = checking(tmp_path).targets
    assert checked.status == "exports", checked.facts.failures


def test_fixtures_of_conftest_are_those_of_a_real_run(checking: Checking, tmp_path: Path) -> None:
    forward = "    def forward(self, x):\n        return super().forward(x).relu()\n"
    net = f"from torch import nn\nclass Net(nn.Linear):\n{forward}class Wide(nn.Linear):\n{forward}"
    conftest = """
import pytest, torch
from net import Net, Wide
KINDS = [Net, Wide]
@pytest.fixture(params=KINDS)
def model(request):
    return request.param(4, 2)
@pytest.fixture
def batch():
    yield torch.ones(3, 4)
"""
    (tmp_path / "tests").mkdir()
    (tmp_path / "net.py").write_text(net, "utf-8")
    (tmp_path / "tests/conftest.py").write_text(conftest, "utf-8")
    (tmp_path / "tests/test_net.py").write_text("def test_it(model, batch):\n    model(batch)\n", "utf-8")
    report = checking(tmp_path)
    found = {(each.target.model_class, each.status, each.facts.inputs[0].shape) for each in report.targets}
    assert found == {("net.Net", "exports", (3, 4)), ("net.Wide", "exports", (3, 4))}
