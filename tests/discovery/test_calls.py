"""Export calls in the text: which are found, under which names, and what of the file they need."""

from __future__ import annotations

from textwrap import dedent

import pytest
from fullgraph.discovery import discover
from fullgraph.model import Target
from fullgraph.text.source import SourceText

_NET = "import torch\nclass Net(torch.nn.Module):\n    pass\n"


def found(text: str) -> tuple[Target, ...]:
    return discover(SourceText("/project/cases.py", dedent(text)), "cases").targets


def kept(text: str, number: int = 0) -> list[str]:
    """The statements of the slice, a line each."""
    part = found(text)[number].slice
    assert part is not None
    lines = (line.rstrip() for line in part.text.split("\n"))
    return [line for line in lines if line.strip() not in ("", "0")]


@pytest.mark.parametrize(
    ("imported", "call", "name"),
    [
        ("import torch", "torch.export.export(Net(), (x,))", "cases:Net() (export)"),
        ("import torch as t", "t.export.draft_export(Net(), (x,))", "cases:Net() (draft_export)"),
        ("from torch.export import export as ex", "ex(Net(), (x,))", "cases:Net() (export)"),
        ("import torch.export as te", "te.export_for_training(Net(), (x,))", "cases:Net() (export)"),
        ("from torch import export", "export.export(mod=Net(), args=(x,))", "cases:Net() (export)"),
        ("from torch import onnx", "onnx.export(Net(), (x,), dynamo=True)", "cases:Net() (onnx)"),
        ("import torch", "torch.onnx.export(Net(), (x,), 'net.onnx')", "cases:Net() (onnx)"),
        ("import torch", "torch.onnx.export(Net(), (x,), dynamo=flag)", "cases:Net() (onnx)"),
        ("import torch", "to_edge(torch.export.export(Net(), (x,)))", "cases:Net() (export)"),
        ("import torch", "package(torch.export.export(Net(), (x,)), 'a.pt2')", "cases:Net() (export)"),
        ("import torch", "torch.compile(Net(), fullgraph=True)(x)", "cases:Net() (compile)"),
    ],
)
def test_each_call(imported: str, call: str, name: str) -> None:
    (target,) = found(f"{imported}\nclass Net: ...\nx = 1\n{call}\n")
    assert (target.name, target.origin, target.model_class) == (name, "call", "cases.Net")
    assert target.slice is not None
    assert target.slice.text.endswith(f"x = 1\n{call}\n")


@pytest.mark.parametrize(
    "call",
    [
        "torch.onnx.export(Net(), (x,), dynamo=False)",
        "torch.compile(Net())(x)",
        "torch.compile(Net(), fullgraph=True)",
        "torch.export.save(Net(), 'a')",
        "export(Net(), (x,))",
    ],
)
def test_what_is_no_export(call: str) -> None:
    assert found(f"import torch\nclass Net: ...\nx = 1\n{call}\n") == ()


def test_the_parts_stand_where_they_were_written() -> None:
    text = (
        _NET
        + "x = torch.ones(2)\ntorch.export.export(Net(), (x,), {'y': x}, dynamic_shapes=[\n  None], strict=True)\n"
    )
    source = SourceText("/project/cases.py", text)
    (target,) = discover(source, "cases").targets
    parts = [target.model, target.args, target.kwargs, target.dynamic_shapes]
    assert [part and source.between(part.place.range) for part in parts] == [
        part and part.text for part in parts
    ]
    assert target.strict


def test_only_what_is_needed_is_kept() -> None:
    text = """
    import os, sys
    import torch
    from torch import nn
    import wandb
    print("hello")
    torch.manual_seed(0)
    WIDTH = 3
    UNUSED = open("unused")
    class Net(nn.Module):
        def __init__(self): helper(WIDTH)
    class Other: ...
    def helper(n): return later(n)
    model = Net()
    for x in loader:
        model.train()
        loss = model(x)
        loss.backward()
    model.load_state_dict(torch.load("weights.pt"))
    model.eval()
    x = torch.ones(2)
    wandb.log(x)
    torch.export.export(model, (x,))
    def later(n): ...
    """
    assert kept(text) == [
        "import torch",
        "from torch import nn",
        "torch.manual_seed(0)",
        "WIDTH = 3",
        "class Net(nn.Module):",
        "    def __init__(self): helper(WIDTH)",
        "def helper(n): return later(n)",
        "model = Net()",
        "model.eval()",
        "x = torch.ones(2)",
        "torch.export.export(model, (x,))",
    ]


def test_in_a_function_in_blocks() -> None:
    text = """
    import torch
    from nets import Net
    def main(size=4):
        setup_logging()
        with open("log.txt", "w") as log, timer():
            for batch in [1, 2]:
                if log:
                    xs = []
                    for _ in range(size):
                        log.write("x")
                        xs.append(torch.ones(batch))
                    try:
                        model = Net()
                        model = train(model, xs)
                        torch.export.export(model, tuple(xs))
                    except Exception:
                        print("failed")
    """
    assert kept(text) == [
        "import torch",
        "from nets import Net",
        "def main(size=4):",
        "    if 1:",
        "        for batch in [1, 2]:",
        "            if log:",
        "                xs = []",
        "                for _ in range(size):",
        "                    xs.append(torch.ones(batch))",
        "                try:",
        "                    model = Net()",
        "                    torch.export.export(model, tuple(xs))",
        "                except Exception:",
    ]
    (target,) = found(text)
    assert (target.name, target.model_class) == ("cases:model (export in main)", "nets.Net")


def test_the_set_up_of_a_test_class() -> None:
    text = """
    import torch, unittest
    class TestNet(unittest.TestCase):
        size = 3
        def setUp(self):
            self.server = connect()
            self.net = make(self.size)
        def inputs(self):
            return (torch.ones(self.size),)
        def other(self): ...
        def test_it(self):
            self.assertTrue(1)
            torch.export.export(self.net, self.inputs())
    def make(n): ...
    """
    assert kept(text)[1:] == [
        "class TestNet(unittest.TestCase):",
        "    size = 3",
        "    def setUp(self):",
        "        self.net = make(self.size)",
        "    def inputs(self):",
        "        return (torch.ones(self.size),)",
        "    def test_it(self):",
        "        torch.export.export(self.net, self.inputs())",
        "def make(n): ...",
    ]


def test_operators_that_are_registered_count() -> None:
    text = """
    import torch
    lib = torch.library.Library("lib", "DEF")
    lib.define("f(Tensor x) -> Tensor")
    @torch.library.impl(lib, "f", "CPU")
    def f(x): ...
    @torch.library.custom_op("lib::g", mutates_args=())
    def g(x): ...
    @g.register_fake
    def _(x): ...
    @unrelated.cache
    def h(x): ...
    torch.export.export(Net(), ())
    from nets import Net
    """
    assert (
        "depends on `Net`" in discover(SourceText("/p/cases.py", dedent(text)), "cases").findings[0].message
    )
    lines = kept(
        text.replace("    from nets import Net\n", "")
        .replace("import torch\n", "import torch, nets\n")
        .replace("Net()", "nets.Net()")
    )
    assert "@unrelated.cache" not in lines
    assert len(lines) == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def save(model): export(model, ())", "`model`, a parameter of `save`"),
        ("def save(*models): export(models[0], ())", "`models`, a parameter of `save`"),
        ("export(missing, ())", "depends on `missing`"),
        ("async def main(): export(Net(), ())", "async function"),
        ("export(*both)", "passed with `*`"),
        ("class A:\n    def go(self): export(self, ())", "depends on `self`"),
        ("class A:\n    def go(self): export(self.net, ())", "`self.net`"),
    ],
)
def test_what_cannot_be_had_is_told(text: str, words: str) -> None:
    source = SourceText("/project/cases.py", f"from torch.export import export\nclass Net: ...\n{text}\n")
    result = discover(source, "cases")
    assert result.targets == ()
    (finding,) = result.findings
    assert (finding.rule, finding.severity) == ("target-skipped", "information")
    assert words in finding.message
    assert source.between(finding.place.range) == "export"


def test_a_star_import_may_bind_what_nothing_else_does() -> None:
    lines = kept("import torch\nfrom nets import *\ntorch.export.export(Net(), ())\n")
    assert lines == ["from nets import *", "torch.export.export(Net(), ())"]


def test_a_written_target_is_preferred_to_a_call() -> None:
    text = "import torch\n# fullgraph: args=()\nclass Net: ...\nm = Net()\ntorch.export.export(m, ())\n"
    assert [target.origin for target in found(text)] == ["comment"]


def test_a_thousand_branches_do_not_matter() -> None:
    branches = "".join(f"elif x == {number}:\n    pass\n" for number in range(900))
    text = f"import torch\nif x:\n    pass\n{branches}torch.export.export(torch.nn.ReLU(), ())\n"
    result = discover(SourceText("/project/cases.py", text), "cases")
    assert result.targets or result.findings
