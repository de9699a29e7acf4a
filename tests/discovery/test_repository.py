"""Where the names of a repository lead, and which of its classes are models."""

from __future__ import annotations

from textwrap import dedent

import pytest
from fullgraph.discovery import RepositoryIndex, Roles
from fullgraph.discovery.repository.parsed import ParsedFile, parsed_file
from fullgraph.project import files
from fullgraph.text.source import SourceText

ROOT = "/project"
HEAD = "import torch\nfrom torch import nn\n"
LAYERS = """
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(width, width)
    def forward(self, x):
        return self.fc(x)
"""


def repository(texts: dict[str, str]) -> RepositoryIndex:
    sources = [SourceText(f"{ROOT}/{file}", dedent(text)) for file, text in texts.items()]
    packages = {file.rpartition("/")[0] for file in texts if file.endswith("__init__.py")}

    def name(file: str) -> str:
        below = file.removeprefix(f"{ROOT}/")
        folder, _, stem = below.removesuffix(".py").rpartition("/")
        dotted = ".".join(filter(None, [folder.replace("/", "."), stem])) if folder in packages else stem
        return dotted.removesuffix(".__init__")

    return RepositoryIndex(lambda: sources, name, (ROOT,))


def model(name: str, base: str = "nn.Module") -> str:
    return f"{HEAD}class {name}({base}):{LAYERS}"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("from pkg.a import Net", "Net"),
        ("from pkg import Net", "Net"),  # handed on by the package
        ("from pkg import a", "a.Net"),
        ("import pkg.a", "pkg.a.Net"),
        ("import pkg as p", "p.Net"),
        ("from pkg import *", "Net"),
        ("from pkg import Other as Mine", "Mine"),  # under another name there, and another here
    ],
)
def test_a_name_leads_where_its_import_leads(said: str, named: str) -> None:
    index = repository(
        {
            "pkg/__init__.py": "from .a import Net\nfrom .a import Net as Other\nfrom . import a\n",
            "pkg/a.py": model("Net"),
            "pkg/b.py": model("Net"),
            "main.py": said,
        }
    )
    home = index.file(f"{ROOT}/main.py")
    assert home
    found = index.resolve(named, home)
    assert found
    assert found.key == (f"{ROOT}/pkg/a.py", "Net")


@pytest.mark.parametrize("said", ["from torch.nn import Net", "import a", "from .c import Net", "Net = 3"])
def test_a_name_that_leads_elsewhere_leads_nowhere(said: str) -> None:
    index = repository({"pkg/__init__.py": "", "pkg/a.py": model("Net"), "pkg/main.py": said})
    home = index.file(f"{ROOT}/pkg/main.py")
    assert home
    assert index.resolve("Net", home) is None


def test_imports_in_a_circle_end() -> None:
    index = repository({"a.py": "from b import Net", "b.py": "from a import Net"})
    home = index.file(f"{ROOT}/a.py")
    assert home
    assert index.resolve("Net", home) is None


def test_scripts_of_one_name_are_told_apart_by_their_folders() -> None:
    index = repository(
        {
            "one/net.py": model("Net"),
            "one/main.py": "from net import Net",
            "two/net.py": model("Net"),
            "two/main.py": "from net import Net",
        }
    )
    for folder in ("one", "two"):
        home = index.file(f"{ROOT}/{folder}/main.py")
        assert home
        found = index.resolve("Net", home)
        assert found
        assert found.home.file == f"{ROOT}/{folder}/net.py"


def roles(texts: dict[str, str]) -> dict[str, str]:
    return {each.name: f"{each.role} {each.evidence}" for each in Roles(repository(texts)).models()}


def test_what_a_script_builds_comes_before_what_is_made_of_others() -> None:
    found = roles(
        {
            "nets.py": HEAD + f"class Enc(nn.Module):{LAYERS}\nclass Big(nn.Module):\n"
            "    def __init__(self):\n        super().__init__()\n        self.enc = Enc()\n"
            "    def forward(self, x):\n        return self.enc(x)\n"
            f"class Alone(nn.Module):{LAYERS}\nclass Small(nn.Module):{LAYERS}",
            "train.py": "from nets import Small\nmodel = Small()\n",
        }
    )
    assert list(found.items()) == [
        ("nets.Small", "model used"),
        ("nets.Big", "model composed"),
        ("nets.Alone", "model defined"),
        ("nets.Enc", "part defined"),
    ]


@pytest.mark.parametrize("name", ["QuickGELU", "DiceLoss", "LayerNorm2d", "DropPath", "Swish", "Concat"])
def test_activations_norms_and_losses_are_parts_whoever_builds_them(name: str) -> None:
    found = roles(
        {
            "nets.py": model("Net") + f"class {name}(nn.Module):{LAYERS}",
            "main.py": f"from nets import {name}\n{name}()",
        }
    )
    assert found[f"nets.{name}"].startswith("part")
    assert found["nets.Net"].startswith("model")


def test_alone_a_block_is_a_model() -> None:
    assert roles({"nets.py": model("ConvBlock")}) == {"nets.ConvBlock": "model defined"}


def test_what_is_built_for_another_model_is_a_part() -> None:
    library = """
        from parts import Enc, Dec
        from nets import Wrap
        def encoder(width):
            return Enc(width)
        def build(width):
            inner = encoder(width)
            return Wrap(inner, Dec(width))
    """
    found = roles(
        {
            "nets.py": model("Wrap"),
            "parts.py": model("Enc") + f"class Dec(nn.Module):{LAYERS}",
            "builder.py": library,
        }
    )
    assert found == {"nets.Wrap": "model defined", "parts.Enc": "part defined", "parts.Dec": "part defined"}


def test_a_class_with_a_subclass_does_not_vanish() -> None:
    found = roles(
        {"base.py": model("Base"), "nets.py": "from base import Base\nclass Net(Base):\n    pass\n"}
    )
    assert found == {"base.Base": "model defined", "nets.Net": "model defined"}


def test_two_that_build_each_other_are_both_models() -> None:
    text = HEAD + "".join(
        f"class {one}(nn.Module):{LAYERS}    def other(self):\n        return {two}()\n"
        for one, two in (("A", "B"), ("B", "A"))
    )
    assert set(roles({"nets.py": text})) == {"nets.A", "nets.B"}
    assert {role.split()[0] for role in roles({"nets.py": text}).values()} == {"model"}


def test_a_class_of_a_library_that_has_a_forward() -> None:
    text = (
        HEAD
        + "class Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Linear(2, 2))\n"
    )
    assert roles({"nets.py": text}) == {"nets.Net": "model defined"}


def test_a_folder_above_the_project_says_nothing() -> None:
    sources = [
        SourceText("/examples/project/nets.py", dedent(model("Net")) + "\ndef build():\n    return Net()\n")
    ]
    index = RepositoryIndex(
        lambda: sources,
        lambda file: files.module_name(file, files.Project("/examples/project", ())),
        ("/examples/project",),
    )
    assert [each.evidence for each in Roles(index).models()] == ["defined"]


COMPUTES = "    def forward(self, x):\n        return x * x.sigmoid()\n"


def small(name: str) -> str:
    return f"class {name}(nn.Module):\n{COMPUTES}"


@pytest.mark.parametrize(
    "called",
    [
        "import torch\nfrom nets import {0}\n{0}()(torch.randn(2, 8))",
        "import torch\nfrom nets import {0}\ndef test_it():\n    act = {0}().eval()\n    act(torch.randn(2))",
        "import torch\nfrom nets import {0}\ndef test_it():\n    for act in [{0}()]:\n        act(torch.randn(2))",
        (
            "import torch, pytest\nfrom nets import {0}\n@pytest.fixture\ndef act():\n    return {0}()\n"
            "def test_it(act):\n    act(torch.randn(2))"
        ),
    ],
)
@pytest.mark.parametrize("name", ["Energy", "Norm", "Swish"])
def test_what_is_called_by_itself_is_a_model_with_layers_or_without(name: str, called: str) -> None:
    texts = {"nets.py": model("Net") + small(name), "test_nets.py": called.format(name)}
    assert roles(texts) == {"nets.Net": "model defined", f"nets.{name}": "model used"}


@pytest.mark.parametrize(
    "called",
    [
        "from nets import Energy\nEnergy()",
        "from nets import Energy\ndef test_it():\n    loss = Energy()(torch.randn(2))",
        "from nets import Energy\ndef test_it():\n    criterion = Energy()\n    print(criterion(torch.randn(2)))",
        "from nets import Energy, Wide\ndef test_it():\n    net = Wide(Energy())\n    net(torch.randn(2))",
    ],
)
def test_what_only_computes_is_a_part_where_nothing_calls_it_as_a_model(called: str) -> None:
    texts = {"nets.py": model("Wide") + small("Energy"), "test_nets.py": called}
    assert roles(texts)["nets.Energy"].startswith("part")


def test_a_loss_is_a_part_whoever_calls_it() -> None:
    called = "import torch\nfrom nets import DiceLoss\nprint(DiceLoss()(torch.randn(2)))"
    found = roles({"nets.py": model("Net") + model("DiceLoss"), "main.py": called})
    assert found["nets.DiceLoss"].startswith("part")


def test_what_a_model_is_made_of_is_a_part_though_a_test_calls_it() -> None:
    text = model("Net").replace("nn.Linear(width, width)", "Scale()") + small("Scale")
    called = "import torch\nfrom nets import Scale\ndef test_it():\n    Scale()(torch.randn(2))"
    assert roles({"nets.py": text, "test_nets.py": called})["nets.Scale"].startswith("part")


def test_to_name_a_base_is_not_to_be_made_of_it() -> None:
    below = "class Wide(Net):\n    def forward(self, x):\n        return 2 * Net.forward(self, x)\n"
    assert roles({"nets.py": model("Net") + below}) == {
        "nets.Net": "model defined",
        "nets.Wide": "model defined",
    }


def order(texts: dict[str, str], readme: str = "") -> list[str]:
    index = repository(texts)
    home = parsed_file(SourceText(f"{ROOT}/README.md", dedent(readme)), "README")
    assert isinstance(home, ParsedFile)
    found = RepositoryIndex(lambda: index.sources.values(), roots=(ROOT,), documents=lambda _: (home,))
    return [each.key[1] for each in Roles(found).models() if each.role == "model"]


MAIN = {
    "nets.py": model("Alone") + f"class Head(nn.Module):{LAYERS}class Net(nn.Module):{LAYERS}",
    "test_nets.py": "from nets import *\nAlone()\nHead()\nNet()\n",
}


def test_what_is_named_as_a_part_comes_after_the_models() -> None:
    assert order(MAIN) == ["Alone", "Net", "Head"]


def test_what_another_model_is_made_of_comes_after_it() -> None:
    inner = model("Inner") + model("Net").replace("nn.Linear(width, width)", "Inner()")
    assert order({"nets.py": inner, "test_nets.py": "from nets import *\nInner()\nNet()\n"}) == [
        "Net",
        "Inner",
    ]


@pytest.mark.parametrize(
    "readme",
    [
        "from nets import Net\nnet = Net(8)",
        "from nets import build\nnet = build(8)",
        "from nets import Net\nnet = Net.from_pretrained('best.pt')",
        "from nets import Alone, Net\nnet = Net(8)\nalone = Alone()",
        "from nets import Alone, Net\nalone = Alone()\nnet = Net(alone)",
    ],
)
def test_what_a_readme_builds_first_comes_first(readme: str) -> None:
    build = "def build(width):\n    return Net(width)\n"
    assert order({**MAIN, "nets.py": MAIN["nets.py"] + build}, readme)[0] == "Net"
