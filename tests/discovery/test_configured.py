"""Models built from configuration files: what they name, and sections that fit a constructor."""

from __future__ import annotations

import pytest

from tests.discovery.configurations import repository, targets, ways

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width, act, depth=1):
        super().__init__()
        self.layer, self.act = nn.Linear(width, width), act

    def forward(self, x):
        return self.act(self.layer(x))

class Wrap(nn.Module):
    def __init__(self, net, options, sizes=()):
        super().__init__()
        self.net, self.out = net, nn.Linear(2, 2)

    def forward(self, x):
        return self.out(self.net(x))
"""


def built(files: dict[str, str], name: str = "Net") -> list[str]:
    """The calls of a class in the code that the configurations stand for."""
    texts = [each.source.text.strip("\n") for each in repository(files).documents]
    calls = [line for text in texts for line in text.split("\n") if f"{name}(" in line]
    return [each.rpartition("; ")[2] for each in calls]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("_target_: pkg.net.Net\nwidth: 8\nact: relu\n", "Net(width=8, act='relu')"),
        ("model:\n  _target_: pkg.net.Net\n  _args_: [8, relu]\n", "Net(8, 'relu')"),
        ("_target_: pkg.net.Net\nwidth: 8\nact: {_target_: torch.nn.GELU}\n", "Net(width=8, act=GELU())"),
        (
            "_target_: pkg.net.Net\nwidth: 8\nact:\n  _target_: torch.nn.GELU\n  _partial_: true\n",
            "Net(width=8, act=partial(GELU))",
        ),
        (
            "_target_: pkg.net.Net\nwidth: 8\nact: {_target_: hydra.utils.get_class, path: torch.nn.GELU}\n",
            "Net(width=8, act=GELU)",
        ),
        ("width: 8\nnet:\n  _target_: pkg.net.Net\n  width: ${width}\n", "Net(width=8)"),
        ("net:\n  _target_: pkg.net.Net\n  width: 8\n  depth: ${.width}\n", "Net(width=8, depth=8)"),
        ("n: 4\nnet: {_target_: pkg.net.Net, act: 'act${n}'}\n", "Net(act='act4')"),
        ("_target_: pkg.net.Net\nwidth: 8\ndepth: ???\n", "Net(width=8)"),
        ("_target_: pkg.net.Net\nwidth: {a: 1}\n", "Net(width=OmegaConf.create({'a': 1}))"),
        ("_target_: pkg.net.Net\n_convert_: all\nwidth: {a: 1}\n", "Net(width={'a': 1})"),
        (
            "model:\n  class_path: pkg.net.Net\n  init_args:\n    width: 8\n    act: {class_path: torch.nn.ReLU}\n",
            "Net(width=8, act=ReLU())",
        ),
        ("model:\n  class_path: Net\n  init_args: {width: 8}\n", "Net(width=8)"),
        ("model:\n  target: pkg.net.Net\n  params: {width: 8}\n", "Net(width=8)"),
        ("network_g:\n  type: Net\n  width: 8\n  depth: 2\n", "Net(width=8, depth=2)"),
        ("arch:\n  type: Net\n  args: {width: 8}\n", "Net(width=8)"),
        ("arch:\n  name: small-net\n  args: {width: 8}\n", "Small(width=8)"),
        ("_target_: net.Net\nwidth: 8\n", "Net(width=8)"),
    ],
)
def test_what_a_configuration_names_is_built(text: str, call: str) -> None:
    registered = "\n@MODELS.register_module('small-net')\nclass Small(nn.Module): ...\n"
    files = {"pkg/net.py": NET + registered, "configs/a.yaml": text}
    assert built(files, call.partition("(")[0]) == [call]


@pytest.mark.parametrize(
    "text",
    [
        "_target_: pkg.net.Net\nwidth: ${oc.env:WIDTH}\n",
        "_target_: pkg.net.Net\nwidth: ${nowhere.width}\n",
        "a: ${b}\nb: ${a}\nnet: {_target_: pkg.net.Net, width: '${a}'}\n",
        "_target_: pkg.net.Net\nwidth: !include other\n",
        "_target_: pkg.net.Net\nnot a name: 3\n",
        "optimizer: {type: NetTrainer, width: 3}\n",
        "type: Net\n",
        "net: [Net, 3]\n",
    ],
)
def test_what_is_not_known_builds_nothing(text: str) -> None:
    both = {"pkg/net.py": NET, "pkg/other.py": NET} if text == "type: Net\n" else {"pkg/net.py": NET}
    assert built({**both, "configs/a.yaml": text}) == []


def test_defaults_lists_are_composed() -> None:
    files = {
        "pkg/net.py": NET,
        "conf/config.yaml": "defaults:\n  - _self_\n  - data: small\n  - model: net\nscale: 2\n",
        "conf/data/small.yaml": "width: 16\n",
        "conf/data/huge.yaml": "width: 4096\n",
        "conf/model/base.yaml": "act: gelu\ndepth: 7\n",
        "conf/model/net.yaml": (
            "defaults: [base]\n_target_: pkg.net.Net\nwidth: ${data.width}\ndepth: ${scale}\n"
        ),
    }
    assert built(files) == ["Net(act='gelu', depth=2, width=16)"]


def test_configurations_that_include_each_other_end() -> None:
    files = {
        "pkg/net.py": NET,
        "conf/a.yaml": "defaults: [b]\n_target_: pkg.net.Net\nwidth: 3\n",
        "conf/b.yaml": "defaults: [a]\nact: relu\n",
    }
    assert built(files) == ["Net(act='relu', width=3)"]


def test_a_model_is_built_at_its_section() -> None:
    text = "seed: 1\nmodel:\n  _target_: pkg.net.Wrap\n  net: {_target_: pkg.net.Net, width: 8, act: a}\n  options: 3\n"
    files = {"pkg/net.py": NET, "configs/a.yaml": text}
    [target] = [each for each in targets(files, "pkg/net.py") if each.name.endswith("Wrap")]
    assert target.file == "/project/configs/a.yaml"
    assert target.model.place.range.start.line == 2
    assert target.found_in == "/project/pkg/net.py"


# -- sections that fit -----------------------------------------------------------------------------------

FITTED = """
from dataclasses import dataclass
from torch import nn

@dataclass
class Dims:
    state: int
    kind: str
    heads: int = 2

class Net(nn.Module):
    def __init__(self, {parameters}):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        {body}

    def forward(self, x):
        return self.layer(x)
"""


@pytest.mark.parametrize(
    ("parameters", "text", "call"),
    [
        ("dim, act", "model: {dim: 3, act: relu}", "Net(dim=3, act='relu')"),
        ("dim, act, p=0.1", "lr: 0.1\ndim: 3\nact: relu\np: 0\n", "Net(dim=3, act='relu', p=0)"),
        ("in_dim, act", "net: {in-dim: 3, act: relu}", "Net(in_dim=3, act='relu')"),
        ("dims", "net: {dims: [1, 2]}", "Net(dims=[1, 2])"),
        ("a, b, n_vocab", "model: {a: x, b: y}", "Net(a='x', b='y', n_vocab=n_vocab)"),
        ("dims: Dims", "audio: {state: 8, kind: x}", "Net(dims=Dims(state=8, kind='x'))"),
        (
            "dims: 'Dims'",
            "{state: 8, kind: x, heads: 1, lr: 1}",
            "Net(dims=Dims(state=8, kind='x', heads=1))",
        ),
        ("dim, act", "n: 4\nmodel: {dim: '${n}', act: relu}", "Net(dim=4, act='relu')"),
    ],
)
def test_sections_that_fit_a_constructor(parameters: str, text: str, call: str) -> None:
    net = FITTED.format(parameters=parameters, body="")
    assert ways({"net.py": net, "configs/a.yaml": text}, "net.py")[0].partition(" ")[2] == call


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("act, norm, net", "model: {act: relu, dim: 3}"),
        ("act, norm, net", "model: {act: relu, norm: bn}"),
        ("act", "data: {act: relu, path: x}"),
        ("act, norm", "model: {act: '${oc.env:ACT}', norm: bn}"),
        ("dims: Dims", "audio: {state: 8}"),
    ],
)
def test_sections_that_do_not(parameters: str, text: str) -> None:
    net = FITTED.format(parameters=parameters, body="")
    found = ways({"net.py": net, "configs/a.yaml": text}, "net.py")
    assert not [each for each in found if each.startswith("configs/")]


@pytest.mark.parametrize(
    ("body", "text", "line"),
    [
        ("self.a = cfg.width + cfg.depth", "seed: 1\nmodel: {width: 3, depth: 2}", 2),
        ("self.a = cfg.model.width + cfg['model']['depth']", "seed: 1\nmodel: {width: 3, depth: 2}", 1),
        (
            "self.cfg = cfg\n        self.a = self.cfg.width + cfg.get('depth')",
            "net: {width: 3, depth: 2}",
            1,
        ),
        ("self.a = Part(cfg)", "part: 1\nnet:\n  size: 3\n  rate: 2\n", 3),
    ],
)
def test_configurations_that_the_class_reads(body: str, text: str, line: int) -> None:
    part = "\nclass Part:\n    def __init__(self, conf):\n        self.b = conf.size * conf.rate\n"
    net = FITTED.format(parameters="cfg", body=body) + part
    [target] = targets({"net.py": net, "a.yaml": text}, "net.py")
    assert target.model.place.file == "/project/a.yaml"
    assert target.model.place.range.start.line + 1 == line
    assert [each.settings for each in target.made_up] == [True]
    assert "3" in target.made_up[0].known


def test_of_several_files_the_smallest_model_comes_first() -> None:
    net = FITTED.format(parameters="dim, act", body="")
    files = {
        f"conf/net_{n}.json": f'{{"dim": {i}, "act": "a"}}' for i, n in enumerate(("large", "tiny", "base"))
    }
    assert ways({"net.py": net, **files}, "net.py") == [
        "conf/net_tiny.json:1: Net(dim=1, act='a')",
        "conf/net_base.json:1: Net(dim=2, act='a')",
    ]


def test_a_file_that_is_broken_is_no_matter() -> None:
    net = FITTED.format(parameters="dim, act", body="")
    files = {"net.py": net, "a.json": "{dim act", "b.yaml": "dim: act: 3", "c.toml": "dim = 3\nact = 'x'\n"}
    assert ways(files, "net.py") == ["c.toml:1: Net(dim=3, act='x')"]


# -- Hydra's main ----------------------------------------------------------------------------------------

MAIN = """
import hydra
from pkg.net import Net

@hydra.main({arguments})
def main(cfg):
    net = Net(cfg.model.size, cfg.act)
    train(net)

main()
"""


def supplied(arguments: str, files: dict[str, str]) -> str | None:
    """What the configuration is, of the target that is built in the script."""
    script = {"tools/train.py": MAIN.format(arguments=arguments)}
    found = targets({"pkg/net.py": NET, **script, **files}, "pkg/net.py")
    net = next((each for each in found if each.name.endswith(":Net")), None)
    return dict(net.slice.supplied)["cfg"] if net and net.slice and net.slice.supplied else None


@pytest.mark.parametrize(
    "arguments",
    [
        "config_path='../conf', config_name='main'",
        "'../conf', 'main.yaml'",
        "version_base=None, config_name='main', config_path='../conf'",
    ],
)
def test_what_hydra_calls_a_script_s_main_with(arguments: str) -> None:
    files = {
        "conf/main.yaml": "defaults: [_self_, {model: small}]\nact: relu\nhome: ${oc.env:HOME}\nsizes: [1, '${act}']\n",
        "conf/model/small.yaml": "size: 8\nname: net-${model.size}\n",
    }
    assert supplied(arguments, files) == (
        "__import__('omegaconf').OmegaConf.create("
        "{'act': 'relu', 'sizes': [1, 'relu'], 'model': {'size': 8, 'name': 'net-8'}})"
    )


@pytest.mark.parametrize(
    "arguments", ["", "config_path='../conf'", "config_path='../conf', config_name='none'"]
)
def test_a_main_without_a_configuration(arguments: str) -> None:
    assert supplied(arguments, {"conf/main.yaml": "act: relu\n"}) is None


# -- files that the class reads itself -------------------------------------------------------------------

READING = """
import yaml
from torch import nn

class Net(nn.Module):
    def __init__(self, {parameters}):
        super().__init__()
        {body}
        self.layer = nn.Linear(settings["width"], settings["depth"])

    def forward(self, x):
        return self.layer(x)
"""
OPENING = "settings = yaml.safe_load(open(cfg))"


@pytest.mark.parametrize(
    ("parameters", "files", "built"),
    [
        ("cfg", {"a/base.yaml": "width: 1\ndepth: 2", "a/tiny.yaml": "width: 1\ndepth: 2"}, "a/tiny.yaml"),
        ("cfg", {"a/base.yaml": "width: 1\ndepth: 2", "a/tiny.yaml": "width: 1"}, "a/base.yaml"),
        ("cfg='base.yaml', ch=3", {"a/base.yaml": "width: 1", "b/tiny.yaml": "width: 1"}, "a/base.yaml"),
        ("cfg='base.yaml'", {"base.yaml": "width: 1"}, None),
        ("cfg, depth", {"a.yaml": "width: 1"}, None),
        ("cfg", {"a.yaml": "other: 1"}, None),
    ],
)
def test_a_class_that_reads_its_configuration(
    parameters: str, files: dict[str, str], built: str | None
) -> None:
    net = READING.format(parameters=parameters, body=OPENING)
    found = [each for each in ways({"net.py": net, **files}, "net.py") if "(cfg='" in each]
    assert found[:1] == ([f"{built}:1: Net(cfg={built!r})"] if built else [])
