"""Models that configuration files build, checked: by name, by sections that fit, and where code loads the file."""

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
        def __init__(self, width, act, sides):
            super().__init__()
            self.layers = nn.Sequential(*[nn.Linear(width, width) for _ in range(sides)])
            self.act = getattr(nn, act)()

        def forward(self, x):
            y = self.layers(x)
            return self.act(y) if y.sum() > 0 else y
"""
SECTION = "seed: 1\nmodel:\n  width: 24\n  act: ReLU\n  sides: 2\n"


def project(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"config.yaml": "_target_: net.Net\nwidth: 24\nact: ReLU\nsides: ${width}\n".replace("${width}", "2")},
        {"configs/a.json": '{"model": {"width": 24, "act": "ReLU", "sides": 2}}'},
        {"configs/a.yaml": SECTION, "run.py": "import yaml\nfrom net import Net\n"
         "cfg = yaml.safe_load(open('configs/a.yaml'))\nnet = Net(**cfg['model'])\n"},
        {"tools/a.toml": "[model]\nwidth = 24\nact = 'ReLU'\nsides = 2\n",
         "tools/run.py": "import tomllib\nfrom pathlib import Path\nfrom net import Net\n"
         "with open(Path(__file__).parent / 'a.toml', 'rb') as file:\n    cfg = tomllib.load(file)\n"
         "net = Net(**cfg['model'])\n"},
    ],
)  # fmt: skip
def test_the_model_has_the_arguments_of_the_file(
    checking: Checking, tmp_path: Path, files: dict[str, str]
) -> None:
    report = checking(project(tmp_path, {"net.py": NET, "setup.py": "", **files}))
    [net] = report.targets
    assert net.status == "fails"
    assert [each.shape[-1] for each in net.facts.inputs] == [24]
    assert net.facts.assumed == ()


def test_a_configuration_gives_what_it_has_and_the_rest_is_made_up(
    checking: Checking, tmp_path: Path
) -> None:
    net = """
        from torch import nn

        class Part(nn.Module):
            def __init__(self, conf):
                super().__init__()
                assert "kind" in conf and conf.get("bias", True) is False and {**conf.sizes} == {"out": 7}
                self.layer = nn.Linear(conf.hidden_dim, conf["sizes"]["out"] + conf.num_classes, conf.bias)

            def forward(self, x):
                return self.layer(x)

        class Net(nn.Module):
            def __init__(self, cfg):
                super().__init__()
                self.part = Part(cfg.model)

            def forward(self, x):
                return self.part(x)
    """
    text = "model:\n  hidden_dim: 24\n  kind: a\n  bias: off\n  sizes: {out: 7}\n"
    report = checking(project(tmp_path, {"net.py": net, "config.yml": text}))
    [target] = report.targets
    assert (target.target.name, target.status) == ("net:Net", "exports")
    assert [each.shape[-1] for each in (*target.facts.inputs, *target.facts.outputs)] == [24, 17]
    assert [(each.what, each.by) for each in target.facts.assumed] == [("num_classes", "10")]


def test_what_a_configuration_builds_wrongly_gives_way(checking: Checking, tmp_path: Path) -> None:
    files = {"conf/tiny.yaml": SECTION.replace("ReLU", "Nonsense"), "conf/large.yaml": SECTION}
    [net] = checking(project(tmp_path, {"net.py": NET, **files})).targets
    assert Path(net.target.model.place.file).name == "large.yaml"


def test_a_script_is_run_as_the_readme_says(checking: Checking, tmp_path: Path) -> None:
    script = """
        import argparse
        from net import Net

        def main():
            parser = argparse.ArgumentParser()
            parser.add_argument("data")
            parser.add_argument("--width", type=int, required=True)
            parser.add_argument("--act")
            parser.add_argument("--sides", type=int, default=1)
            args = parser.parse_args()
            net = Net(args.width, args.act, args.sides)
            train(net, args.data)

        main()
    """
    readme = (
        "# Net\n\n```\n$ CUDA_VISIBLE_DEVICES=0 python train.py mnist \\\n    --width=24 --act GELU\n```\n"
    )
    [net] = checking(project(tmp_path, {"net.py": NET, "train.py": script, "README.md": readme})).targets
    assert net.status == "fails"
    assert net.target.run_as
    assert (
        net.target.run_as.arguments,
        net.target.run_as.place and net.target.run_as.place.range.start.line,
    ) == (
        ("mnist", "--width", "24", "--act", "GELU"),
        3,
    )
    assert [each.shape[-1] for each in net.facts.inputs] == [24]
    assert net.facts.assumed == ()


def test_a_configuration_that_a_script_asks_for_is_one_of_the_repository(
    checking: Checking, tmp_path: Path
) -> None:
    script = """
        import sys, yaml, argparse
        from net import Net
        parser = argparse.ArgumentParser()
        parser.add_argument("-c", "--config", required=True)
        cfg = yaml.safe_load(open(parser.parse_args().config))
        net = Net(**cfg["model"])
        train(net)
    """
    other = "name: paper\nauthors: [a]\n"
    files = {"net.py": NET, "train.py": script, "configs/base.yaml": SECTION, "configs/other.yaml": other}
    [net] = checking(project(tmp_path, files)).targets
    assert net.target.run_as
    assert net.target.run_as.arguments == ("-c", "configs/base.yaml")
    assert (net.target.run_as.place, net.status, net.facts.assumed) == (None, "fails", ())


def test_models_are_built_by_their_names_where_these_lead_to_them(checking: Checking, tmp_path: Path) -> None:
    nets = """
        from torch import nn
        TABLE = {}

        def register(name):
            return lambda cls: TABLE.setdefault(name, cls)

        def build(name, **kwargs):
            return TABLE[name](**kwargs)

        @register("wide")
        class Wide(nn.Module):
            def __init__(self, act, width):
                super().__init__()
                self.layer, self.act = nn.Linear(width, 4 * width), act

            def forward(self, x):
                return self.act(self.layer(x))

        @register("deep")
        class Deep(nn.Module):
            def __init__(self, act, width):
                super().__init__()
                self.layers, self.act = nn.Sequential(*[nn.Linear(width, width)] * 3), act

            def forward(self, x):
                return self.act(self.layers(x))
    """
    main = """
        import argparse, nets
        from torch import nn
        parser = argparse.ArgumentParser()
        parser.add_argument("--arch", default="deep")
        net = nets.build(parser.parse_args().arch, act=nn.ReLU(), width=24)
        train(net)
    """
    report = checking(project(tmp_path, {"nets.py": nets, "main.py": main}))
    [deep] = report.targets
    assert (deep.target.name, deep.status, deep.facts.inputs[0].shape[-1]) == ("nets:Deep", "exports", 24)
    assert [each.target.name for each in report.skipped] == ["nets:Wide"]


def test_a_section_that_the_constructor_refuses_is_no_broken_import(
    checking: Checking, tmp_path: Path
) -> None:
    report = checking(project(tmp_path, {"net.py": NET, "a.yaml": SECTION.replace("ReLU", "Nonsense")}))
    assert report.targets == ()
    assert {each.rule for each in report.findings} == {"target-skipped"}
