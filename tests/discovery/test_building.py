"""How a model is built where its own file does not settle it: by functions, by names, with configurations."""

from __future__ import annotations

import pytest
from fullgraph.discovery import discover
from fullgraph.discovery.building.sizes import by_size
from fullgraph.discovery.repository.index import RepositoryIndex
from fullgraph.model import Target
from fullgraph.text.source import SourceText

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, block, width, depth):
        super().__init__()
        self.layers = nn.Sequential(*[block(width) for _ in range(depth)])

    def forward(self, x):
        return self.layers(x)
"""


def targets(files: dict[str, str], of: str = "net.py") -> tuple[Target, ...]:
    sources = {name: SourceText(f"/project/{name}", text) for name, text in files.items()}
    index = RepositoryIndex(lambda: sources.values())
    return discover(sources[of], of.removesuffix(".py"), index=index).targets


def ways(files: dict[str, str], of: str = "net.py") -> list[str]:
    """`file: expression` for each way to build the first target, the first of them first."""
    target = next(iter(targets(files, of)), None)
    every = (target, *(target.by(each) for each in target.fallbacks)) if target else ()
    return [f"{each.file.rpartition('/')[2]}: {each.model.text.removesuffix('.eval()')}" for each in every]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("def build(checkpoint=None): return Net(block, w, d)", "build()"),
        ("def build(pretrained=True):\n    net = Net(b, w, d)\n    return net", "build(pretrained=False)"),
        (
            "def build(weights='imagenet'):\n    net = Net(b, w, d).eval()\n    return net",
            "build(weights=None)",
        ),
        ("def build(progress): return Net(b, w, d)", "build(progress=False)"),
        ("def build(checkpoint):\n    if checkpoint: 1\n    return Net(b, w, d)", "build(checkpoint=None)"),
        ("def _net(w): return Net(b, w, d)\ndef net18(): return _net(3)", "net18()"),
        ("def _create(kind, *a): return kind(*a)\ndef net18(): return _create(Net, b)", "net18()"),
        ("def net50(): return Net(b, w, 5)\ndef net18(): return Net(b, w, 2)", "net18()"),
        ("def net_large(): return Net(b, w, 5)\ndef net_tiny(): return Net(b, w, 2)", "net_tiny()"),
        ("def build(big=False): return Net(b, w, d) if big else Net(b, 1, d)", "build()"),
        (
            "SIZES = {'xl': (3, 4), 's': (1, 2)}\ndef build(size): return Net(b, *SIZES[size])",
            "build(size='s')",
        ),
        (
            "def build(arch):\n    if arch == 'net-b': return Net(b, 2, 3)\n    elif arch == 'net-a': return Net(b, 1, 3)",
            "build(arch='net-a')",
        ),
        ("def build(variant: Literal['l', 'm']): return Net(b, w, d)", "build(variant='m')"),
        ("def build(name): return Net(b, *table(name))\nbuild('net-2')", "build(name='net-2')"),
        (
            "def create_hparams(text=None): return HParams()\ndef load_net(hparams): 1\ndef net(hparams): return Net(b, hparams.w, 1)",
            "net(hparams=create_hparams())",
        ),
    ],
)
def test_functions_that_give_a_model(text: str, called: str) -> None:
    files = {"net.py": NET, "build.py": f"from net import Net\n{text}\n"}

    assert ways(files)[0] == f"build.py: {called}"


@pytest.mark.parametrize(
    "text",
    [
        "def build(width): return Net(b, width, d)",
        "def build(state_dict):\n    w = state_dict['a']\n    return Net(b, w, d)",
        "def build(): return Other(Net)",
        "def build(): return Net",
        "def train(): return Net(b, w, d)",
    ],
)
def test_functions_that_give_none_that_is_known(text: str) -> None:
    files = {"net.py": NET, "build.py": f"from net import Net\nclass Other: ...\n{text}\n"}

    assert not ways(files)


def test_class_methods_are_called_with_the_smallest_name() -> None:
    text = NET + (
        "    @classmethod\n    def from_name(cls, name):\n"
        "        width = {'net-huge': 512, 'net-tiny': 8}[name]\n        return cls(block, width, depth)\n"
    )

    assert ways({"net.py": text}) == ["net.py: Net.from_name(name='net-tiny')"]


def test_the_other_ways_are_kept_for_where_the_first_does_not_load() -> None:
    text = "from net import Net\n" + "".join(f"def net{n}(): return Net(b, w, {n})\n" for n in (3, 1, 2))

    assert ways({"net.py": NET, "build.py": text}) == [f"build.py: net{n}()" for n in (1, 2)]


def test_of_a_file_that_does_more_than_define_the_function_alone_is_run() -> None:
    text = "from net import Net\ndef build(): return Net(b, w, d)\nserve(build())\n"

    [target] = targets({"net.py": NET, "serve.py": text})

    assert target.slice is not None
    assert "serve(" not in target.slice.text
    assert target.place.file == "/project/net.py"
    assert target.model.place.file == "/project/serve.py"


def test_smallest_first() -> None:
    names = ["vit_h", "resnet152", "vit_l", "net-xxl", "net-nano", "resnet18", "vit_b", "net_small"]

    assert sorted(names, key=by_size) == [
        "net-nano",
        "net_small",
        "vit_b",
        "resnet18",
        "resnet152",
        "vit_l",
        "vit_h",
        "net-xxl",
    ]


@pytest.mark.parametrize(
    ("init", "built"),
    [
        ("embed_dim: int, layers: int", "embed_dim=embed_dim, layers=layers"),
        ("layers: Union[Tuple[int, int], int]", "layers=layers"),
        ("vocab_size, nhead, dropout=0.1", "vocab_size=vocab_size, nhead=nhead"),
        ("a, b", None),
        ("config", "config=config"),
        ("dims: Dims", "dims=Dims(n_state=n_state, sizes=sizes)"),
        ("named: Named", None),
        ("width: int, bias: bool", "width=width, bias=False"),
        ("width: int, net", None),
        ("width: int, norm_layer", None),
        ("width: int, encoder: nn.Module", None),
        ("width: int, kind: str", None),
        ("width: int, kind: Literal['b', 's']", "width=width, kind='s'"),
    ],
)
def test_numbers_that_nothing_tells_are_made_up(init: str, built: str | None) -> None:
    text = f"""
from dataclasses import dataclass
from torch import nn

@dataclass
class Dims:
    n_state: int
    sizes: list[int]
    bias: bool = True

@dataclass
class Named:
    name: str

class Net(nn.Module):
    def __init__(self, {init}):
        super().__init__()

    def forward(self, x):
        return x
"""
    assert ways({"net.py": text}) == ([f"net.py: Net({built})"] if built else [])


def test_what_the_constructor_does_with_an_argument_tells_a_number() -> None:
    text = """
from torch import nn

class Net(nn.Module):
    def __init__(self, a, b, c):
        super().__init__()
        self.first = nn.Linear(a, 4)
        self.rest = nn.ModuleList(nn.Linear(4, 4) for _ in range(b))
        self.half = c // 2

    def forward(self, x):
        return self.first(x)
"""
    [target] = targets({"net.py": text})

    assert target.model.text == "Net(a=a, b=b, c=c).eval()"
    assert [each.name for each in target.made_up] == ["a", "b", "c"]


def test_a_class_that_others_build_is_not_built_with_made_up_numbers() -> None:
    other = """
from torch import nn
from net import Net

class Outer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = Net(block, width, 2)

    def forward(self, x):
        return self.net(x)
"""
    text = NET.replace("block, width, depth", "width, depth")

    assert ways({"net.py": text}) == ["net.py: Net(width=width, depth=depth)"]
    assert ways({"net.py": text, "outer.py": other}) == []
    assert ways({"net.py": text, "outer.py": other}, "outer.py") == ["outer.py: Outer(width=width)"]


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("Net(1, hidden=8, depth=2)", False),  # a section whose values go into a configuration object
        ("Net(width=8)", False),
        ("Net(1, 2, 3, 4)", False),
        ("Net(1, 2, 3, width=4)", False),
        ("Net(block=1, width=8, depth=2)", True),
        ("Net(*every)", True),
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_a_call_that_the_constructor_refuses_is_no_way(called: str, kept: bool, plain: bool) -> None:
    net = NET if plain else NET.replace("    def __init__", "    @configurable\n    def __init__")
    found = ways({"net.py": net, "use.py": f"from net import Net\nevery = []\nnet = {called}\n"})
    assert any(each.endswith(f": {called}") for each in found) == (kept or not plain), found
