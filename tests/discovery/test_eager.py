"""Calls of a model that a program makes anyway: whose they are, and which of them is taken."""

from __future__ import annotations

from textwrap import dedent

from fullgraph.discovery import RepositoryIndex, discover, resolve_precedence
from fullgraph.model import Target
from fullgraph.text.source import SourceText

_NET = """
    from torch import nn
    class Net(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.layer = nn.Linear(size, size)
        def forward(self, x):
            return self.layer(x)
"""


def eager(files: dict[str, str]) -> list[Target]:
    """What is taken of a repository's calls, by the order of its files."""
    sources = [SourceText(f"/project/{name}", dedent(text)) for name, text in files.items()]

    def name_of(file: str) -> str:
        return file.removeprefix("/project/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    index = RepositoryIndex(lambda: sources, name_of, ("/project",))
    found = [target for each in sources for target in discover(each, name_of(each.file), index=index).targets]
    return [target for target in resolve_precedence(found) if target.origin == "eager"]


def told(target: Target) -> tuple[str, str, int]:
    return target.name, target.file.rpartition("/")[2], target.place.range.start.line + 1


def test_a_call_belongs_to_the_class_that_its_file_imports() -> None:
    call = """
        import torch
        from pkg import Net
        net = Net(3)
        net(torch.randn(2, 3))
    """
    package = "from .a import Net"
    [target] = eager(
        {"pkg/__init__.py": package, "pkg/a.py": _NET, "pkg/b.py": _NET, "tests/test_it.py": call}
    )
    assert target.subject == ("/project/pkg/a.py", "Net")
    assert told(target) == ("pkg.a:Net", "test_it.py", 5)


def test_of_many_calls_the_one_that_needs_least_is_taken() -> None:
    def calling(inputs: str) -> str:
        return f"import torch\nfrom net import Net\nnet = Net(3)\nx = {inputs}\nnet(x)\n"

    files = {
        "net.py": _NET,
        "a.py": calling("torch.load('x.pt')"),
        "tests/test_it.py": calling("torch.ones(3)"),
    }
    assert [told(each)[1] for each in eager(files)] == ["test_it.py"]
    assert [told(each)[1] for each in eager({**files, "run.py": calling("torch.ones(3)")})] == ["run.py"]


def test_a_function_of_another_file_may_build_the_model() -> None:
    build = "from net import Net\ndef build(size=4):\n    net = Net(size)\n    net.eval()\n    return net\n"
    call = "import torch\nfrom build import build\nbuild()(torch.randn(2, 4))\n"
    [target] = eager({"net.py": _NET, "build.py": build, "run.py": call})
    assert told(target) == ("net:Net", "run.py", 3)
    assert target.model.text == "build().eval()"


def test_what_calls_no_model_or_has_unknown_inputs_is_no_target() -> None:
    calls = """
        import torch

        class Trainer:
            def __init__(self, net, data):
                self.net, self.data = net, data
            def run(self):
                self.net(self.data)

        def predict(x):
            return Net(3)(x)

        def other(net):
            return net(torch.randn(2, 3))

        Net(3).sample(torch.randn(2, 3))
        print(Net(3))
        if torch.cuda.is_available():
            either = Net(3)
        else:
            either = nn.Linear(3, 3)
        either(torch.randn(2, 3))
        len(torch.randn(2, 3))
    """
    text = f"{dedent(_NET)}{dedent(calls)}"
    assert not eager({"net.py": text})
    assert eager({"net.py": f"{text}\nNet(3)(torch.randn(2, 3))\n"})


def test_a_declared_target_counts_more() -> None:
    text = "# fullgraph: model=Net(3), args=(torch.randn(1, 3),)\nclass Net(nn.Module):"
    declared = (
        f"import torch\n{dedent(_NET).replace('class Net(nn.Module):', text)}Net(4)(torch.randn(2, 4))\n"
    )
    assert not eager({"net.py": declared})
