"""What the text settles of the arguments that a model is built with."""

from __future__ import annotations

import ast
import textwrap

import pytest
from fullgraph.discovery import RepositoryIndex, Roles, discover
from fullgraph.discovery.classes.constructors import settled
from fullgraph.python.binding.constant_folding import Text
from fullgraph.python.syntax.nodes import Nodes
from fullgraph.text.source import SourceText


def built(text: str, *, at_home: bool = False) -> list[str]:
    nodes = Nodes(ast.parse(textwrap.dedent(text)))
    return list(settled("Net", nodes.calls("Net"), Text(nodes, at_home=at_home)))


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("Net(3, [1, (2, None)], rate=-0.5)", "Net(3, [1, (2, None)], rate=-0.5)"),
        ("width = 4\nNet(2 * width)", "Net(2 * 4)"),
        ("def main(width=4, *, depth=2):\n    Net(width, depth)", "Net(4, 2)"),
        ("width = 4\ndef main():\n    width = 8\n    Net(width)", "Net(8)"),
        ("def outer():\n    width = 8\n    def inner():\n        return Net(width)", "Net(8)"),
        (
            "parser.add_argument('-w', '--hidden-width', type=int, default=4)\nNet(args.hidden_width)",
            "Net(4)",
        ),
        ("parser.add_argument('--fast', action='store_true')\nNet(fast=args.fast)", "Net(fast=False)"),
        ("parser.add_argument('--n', default='4', dest='width')\nNet(int(args.width))", "Net(4)"),
        ("class Config:\n    width = 4\nNet(Config.width)", "Net(4)"),
        ("class Config:\n    width: int = 4\nconfig = Config()\nNet(config.width)", "Net(4)"),
        ("models.Net(3)", "Net(3)"),
    ],
)
def test_settled(text: str, call: str) -> None:
    assert built(text) == [call]


@pytest.mark.parametrize(
    "text",
    [
        "def build(width):\n    return Net(width)",
        "width = 4\nwidth = 8\nNet(width)",
        "if fast:\n    width = 4\nNet(width)",
        "for width in (4, 8):\n    Net(width)",
        "width = width\nNet(width)",
        "width = compute()\nNet(width)",
        "parser.add_argument('--width', required=True)\nNet(args.width)",
        "parser.add_argument('--width', default=WIDTH)\nNet(args.width)",
        "Net(*sizes)\nNet(**config)\nNet(Block)\nNet(unknown)",
        "Net({**other})",
        "Net(int('a'))",
        "Net()",
    ],
)
def test_not_settled(text: str) -> None:
    assert built(text) == []


def test_at_home_names_of_the_top_stay_and_what_comes_of_the_command_line_is_written_out() -> None:
    text = """
        from torch import nn
        WIDTH = 4
        parser.add_argument("--gpus", type=int, default=1)
        gpus = int(options.gpus)

        class Block: ...

        def small():
            return Net(Block, WIDTH, nn, gpus)

        def large(Block):
            return Net(Block, 8, nn, 2)
    """
    assert built(text, at_home=True) == ["Net(Block, WIDTH, nn, 1)"]


def found(text: str, *others: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """The models of the targets of a file, and what those that are none miss."""
    head = "import torch\nfrom dataclasses import dataclass\nfrom torch import nn\n"
    source = SourceText("/project/models.py", head + textwrap.dedent(text))
    every = [source, *(SourceText(f"/project/{n}.py", each) for n, each in enumerate(others))]
    index = RepositoryIndex(lambda: every)
    targets = discover(source, "models", index=index).targets
    built = {each.subject for each in targets}
    unbuilt = [each.needs for each in Roles(index).models() if each.key not in built]
    return [each.model.text for each in targets], unbuilt


NET = """
    class Net(nn.Module):
        def __init__(self, {}):
            super().__init__()
        def forward(self, x):
            return x
"""


def test_a_call_in_another_file_is_settled_there() -> None:
    script = "from models import Net\nparser.add_argument('--width', default=4)\nNet(args.width)\n"
    assert found(NET.format("width"), script) == (["Net(4).eval()"], [])


@pytest.mark.parametrize(
    ("before", "parameter"),
    [
        ("@dataclass\nclass NetConfig:\n    width: int = 4\n", "config"),
        ("@dataclass\nclass NetConfig:\n    width: int = 4\n", "c: NetConfig"),
        ("class NetConfig:\n    def __init__(self, width=4): ...\n", "config: 'NetConfig'"),
        ("class NetConfig: ...\nclass OtherConfig: ...\n", "cfg"),
        ("from config import NetConfig\n", "config: NetConfig"),
    ],
)
def test_a_configuration_that_makes_itself_will_do(before: str, parameter: str) -> None:
    assert found(before + textwrap.dedent(NET.format(parameter))) == (["Net(NetConfig()).eval()"], [])


@pytest.mark.parametrize(
    ("before", "parameter", "missing"),
    [
        ("", "net", ("net",)),
        ("@dataclass\nclass NetConfig:\n    name: str\n", "config: NetConfig", ("config",)),
        ("class NetConfig: ...\n", "net, config", ("net", "config")),
        ("class NetConfig: ...\n", "width: int, act", ("width", "act")),
    ],
)
def test_without_one_it_is_said_what_is_missing(
    before: str, parameter: str, missing: tuple[str, ...]
) -> None:
    assert found(before + textwrap.dedent(NET.format(parameter))) == ([], [missing])


def test_a_module_by_a_star_import_is_one() -> None:
    source = SourceText(
        "/project/models.py", "# torch\nfrom .parts import *\n" + textwrap.dedent(NET.format("width=4"))
    )
    assert [each.model.text for each in discover(source, "models").targets] == ["Net().eval()"]
