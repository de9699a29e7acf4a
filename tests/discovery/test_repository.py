"""Where the names of a repository lead, and which of its classes are models."""

from __future__ import annotations

from textwrap import dedent

import pytest
from fullgraph.discovery import RepositoryIndex, Roles
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
