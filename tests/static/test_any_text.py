"""The first look raises on no text that parses, and its places lie in the text."""

from __future__ import annotations

import ast
import importlib.util
import sysconfig
from pathlib import Path

import pytest
from fullgraph import static
from fullgraph.discovery.finder import Module
from fullgraph.discovery.repository.index import RepositoryIndex
from fullgraph.discovery.repository.parsed import ParsedFile
from fullgraph.discovery.superseded import superseded_calls
from fullgraph.model import Finding
from fullgraph.text.source import SourceText, SyntaxProblem, parse_module
from hypothesis import assume, given, settings
from hypothesis import strategies as st

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
TORCH = Path((importlib.util.find_spec("torch").submodule_search_locations)[0])  # type: ignore[union-attr,index]

EXPRESSIONS = st.recursive(
    st.sampled_from(
        [
            "x",
            "y",
            "self",
            "self.a",
            "self.f",
            "torch",
            "x.shape",
            "None",
            "0",
            "1",
            "'a'",
            "True",
            "...",
            "x.nonzero()",
            "x.item()",
            "x.tolist()",
            "[]",
            "{}",
            "()",
            "x[0]",
            "x[x>0]",
            "torch.tensor(1)",
            "F.relu(x)",
            "self.layer(x)",
            "len(x)",
            "super()",
            "np.sqrt(x)",
        ]
    ),
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "@", "and", "or", "==", ">", "in", "is", "%", "|"]),
            inner,
        ),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds(
            "{}.{}".format, inner, st.sampled_from(["any", "shape", "append", "items", "max", "values"])
        ),
        st.builds("{}({}, *{}, k={})".format, inner, inner, inner, inner),
        st.builds("{}({})".format, inner, inner),
        st.builds("{}[{}:{}]".format, inner, inner, inner),
        st.builds("[{} for y, *z in {} if {}]".format, inner, inner, inner),
        st.builds("(lambda x, *a, k={}: {})".format, inner, inner),
        st.builds("{{'a': {}, **{}}}".format, inner, inner),
        st.builds("(w := {})".format, inner),
        st.builds("({}, *{})".format, inner, inner),
        st.builds("f'{{{}:.2f}}'".format, inner.filter(lambda text: "'" not in text)),
    ),
    max_leaves=8,
)

SIMPLE = st.one_of(
    EXPRESSIONS,
    st.builds(
        "{} = {}".format, st.sampled_from(["x", "self.a", "x[0]", "x, (y, *z)", "self.a[y]"]), EXPRESSIONS
    ),
    st.builds("{} += {}".format, st.sampled_from(["x", "self.a", "x[0]"]), EXPRESSIONS),
    st.builds("return {}".format, EXPRESSIONS),
    st.builds("assert {}, {}".format, EXPRESSIONS, EXPRESSIONS),
    st.sampled_from(["pass", "del x", "global x", "raise x", "import torch as x", "yield x", "x: int"]),
)


def block(head: str, body: str) -> str:
    return head + "\n" + "\n".join(f"    {line}" for line in body.split("\n"))


STATEMENTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("{}\n{}".format, inner, inner),
        st.builds(
            lambda test, a, b: f"{block(f'if {test}:', a)}\n{block('else:', b)}", EXPRESSIONS, inner, inner
        ),
        st.builds(lambda over, a: block(f"for y in {over}:", f"{a}\ncontinue"), EXPRESSIONS, inner),
        st.builds(lambda test, a: block(f"while {test}:", f"{a}\nbreak"), EXPRESSIONS, inner),
        st.builds(lambda value, a: block(f"with {value} as y:", a), EXPRESSIONS, inner),
        st.builds(
            lambda a, b: f"{block('try:', a)}\n{block('except E as y:', b)}\n{block('finally:', b)}",
            inner,
            inner,
        ),
        st.builds(lambda a: block("def f(self, x=1, *y, **z):", a), inner),
        st.builds(
            lambda value, a: block(f"match {value}:", block("case [1, *y] if y:", a)), EXPRESSIONS, inner
        ),
    ),
    max_leaves=10,
)


def module(source: SourceText, tree: ast.Module) -> Module:
    return Module(ParsedFile(source, tree, "model"), RepositoryIndex(lambda: [source]))


def findings(text: str) -> tuple[Finding, ...]:
    source = SourceText("/project/model.py", text)
    tree = parse_module(source.normal)
    superseded = () if isinstance(tree, SyntaxProblem) else superseded_calls(module(source, tree))
    found = (*static.find(source, "model"), *superseded)
    for each in found:
        assert each.place.range.start < each.place.range.end <= source.whole.end
    return found


@settings(max_examples=300)
@given(STATEMENTS, STATEMENTS)
def test_generated_forwards(init: str, body: str) -> None:
    methods = (
        f"{block('def __init__(self, x=None):', init)}\n{block('def forward(self, x, y: Tensor):', body)}"
    )
    text = f"import torch\nfrom torch import nn\n{block('class Net(nn.Module):', methods)}\n"
    assume(not isinstance(parse_module(text), SyntaxProblem))
    findings(text)


@pytest.mark.parametrize(
    "text",
    [
        "class A(A): pass",
        "class A(B): pass\nclass B(A): pass",
        "a = b\nb = a\nclass C(a.x): pass",
        "from . import model\nfrom .model import *\nclass C(model.C): pass",
        "from ..... import far\nclass C(far.C): pass",
        "class Net(nn.Module):\n    def forward(self): return self.forward()",
        "class Net(nn.Module):\n    def forward(self, x):\n        while True: x = (x, x)\n",
        "class Net(nn.Module):\n    def forward(self, x):\n        x = [x]\n        for _ in x: x = [x, *x]\n",
        "class Net(nn.Module):\n    def __init__(self): self.a = Net()\n    def forward(self, x): return self.a(x)",
        "class Net(nn.Module):\n    @property\n    def a(self): return self.a\n    def forward(self, x): return self.a",
        "class Net(nn.Module):\n    def forward(self, x):\n        f = lambda g: g(g)\n        return f(f)",
        "class Net(nn.Module):\n    def forward(self, x):\n        return " + "(" * 80 + "x" + ")" * 80,
        "class Net(nn.Module):\n    def forward(self, x):\n        return x" + " + x" * 900,
        "class Net(nn.Module):\n    def forward(self, x):\n        x" + ".relu()" * 300,
        "class Net(nn.Module):\n    def forward(): pass",
        "class Net(nn.Module):\n    forward = None",
        "class Net(nn.Module):\n    def forward(self, /, x, *, y=1): return abs()",
    ],
)
def test_odd_texts(text: str) -> None:
    findings("from torch import nn\n" + text)


def test_torch_nn_and_a_part_of_the_standard_library() -> None:
    for folder in (TORCH / "nn", STANDARD_LIBRARY / "asyncio", STANDARD_LIBRARY / "email"):
        assert_no_file_raises(folder)


@pytest.mark.slow
@pytest.mark.parametrize("folder", [STANDARD_LIBRARY, TORCH], ids=["stdlib", "torch"])
def test_every_file(folder: Path) -> None:
    assert_no_file_raises(folder)


def assert_no_file_raises(folder: Path) -> None:
    looked = 0
    for file in sorted(folder.rglob("*.py")):
        if folder == STANDARD_LIBRARY and "site-packages" in file.parts:
            continue
        source = SourceText(str(file), file.read_bytes().decode("utf-8", "replace"))
        tree = parse_module(source.normal)
        if not isinstance(tree, SyntaxProblem):
            static.find_in(source, with_forwards(tree), file.stem)
            superseded_calls(module(source, tree))
            looked += 1
    assert looked > 10


def with_forwards(tree: ast.Module) -> ast.Module:
    """The tree with each class's longest method called `forward`, and each class an `nn.Module`."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.bases.append(ast.Name("Module"))
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            if methods:
                max(methods, key=lambda each: (each.end_lineno or 0) - each.lineno).name = "forward"
    return tree
