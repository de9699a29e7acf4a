"""Calls of a model that a program makes anyway: whose they are, and which of them is taken."""

from __future__ import annotations

from textwrap import dedent

import pytest
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


_TWO = f"{dedent(_NET)}\nclass Wide(Net): ...\n"

_BY_NAME = {
    "a table": "TABLE = {'net': Net, 'wide': Wide}\ndef build(name, size=2, **kw):\n    return TABLE[name](size, **kw)",
    "a table that is asked": "TABLE = dict(net=Net, wide=Wide)\ndef build(name, size=2):\n    kind = TABLE.get(name.lower())\n    return kind(size)",
    "a table of functions": """
def net(size): return Net(size)
TABLE = {'net': net, 'wide': lambda size, **kw: Wide(size=size, **kw)}
def build(name, size=2):
    if name not in TABLE:
        raise KeyError(name)
    return TABLE[name](size)""",
    "a table within": """
from functools import partial
def build(name, size=2):
    return {'net': Net, 'wide': partial(Wide, size=size)}[name]()""",
    "conditions": """
def build(name, size=2):
    if name == 'net':
        model = Net(size)
        return model
    elif name in ('wide', 'w'):
        return Wide(size)
    raise ValueError(name)""",
    "cases": """
def build(name, size=2):
    match name:
        case 'net':
            return Net(size)
        case 'wide' | 'w':
            return Wide(size)
        case _:
            raise ValueError(name)""",
    "an early return": "def build(name, size=2):\n    if name != 'wide':\n        return Net(size)\n    return Wide(size)",
    "a function that finds it": """
TABLE = {'net': Net, 'wide': Wide}
def find(name):
    return TABLE[name]
def build(name, size=2):
    make = find(name)
    return make(size)""",
}


@pytest.mark.parametrize("how", _BY_NAME)
def test_a_function_may_select_the_class_by_its_name(how: str) -> None:
    call = "import torch\nfrom nets import build\nnet = build('{}', size=4)\nnet(torch.randn(2, 4))\n"
    files = {"nets.py": f"{_TWO}{_BY_NAME[how]}\n", "run.py": call.format("wide")}
    assert [told(each) for each in eager(files)] == [("nets:Wide", "run.py", 4)]
    assert [each.name for each in eager({**files, "run.py": call.format("net")})] == ["nets:Net"]
    unknown = call.format("none").replace("'none'", "input()")
    assert not eager({**files, "run.py": unknown})


@pytest.mark.parametrize(
    "made", ["getattr(nets, 'Wide')(4)", "vars(nets)['Wide'](4)", "nets.__dict__['Wide'](4)"]
)
def test_a_class_may_be_looked_up_in_its_module(made: str) -> None:
    call = f"import torch, nets\nnet = {made}\nnet(torch.randn(2, 4))\n"
    assert [each.name for each in eager({"nets.py": _TWO, "run.py": call})] == ["nets:Wide"]


def test_a_table_is_that_of_the_file_that_it_is_imported_from() -> None:
    package = "from .tables import TABLE\n"
    tables = "from .nets import *\nTABLE = {'net': Net, 'wide': Wide}\n"
    build = "from pkg import TABLE\ndef build(kind, size):\n    return TABLE[kind](size)\n"
    call = """
        import pytest, torch
        from build import build
        @pytest.mark.parametrize("kind", ["wide", "net"])
        def test_kinds(kind):
            net = build(kind, 4)
            net(torch.randn(2, 4))
    """
    files = {"pkg/__init__.py": package, "pkg/tables.py": tables, "pkg/nets.py": _TWO, "build.py": build}
    found = {each.model_class for each in eager({**files, "test_it.py": call})}
    assert found == {"pkg.nets.Wide", "pkg.nets.Net"}


def test_a_class_may_be_registered_under_its_name() -> None:
    registry = """
        class Registry:
            def register(self, name):
                return lambda cls: cls
            def build(self, name, **kw): ...
        TABLE, MODELS = {}, Registry()
        def register(name):
            return lambda cls: TABLE.setdefault(name, cls)
        def build(name, **kw):
            kind = TABLE[name]
            return kind(**kw)
    """
    above = "from registry import MODELS, register\n"
    nets = above + _TWO.replace("class Wide", "@MODELS.register('b')\n@register('a')\nclass Wide")
    for made in (
        "registry.build('a', size=4)",
        "registry.MODELS.build('b', size=4)",
        "registry.MODELS.build(dict(type='b', size=4))",
    ):
        call = f"import torch, registry, nets\nnet = {made}\nnet(torch.randn(2, 4))\n"
        files = {"nets.py": nets, "registry.py": registry, "run.py": call}
        assert [each.name for each in eager(files)] == ["nets:Wide"]
        twice = nets.replace("class Net(", "@MODELS.register('b')\n@register('a')\nclass Net(")
        assert not eager({**files, "nets.py": twice})


_CONFTEST = """
import pytest, torch
from net import Net
SIZES = [2, 4]
@pytest.fixture(params=SIZES)
def size(request):
    return request.param
@pytest.fixture(name="batch")
def make_batch(size):
    yield torch.randn(3, size)
"""


def _tested(conftest: str, test: str, **more: str) -> list[Target]:
    files = {"net.py": _TWO, "tests/conftest.py": conftest, "tests/unit/test_it.py": test}
    return eager({**files, **{name.replace("__", "/") + ".py": text for name, text in more.items()}})


def test_a_fixture_may_stand_in_conftest_above_the_test() -> None:
    [target] = _tested(_CONFTEST, "from net import Net\ndef test_it(batch, size):\n    Net(size)(batch)\n")
    assert target.slice is not None
    [file] = target.slice.fixtures
    conftest = "__fullgraph_fixtures__['/project/tests/conftest.py']"
    size = f"{conftest}.size(request=__import__('types').SimpleNamespace(param=2))"
    made = f"next({conftest}.make_batch(size={size}))"
    assert dict(target.slice.supplied) == {"batch": made, "size": size}
    assert file.file == "/project/tests/conftest.py"
    assert "fixture" not in file.text
    assert "def make_batch" in file.text


def test_the_nearest_fixture_counts_and_may_ask_for_the_next() -> None:
    near = "import pytest\n@pytest.fixture\ndef batch(batch):\n    return batch * 2\n"
    test = "from net import Net\ndef test_it(batch):\n    Net(2)(batch)\n"
    [target] = _tested(_CONFTEST, test, tests__unit__conftest=near)
    assert target.slice is not None
    assert [each.file.removeprefix("/project/tests/") for each in target.slice.fixtures] == [
        "unit/conftest.py",
        "conftest.py",
    ]


def test_a_conftest_may_import_its_fixtures() -> None:
    test = "from net import Net\ndef test_it(batch):\n    Net(2)(batch)\n"
    for conftest in (
        "from fix import *",
        "from fix import make_batch as batch, size",
        "pytest_plugins = ['fix']",
    ):
        fix = _CONFTEST.replace('name="batch"', "").replace(
            "make_batch", "batch" if "as" not in conftest else "make_batch"
        )
        [target] = _tested(f"{conftest}\n", test, fix=fix)
        assert target.slice is not None
        assert target.slice.fixtures[0].file == "/project/fix.py"


def test_each_model_of_a_parametrized_fixture_is_a_target() -> None:
    conftest = """
import pytest, torch
from net import Net, Wide
@pytest.fixture(params=[Net, Wide])
def net(request):
    return request.param(4)
"""
    test = "import torch\ndef test_it(net):\n    net(torch.randn(2, 4))\n"
    assert {each.model_class for each in _tested(conftest, test)} == {"net.Net", "net.Wide"}
    named = conftest.replace("[Net, Wide]", "['n', 'w']").replace(
        "request.param(4)", "{'n': Net, 'w': Wide}[request.param](4)"
    )
    assert {each.model_class for each in _tested(named, test)} == {"net.Net", "net.Wide"}


def test_a_fixture_that_nobody_defines_has_no_value() -> None:
    test = "from net import Net\ndef test_it(other):\n    Net(2)(other)\n"
    assert not _tested(_CONFTEST, test)


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
