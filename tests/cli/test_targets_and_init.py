"""`fullgraph targets` and `fullgraph init`, on real files; neither runs anything of the user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import CannotRun, plan_for
from fullgraph.cli import main
from fullgraph.cli.commands.one_target import _planned

TEXT = """\
import torch
from torch.export import Dim, export


class Net(torch.nn.Module):
    def forward(self, x): ...


def main(size=3):
    model = Net()
    model.eval()
    batch = Dim("batch")
    x = torch.ones(2, 3)
    export(model, (x,), dynamic_shapes={"x": {0: batch}})


def loop():
    xs = []
    for _ in range(3):
        xs.append(torch.ones(2))
    export(Net(), (torch.cat(xs),))


def unknown(model):
    export(model, ())
"""
MODELS = """\
import torch

# fullgraph: args=(torch.ones(2, 3),)
class Net(torch.nn.Module):
    def forward(self, x):
        return x


class Wide(torch.nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.layer = settings.build(self)

    def forward(self, x):
        return self.layer(x)


class Free(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(4, 2)
        self.body = torch.nn.Linear(4, 4)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))
"""
NAME = "nets:model (export in main)"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "nets.py"
    path.write_text(TEXT)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'  # mine")
    return path


def test_the_list(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets"]) == 0
    assert (
        capsys.readouterr().out
        == """\
nets:model (export in main)  export call in nets.py:14
    model           model
    args            (x,)
    dynamic_shapes  {"x": {0: batch}}
nets:Net() (export in loop)  export call in nets.py:21
    model           Net()
    args            (torch.cat(xs),)
note[target-skipped]: not checked: it depends on `model`, a parameter of `unknown` without a default (nets.py:25)
"""
    )


def test_the_list_for_programs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets", "--format", "json", "nets.py"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert document["targets"][0] == {
        "name": NAME,
        "origin": "call",
        "file": "nets.py",
        "line": 13,
        "class": "nets.Net",
        "model": "model",
        "args": "(x,)",
        "kwargs": None,
        "dynamic_shapes": '{"x": {0: batch}}',
        "strict": False,
        "sliced": True,
        "built_in": None,
        "run_as": None,
        "context": [],
    }
    assert [finding["line"] for finding in document["findings"]] == [24]


def test_the_command_line_of_a_script_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(
        "import argparse\n"
        "import torch\n\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self, width):\n"
        "        super().__init__()\n"
        "        self.layer = torch.nn.Linear(4, width)\n\n"
        "    def forward(self, x):\n"
        "        return self.layer(x)\n\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--width', type=int, required=True)\n"
        "args = parser.parse_args()\n"
        "net = Net(args.width)\n"
        "net(torch.randn(2, 4))\n"
    )
    Path("README.md").write_text("# Run\n\n    python train.py --width 8\n")
    assert main(["targets", "--format", "json"]) == 0
    [target] = json.loads(capsys.readouterr().out)["targets"]
    assert target["run_as"]["arguments"] == ["--width", "8"]
    assert target["run_as"]["location"]["file"] == "README.md"
    assert target["run_as"]["location"]["range"]["start"]["line"] == 2


def test_the_models_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(MODELS)
    assert main(["targets", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    models = {each["name"]: each for each in document["models"]}
    assert models["Wide"]["targets"] == []
    assert models["Wide"]["needs"] == ["settings"]
    assert models["Net"]["targets"] == ["nets:Net()"]
    assert models["Net"]["needs"] == []
    assert models["Free"]["targets"] == ["nets:Free"]
    assert (models["Net"]["file"], models["Net"]["line"]) == ("nets.py", 3)


def test_inputs_that_nobody_wrote_are_said_to_be_inferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(MODELS)
    assert main(["targets"]) == 0
    declared, free = capsys.readouterr().out.split("nets:Free")
    assert "inferred when checked" not in declared
    assert "    args            inferred when checked" in free.splitlines()


def test_the_models_with_how_they_are_checked_or_what_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(MODELS)
    Path("README.md").write_text(
        "```python\nimport torch\nfrom nets import Free\nFree()(torch.ones(1, 4))\n```\n"
    )
    assert main(["targets"]) == 0
    models, _, _ = capsys.readouterr().out.partition("\n\n")
    assert models.splitlines() == [
        "Net (nets.py:4): comment",
        "Free (nets.py:18): called in README.md:4",
        "Wide (nets.py:9): not checked: needs `settings`",
    ]


def test_what_nothing_tells_is_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(
        MODELS.replace("self, settings", "self, width").replace(
            "settings.build(self)", "torch.nn.Linear(4, width)"
        )
    )
    assert main(["targets"]) == 0
    assert "    model           Wide(width=<made up>).eval()" in capsys.readouterr().out.splitlines()


def test_without_a_choice_nothing_is_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert file.read_text() == TEXT
    assert NAME in capsys.readouterr().out


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_as_a_comment(file: Path, end: str, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(TEXT.replace("\n", end).encode())
    assert main(["init", "--target", NAME]) == 0
    comment = (
        '# fullgraph: model=Net().eval(), args=(torch.ones(2, 3),), dynamic_shapes={"x": {0: Dim("batch")}}\n'
    )
    expected = TEXT.replace("class Net", f"{comment}class Net").replace("\n", end).encode()
    assert file.read_bytes().replace(b",\r\n#     ", b", ").replace(b",\n#     ", b", ") == expected
    written = file.read_bytes()
    assert main(["init", "--all"]) == 0
    assert file.read_bytes() == written
    assert main(["targets"]) == 0
    assert "nets:Net().eval()  comment" in capsys.readouterr().out


def test_as_a_table(file: Path) -> None:
    assert main(["init", "--target", NAME, "--to", "pyproject"]) == 0
    assert file.read_text() == TEXT
    settings = (file.parent / "pyproject.toml").read_text()
    assert (
        settings
        == """\
[project]
name = 'x'  # mine

[[tool.fullgraph.targets]]
module = 'nets.py'
model = 'Net().eval()'
args = '(torch.ones(2, 3),)'
dynamic_shapes = '{"x": {0: Dim("batch")}}'
"""
    )
    assert main(["init", "--all", "--to", "pyproject"]) == 0
    assert (file.parent / "pyproject.toml").read_text() == settings


def test_only_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--target", NAME, "--diff"]) == 0
    assert file.read_text() == TEXT
    assert "+# fullgraph: model=Net().eval()" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (
            ["--target", "nets:Net() (export in loop)"],
            1,
            "it depends on `xs`, which does not fit in a single expression",
        ),
        (["--target", "nets:net (export in main)"], 2, "did you mean 'nets:model (export in main)'?"),
        (["nowhere.py", "--all"], 2, "no such file or folder"),
    ],
)
def test_what_cannot_be_written(
    file: Path, arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", *arguments]) == status
    assert words in " ".join(capsys.readouterr().err.split())
    assert file.read_text() == TEXT


def test_a_module_that_does_something_when_imported(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TEXT + "print('hello')\n")
    assert main(["init", "--target", NAME]) == 1
    assert "would run line 26" in " ".join(capsys.readouterr().err.split())


def test_a_class_that_is_written_down_in_another_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("import torch\n# fullgraph: args=()\nclass Net(torch.nn.Module): ...\n")
    script = file.with_name("script.py")
    script.write_text("import torch\nfrom nets import Net\ntorch.export.export(Net(), ())\n")
    assert main(["targets"]) == 0
    assert [line for line in capsys.readouterr().out.split("\n") if line[:1].strip()] == [
        "nets:Net()  comment  nets.py:3",
    ]


def test_a_target_by_its_class(file: Path) -> None:
    tasks = plan_for(Options(("nets.py",))).tasks
    for name in ("Net", "nets.py:Net"):
        with pytest.raises(CannotRun, match="several targets are for that model") as refused:
            _planned(name, Options((".",)))
        assert all(task.request.target.name in str(refused.value) for task in tasks)
    assert len(_planned(NAME, Options((".",))).tasks) == 1
    file.write_text(TEXT[: TEXT.index("def loop")])
    for name in ("Net", "nets.py:Net"):
        assert [task.request.target.name for task in _planned(name, Options((".",))).tasks] == [NAME]
    with pytest.raises(CannotRun, match="unknown target 'other"):
        _planned("other.py:Net", Options((".",)))


# -- where a declaration stands ------------------------------------------------------------------------

BLOCKS = """\
import torch as t
from torch import nn


class Shape:
    def __init__(self, width):
        self.width = width


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.layer = nn.Linear(shape.width, 4)

    def forward(self, x):
        return self.layer(x)
"""
CALLS = [
    ("import torch\nfrom lib.blocks import Block, Shape\nnet = Block(Shape(6))\nnet(torch.ones(2, 6))\n"),
    ("import torch\nfrom lib import Block, Shape as S\nnet = Block(S(width=6))\nnet(torch.ones(2, 6))\n"),
    ("import torch\nimport lib.blocks as b\nnet = b.Block(b.Shape(6))\nnet(torch.ones(2, 6))\nprint(net)\n"),
]


@pytest.fixture
def blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").write_text("from .blocks import Block, Shape\n")
    path = tmp_path / "lib/blocks.py"
    path.write_text(BLOCKS)
    return path


def _notebook(text: str) -> str:
    cell = {"cell_type": "code", "metadata": {}, "source": text.splitlines(True), "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


@pytest.mark.parametrize("text", CALLS)
@pytest.mark.parametrize("file", ["run.py", "README.md", "look.ipynb"])
def test_a_call_elsewhere_is_declared_at_its_class(blocks: Path, file: str, text: str) -> None:
    said = {"README.md": f"```python\n{text}```\n", "look.ipynb": _notebook(text)}.get(file, text)
    Path(file).write_text(said)
    assert main(["init", "--all"]) == 0
    [line] = [line for line in blocks.read_text().splitlines() if "fullgraph" in line]
    assert line.replace("width=", "") == (
        "# fullgraph: model=Block(Shape(6)).eval(), args=(torch.ones(2, 6),)"
    )
    assert Path(file).read_text() == said


def test_a_script_is_declared_in_the_module_of_the_class(blocks: Path) -> None:
    Path("run.py").write_text(CALLS[2])
    assert main(["init", "--all", "--to", "pyproject"]) == 0
    table = Path("pyproject.toml").read_text()
    assert "module = 'lib/blocks.py'" in table
    assert "model = 'Block(Shape(6)).eval()'" in table
    assert blocks.read_text() == BLOCKS


def test_a_name_that_the_module_of_the_class_lacks(blocks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.py").write_text(
        "import torch\nfrom lib import Block, Shape\ndef shape():\n    return Shape(6)\n"
        "net = Block(shape())\nnet(torch.ones(2, 6))\n"
    )
    assert main(["init", "--all"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "`shape` is known in run.py alone" in said
    assert "use --to pyproject" not in said  # importing the script runs its last line
    assert blocks.read_text() == BLOCKS


def test_a_name_of_another_module_is_said_with_its_module(
    blocks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("lib/made.py").write_text(
        "from lib import Block, Shape\ndef made(kind, width):\n    return Block(Shape(width))\n"
    )
    Path("run.py").write_text(
        "import torch\nfrom lib.made import made\nnet = made('a', 6)\nnet(torch.ones(2, 6))\n"
    )
    assert main(["init", "--all"]) == 0
    assert '# fullgraph: model=lib.made.made("a", 6).eval(), args=(torch.ones(2, 6),)\n' in blocks.read_text()
    capsys.readouterr()
    assert main(["targets"]) == 0
    assert "Block (lib/blocks.py:11): comment\n\nlib.blocks:lib.made.made(" in capsys.readouterr().out


def test_a_class_of_a_notebook_has_no_declaration(blocks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks.unlink()
    Path("lib/__init__.py").write_text("")
    text = BLOCKS + "\nnet = Block(Shape(6))\nnet(t.ones(2, 6))\n"
    Path("look.ipynb").write_text(_notebook(text))
    assert main(["init", "--all"]) == 1
    assert "look.ipynb is not a module that can be imported" in " ".join(capsys.readouterr().err.split())
