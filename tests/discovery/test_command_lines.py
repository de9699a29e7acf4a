"""Command lines in documents, the options that scripts take, and what a target's script is run with."""

from __future__ import annotations

import pytest
from fullgraph.discovery import discover
from fullgraph.discovery.command_lines.commands import commands_in
from fullgraph.text.source import SourceText

from tests.discovery.configurations import ROOT, name_of, repository

SCRIPT = "train.py"


def found(text: str, name: str = "README.md") -> list[tuple[int, str, str]]:
    source = SourceText(f"/project/{name}", text)
    return [(e.place.range.start.line + 1, e.script, " ".join(e.arguments)) for e in commands_in(source)]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("python train.py -w 64", ("train.py", "-w 64")),
        ("$ python3.11 -u tools/train.py x", ("tools/train.py", "x")),
        ("    python train.py x", ("train.py", "x")),
        ("> CUDA_VISIBLE_DEVICES=0,1 python train.py x", ("train.py", "x")),
        ("(env) $ python train.py x", ("train.py", "x")),
        ("user@host:~/repo$ python train.py x", ("train.py", "x")),
        ("1. Run `python train.py x` and wait.", ("train.py", "x")),
        ("python -m pkg.train x", ("pkg.train", "x")),
        ("python -m torch.distributed.launch -n 8 --use_env main.py x", ("main.py", "x")),
        ("torchrun --nproc_per_node=8 main.py x", ("main.py", "x")),
        ("accelerate launch --multi_gpu main.py x", ("main.py", "x")),
        ("uv run python train.py x", ("train.py", "x")),
        ("./train.py x", ("train.py", "x")),
        ("!python train.py x", ("train.py", "x")),
        ("python train.py x > log.txt 2>&1 &", ("train.py", "x")),
        ("python train.py x | tee log", ("train.py", "x")),
        ("cd src && python train.py 'a b'", ("train.py", "a b")),
    ],
)
def test_how_a_script_is_run(line: str, command: tuple[str, str]) -> None:
    assert [each[1:] for each in found(line)] == [command]


@pytest.mark.parametrize(
    "line",
    ["The script train.py takes x.", "pip install x", "cat train.py", "see `train.py`", "python -c 'x'"],
)
def test_what_runs_no_script(line: str) -> None:
    assert found(line) == []


def test_commands_go_on_with_a_backslash_and_know_the_line_they_begin_on() -> None:
    text = "# Train\n\n```bash\npython train.py \\\n    -w 64 \\\n  --act relu\npython eval.py\n```\n"
    assert found(text) == [(4, "train.py", "-w 64 --act relu"), (7, "eval.py", "")]


def test_variables_of_a_shell_script_have_their_values() -> None:
    text = "#!/bin/bash\nWIDTH=64\nDATA=$1\npython train.py -w ${WIDTH} $DATA\n"
    assert found(text, "run.sh") == [(4, "train.py", "-w 64 $1")]


def test_commands_in_a_notebook() -> None:
    text = '{\n "cells": [{"source": [\n    "!python train.py --name \\"a b\\"\\n"\n ]}]}\n'
    assert found(text, "run.ipynb") == [(3, "train.py", "--name a b")]


# -- what a script is run with ---------------------------------------------------------------------------

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width, act):
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, x):
        return self.layer(x)
"""


def run_with(options: str, document: str, name: str = "README.md", **more: str) -> str | None:
    """The arguments, and the line that they are from, of the script that builds the model."""
    script = (
        "import argparse\nfrom net import Net\n"
        f"parser = argparse.ArgumentParser()\n{options}\nargs = parser.parse_args()\n"
        "net = Net(args.width, args.act)\nnet.fit()\nserve(net)\n"
    )
    files = {"net.py": NET, SCRIPT: script, **{key.replace("__", "."): text for key, text in more.items()}}
    commands = list(commands_in(SourceText(f"{ROOT}/{name}", document)))
    index = repository(files, commands)
    [target] = discover(index.sources[f"{ROOT}/net.py"], name_of(f"{ROOT}/net.py"), index=index).targets
    known = target.run_as
    assert target.file.endswith(SCRIPT)
    if known is None:
        return None
    line = known.place.range.start.line + 1 if known.place else 0
    return f"{line}: {' '.join(known.arguments)}"


WIDTH = "parser.add_argument('--width', '-w', type=int, required=True)\n"
ACT = "parser.add_argument('--act')\n"


@pytest.mark.parametrize(
    ("options", "document", "arguments"),
    [
        (WIDTH, "python train.py --width 64", "1: --width 64"),
        (WIDTH, "python train.py -w=64", "1: --width 64"),
        (WIDTH + ACT, "python train.py -w 64 --act relu", "1: --width 64 --act relu"),
        (WIDTH + ACT, "python train.py\npython train.py --act a\npython train.py -w 8", "3: --width 8"),
        ("parser.add_argument('data')\n" + WIDTH, "python train.py imagenet -w 8", "1: imagenet --width 8"),
        ("parser.add_argument('--sizes', nargs='+')", "python train.py --sizes 1 2 3", "1: --sizes 1 2 3"),
        ("parser.add_argument('--shift', type=float)", "python train.py --shift -1.5", "1: --shift -1.5"),
        (WIDTH + "parser.add_argument('--width2', default=3)", "python train.py -w 8 --width2 4", "1: --width 8"),
        (WIDTH + "parser.add_argument('--fast', action='store_true')", "python train.py --fast -w 8", "1: --width 8"),
        (WIDTH + "parser.add_argument('--resume')", "python train.py -w 8 --resume a.pt", "1: --width 8"),
        (WIDTH, "python train.py --unknown 3 -w 8", "1: --width 8"),
    ],
)  # fmt: skip
def test_options_are_given_as_a_document_says(options: str, document: str, arguments: str) -> None:
    assert run_with(options, document) == arguments


@pytest.mark.parametrize(
    ("options", "document"),
    [
        (WIDTH, "python other.py --width 64"),
        (WIDTH, "python train.py --width <width>"),
        (WIDTH, "python train.py --width $WIDTH"),
        (WIDTH, "python train.py"),
        ("parser.add_argument('--width', default=3)", "python train.py --width 64"),
        ("parser.add_argument('--width', action='store_true')", "python train.py --width"),
    ],
)
def test_what_is_not_said_is_left_alone(options: str, document: str) -> None:
    assert run_with(options, document) is None


def test_options_that_another_file_declares() -> None:
    options = "import options\noptions.add(parser)"
    declared = "def add(parser):\n    parser.add_argument('--width', required=True)\n"
    assert run_with(options, "python train.py --width 64", options__py=declared) == "1: --width 64"


@pytest.mark.parametrize("document", ["", "python train.py --config path/to/your.yaml"])
def test_a_configuration_that_no_document_names_is_one_of_the_repository_s(document: str) -> None:
    options = "parser.add_argument('--config', required=True)\ncfg = load(1)['model']['depth']\n"
    given = run_with(
        options, document, small__yaml="model: {depth: 2}", large__yaml="model: {depth: 9}", tiny__yaml="a: 3"
    )
    assert given == "0: --config small.yaml"


def test_a_configuration_that_a_document_names_is_that_one() -> None:
    options = "parser.add_argument('--config', required=True)\n"
    given = run_with(options, "python train.py --config ./large.yaml", small__yaml="a: 1", large__yaml="a: 2")
    assert given == "1: --config large.yaml"


def test_a_script_that_reads_its_arguments_itself() -> None:
    options = "import sys\nwidth = sys.argv[1]\nparser = sys"
    assert run_with(options, "python train.py 64 relu") == "1: 64 relu"
