"""Models that are built by their names: through tables, decorators, and attributes of modules."""

from __future__ import annotations

import pytest

from tests.discovery.configurations import targets, ways

NETS = """
from torch import nn
from registry import MODELS, register

{above}
class Net(nn.Module):
    def __init__(self, width, block, norm):
        super().__init__()
        self.layers = nn.Sequential(block(width), norm())

    def forward(self, x):
        return self.layers(x)
{below}
"""
REGISTRY = """
import importlib

class Registry:
    def build(self, cfg):
        return self.table[cfg.pop("type")](**cfg)

MODELS = Registry()
table = {}

def register(name):
    return lambda cls: table.setdefault(name, cls)

def build(name, *args, **kwargs):
    return table[name](*args, **kwargs)

def create(name):
    return importlib.import_module("nets").__dict__[name]

def make(name):
    return name
"""

HEAD = """import nets, registry
from registry import MODELS, build, make
w = b = n = 3
args = cfg = vars()
"""


def built(main: str, above: str = "", below: str = "", **more: str) -> list[str]:
    files = {
        "nets.py": NETS.format(above=above, below=below),
        "registry.py": REGISTRY,
        "main.py": f"{HEAD}{main}\nserve(net)\n",
        **{name.replace("__", "."): text for name, text in more.items()},
    }
    return ways(files, "nets.py")


@pytest.mark.parametrize(
    ("above", "below", "call"),
    [
        ("@register('net-s')", "", "build('net-s', 8, b, n)"),
        ("@registry.register(name='net-s')", "", "registry.build('net-s', w)"),
        ("@register('net-s')", "", "build(args.model, w)"),
        ("@MODELS.register_module()", "", "build('Net', w)"),
        ("@MODELS.register_module()", "", "MODELS.build(dict(type='Net', width=w))"),
        ("@MODELS.register_module()", "", "MODELS.build(cfg['model'])"),
        ("", "TABLE = {'a': Net}", "nets.TABLE['a'](w, b, n)"),
        ("", "TABLE = {'a': Net}", "nets.TABLE[args.arch](w, b, n)"),
        ("", "TABLE = {'a': Net}", "nets.TABLE.get(args.arch)(w, b, n)"),
        ("", "TABLE = {'a': Net}\ndef build(n, *a): return TABLE[n](*a)", "nets.build('a', w)"),
        ("", "MODELS.register('a', Net)", "MODELS.build('a')"),
        ("", "", "getattr(nets, 'Net')(w, b, n)"),
        ("", "", "getattr(nets, args.arch)(w, b, n)"),
        ("", "@register('big')\ndef net_big(w, **kw): return Net(w, **kw)", "build('big', w)"),
    ],
)
def test_calls_that_build_by_name(above: str, below: str, call: str) -> None:
    assert built(f"net = {call}", above, below)[0] == f"main.py:5: {call}"


@pytest.mark.parametrize(
    ("above", "below", "call"),
    [
        ("@register('net-s')", "", "build('other', 8)"),
        ("@register('net-s')", "", "make('net-s')"),
        ("@register('net-s')", "", "print('net-s')"),
        ("", "", "build(args.model)"),
        ("", "", "getattr(registry, 'Net')(w)"),
        ("", "TABLE = {'a': Net}", "nets.TABLE['b'](w)"),
        ("", "TABLE = {'a': 3}", "nets.TABLE['a'](w)"),
        ("", "", "getattr(nets, 'Other')(w)"),
    ],
)
def test_calls_that_build_something_else(above: str, below: str, call: str) -> None:
    assert not [each for each in built(f"net = {call}", above, below) if each.startswith("main.py")]


def test_dicts_of_configurations_in_python() -> None:
    config = "width = 4\nmodel = dict(type='Net', width=2 * width, block=dict(type='Conv', k=3), norm={'a': [1]})\n"
    found = built("net = 1", "@MODELS.register_module()", configs__py=config)
    assert found == ["configs.py:2: Net(width=2 * 4, block={'type': 'Conv', 'k': 3}, norm={'a': [1]})"]


def test_a_dict_that_is_not_told_is_none() -> None:
    config = "model = dict(type='Net', width=read(), block=1, norm=2)\n"
    assert built("net = 1", "@MODELS.register_module()", configs__py=config) == []


def test_a_class_that_another_inherits_is_a_model_where_somebody_builds_it() -> None:
    below = (
        "class Wide(Net):\n    def forward(self, x):\n        return 2 * self.layers(x)\nTABLE = {'a': Net}\n"
    )
    files = {
        "nets.py": NETS.format(above="", below=below),
        "registry.py": REGISTRY,
        "main.py": f"{HEAD}net = nets.TABLE['a'](w, b, n)\nserve(net)\n",
    }
    assert [each.name for each in targets(files, "nets.py")] == ["nets:Net"]
