"""Models built by functions of the repository, or with made-up numbers: the first way that leads to one counts."""

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

        def _net(width):
            return Net(width, nn.ReLU())

        def build_net(checkpoint=None):
            net = _net(8)
            if checkpoint is not None:
                net.load_state_dict(read(checkpoint))
            return net

        sys.exit(serve(build_net()))
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

        def net_a():
            raise ValueError("this one is no longer supported")
            return _net(8, False)

        def _net(width, big):
            net = Net(width, nn.ReLU())
            if big:
                net = Big(net, width)
            return net

        def net_b(big=True):
            return _net(8, big)
    """
    report = checking(project(tmp_path, net=NET, build=build))

    built = {each.target.name: each.target.model.text for each in report.targets}
    assert built == {"net:Big": "net_b().eval()"}
    assert [each.target.model.text for each in report.skipped] == ["net_a().eval()"]


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


def test_numbers_that_nothing_tells_are_found_and_said(checking: Checking, tmp_path: Path) -> None:
    clip = """
        from dataclasses import dataclass
        import torch
        from torch import nn

        @dataclass
        class Dims:
            n_mels: int
            n_state: int
            n_head: int

        class Audio(nn.Module):
            def __init__(self, dims: Dims):
                super().__init__()
                self.conv = nn.Conv1d(dims.n_mels, dims.n_state, 3, padding=1)
                self.attention = nn.MultiheadAttention(dims.n_state, dims.n_head, batch_first=True)

            def forward(self, mel):
                x = self.conv(mel).transpose(1, 2)
                return self.attention(x, x, x)[0]

        class Text(nn.Module):
            def __init__(self, vocab_size: int, width: int, heads: int, layers: int):
                super().__init__()
                assert width % (heads * 8) == 0 and heads > 4
                self.embedding = nn.Embedding(vocab_size, width)
                self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))

            def forward(self, tokens):
                x = self.embedding(tokens)
                for block in self.blocks:
                    x = block(x)
                return x

        class Options(nn.Module):
            def __init__(self, args):
                super().__init__()
                self.layer = nn.Linear(args.hidden_size, args.num_classes)
                self.act = nn.ReLU() if args.use_relu else nn.GELU()

            def forward(self, x):
                return self.act(self.layer(x))
    """
    report = checking(project(tmp_path, clip=clip))

    assert {each.target.name: each.status for each in report.targets} == {
        "clip:Audio": "exports",
        "clip:Text": "exports",
        "clip:Options": "exports",
    }
    said = {each.target.name: {a.what: a.by for a in each.facts.assumed} for each in report.targets}
    assert said["clip:Audio"] == {"n_mels": "80", "n_state": "64", "n_head": "4"}
    assert said["clip:Text"]["heads"] == "8"
    assert said["clip:Options"]["hidden_size"] == "64"


def test_what_another_tool_is_given_is_what_is_exported(checking: Checking, tmp_path: Path) -> None:
    script = """
        import torch
        from torch import nn
        from torchinfo import summary
        from net import Net

        def show(width=8):
            net = Net(width, nn.ReLU())
            summary(net, input_size=(3, width))
            raise SystemExit(1)

        show()
    """
    report = checking(project(tmp_path, net=NET, script=script))

    [net] = [each for each in report.targets if each.target.name.endswith("net:Net")]
    assert (net.target.origin, net.status) == ("tools", "fails")
    assert [each.shape for each in net.facts.inputs] == [(3, 8)]


def test_dynamic_sizes_that_nobody_asked_for_fail_no_model(checking: Checking, tmp_path: Path) -> None:
    net = """
        import torch.nn.functional as F
        from torch import nn

        class Attending(nn.Module):
            def __init__(self):
                super().__init__()
                self.project = nn.Linear(16, 16)

            def forward(self, x):
                q = self.project(x)
                return F.scaled_dot_product_attention(q, q, q, is_causal=x.shape[1] > 1)
    """
    (checked,) = checking(project(tmp_path, net=net)).targets
    assert checked.status == "exports"
    assert [(each.what, each.by) for each in checked.facts.assumed] == [
        ("dynamic sizes", "checked with static sizes (with dynamic ones the export fails)")
    ]
    assert checked.facts.inferred
    assert checked.facts.inferred.dynamic_shapes == "{'x': None}"


def test_with_many_convolutions_the_first_dimension_alone_is_dynamic(
    checking: Checking, tmp_path: Path
) -> None:
    """Each makes a longer expression of the sizes, and an export of a large U-Net takes six times as long."""
    net = """
        import torch
        from torch import nn


        class Deep(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(41)))

            def forward(self, x):
                return self.layers(x)
    """
    (checked,) = checking(project(tmp_path, net=net)).targets
    assert checked.status == "exports"
    assert [each.by for each in checked.facts.assumed] == [
        "only the first dimension of each input is dynamic (the model has more than 40 convolutions)"
    ]
    assert checked.facts.inferred
    assert checked.facts.inferred.dynamic_shapes == '{"x": {0: Dim.AUTO}}'


BRANCHING = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, kind="plain"):
            super().__init__()
            self.kind, self.fc = kind, nn.Linear(8, 8)

        def configure(self):
            self.kind = "branching"

        def forward(self, x):
            x = self.fc(x)
            return -x if self.kind != "plain" and x.sum() > 0 else x
"""


@pytest.mark.parametrize(
    "before",
    [
        "net = Net()\nnet.configure()",
        "def setup(model):\n    model.kind = 'branching'\nnet = Net()\nsetup(net)",
        "def each(m):\n    for n in m.modules():\n        n.kind = 'x'\ndef go(m):\n    each(m)\nnet = Net()\ngo(net)",
        "def fill(settings):\n    settings['kind'] = 'branching'\ngiven = {}\nfill(given)\nnet = Net(**given)",
        "try:\n    n = int('x')\n    kind = 'plain'\nexcept ValueError:\n    kind = 'branching'\nnet = Net(kind)",
    ],
)
def test_what_changes_a_model_before_its_call_is_run(checking: Checking, tmp_path: Path, before: str) -> None:
    script = f"import torch\nfrom net import Net\n{before}\ntorch.export.export(net, (torch.randn(2, 8),))\n"
    (tmp_path / "net.py").write_text(dedent(BRANCHING), encoding="utf-8")
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    assert [each.status for each in checking(tmp_path).targets] == ["fails"]


def test_what_trains_a_model_before_its_call_is_not_run(checking: Checking, tmp_path: Path) -> None:
    script = """
        import torch
        from net import Net

        def improve(model):
            model.kind = "branching"
            raise SystemExit("trained")
            loss.backward()

        net = Net()
        improve(net)
        torch.export.export(net, (torch.randn(2, 8),))
    """
    report = checking(project(tmp_path, net=BRANCHING, script=script))
    assert [each.status for each in report.targets] == ["exports"]
