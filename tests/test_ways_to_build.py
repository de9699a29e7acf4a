"""Models that a function of the repository builds, with real torch: the first way that leads to the model counts."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.checking import Checking

pytestmark = pytest.mark.slow

NET = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, width, act):
            super().__init__()
            self.layer, self.act = nn.Linear(width, width), act

        def forward(self, x):
            y = self.layer(x)
            return self.act(y) if y.sum() > 0 else y

    class Big(nn.Module):
        def __init__(self, inner, width):
            super().__init__()
            self.inner, self.out = inner, nn.Linear(width, width)

        def forward(self, x):
            return self.out(x)
"""


def project(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return tmp_path


def test_a_function_s_model_is_checked_at_its_class(checking: Checking, tmp_path: Path) -> None:
    build = """
        import sys
        from torch import nn
        from net import Net

        def build_net(checkpoint=None):
            net = Net(8, nn.ReLU())
            if checkpoint is not None:
                net.load_state_dict(read(checkpoint))
            return net

        sys.exit(1)
    """
    report = checking(project(tmp_path, net=NET, build=build))

    [net] = [each for each in report.targets if each.target.name == "net:Net"]
    assert net.status == "fails"
    assert net.target.model.text == "build_net().eval()"
    found = [each for each in report.findings if each.rule == "data-dependent-branch"]
    assert [Path(each.place.file).name for each in found] == ["net.py"]


def test_where_one_way_does_not_lead_to_the_model_the_next_does(checking: Checking, tmp_path: Path) -> None:
    build = """
        from torch import nn
        from net import Big, Net

        def net_a(config=None):
            return Net(read_settings(), nn.ReLU())

        def net_b(big=True):
            net = Net(8, nn.ReLU())
            if big:
                net = Big(net, 8)
            return net

        def net_c():
            return Net(8, nn.ReLU())
    """
    report = checking(project(tmp_path, net=NET, build=build))

    built = {each.target.name: each.target.model.text for each in report.targets}
    assert built == {"net:Net": "net_c().eval()", "net:Big": "net_b().eval()"}
    assert not report.skipped


def test_where_no_way_leads_to_the_model_the_first_says_why(checking: Checking, tmp_path: Path) -> None:
    build = """
        from net import Net

        def net_a():
            raise ValueError("this one is no longer supported")
            return Net(8, make())

        def net_b():
            raise ValueError("this one neither")
            return Net(8, make())
    """
    report = checking(project(tmp_path, net=NET, build=build))

    [skipped] = [each for each in report.findings if each.target == "net:Net"]
    assert "no longer supported" in skipped.message
