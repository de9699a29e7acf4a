"""Targets from annotations: the texts that are made, and where there is no target."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from fullgraph.discovery import discover
from fullgraph.discovery.inputs.annotated_shapes import tensor_arguments, vocabulary
from fullgraph.model import Target
from fullgraph.python.binding.imports import imports_of
from fullgraph.python.syntax.nodes import Nodes
from fullgraph.text.source import SourceText

from tests.discovery.rendered import assert_found

HEAD = """\
import torch
import jaxtyping as jt
from jaxtyping import Bool, Float, Float16, Int, Shaped
from jaxtyping import Float32 as F32
from torch import Tensor, nn
Image = Float[Tensor, "3 height width"]
"""


def targets(text: str) -> tuple[Target, ...]:
    return discover(SourceText("/project/cases.py", text), "cases").targets


def of_forward(arguments: str, init: str = "self", extra: str = "") -> Target | None:
    model = f"class Net(nn.Module):\n    def __init__({init}): ...\n    def forward(self, {arguments}): return 0\n"
    found = [each for each in targets(f"{HEAD}{model}{extra}\n") if each.origin == "annotation"]
    assert len(found) < 2
    return found[0] if found else None


def texts(target: Target | None) -> tuple[str, str]:
    """The inputs and their spec, and both can be evaluated."""
    assert target is not None
    parts = (target.args, target.kwargs, target.dynamic_shapes)
    for part in parts:
        ast.parse(part.text if part else "", mode="exec")
    inputs = " ".join(part.text for part in parts[:2] if part)
    return inputs, target.dynamic_shapes.text if target.dynamic_shapes else ""


@pytest.mark.parametrize(
    ("annotation", "made", "spec"),
    [
        ('Float[Tensor, "batch 64"]', "torch.randn((3, 64), dtype=torch.float32)", '{0: Dim("batch")}'),
        ('Float[torch.Tensor, "64"]', "torch.randn((64,), dtype=torch.float32)", ""),
        ('Float[Tensor, ""]', "torch.randn((), dtype=torch.float32)", ""),
        ('jt.Float16[Tensor, "a"]', "torch.randn((3,), dtype=torch.float16)", '{0: Dim("a")}'),
        ('F32[Tensor, "a"]', "torch.randn((3,), dtype=torch.float32)", '{0: Dim("a")}'),
        ('Int[Tensor, "a"]', "torch.randint(0, 2, (3,), dtype=torch.int64)", '{0: Dim("a")}'),
        ('Bool[Tensor, "a"]', "torch.ones((3,), dtype=torch.bool)", '{0: Dim("a")}'),
        ('Shaped[Tensor, "a"]', "torch.randn((3,), dtype=torch.float32)", '{0: Dim("a")}'),
        ('Float[Tensor, "*batch 4"]', "torch.randn((3, 4), dtype=torch.float32)", '{0: Dim("batch")}'),
        ('Float[Tensor, "... 4"]', "torch.randn((2, 4), dtype=torch.float32)", "{0: Dim.AUTO}"),
        ('Float[Tensor, "_ _x a"]', "torch.randn((2, 4, 3), dtype=torch.float32)", '{0: Dim.AUTO, 1: Dim.AUTO, 2: Dim("a")}'),
        ('Float[Tensor, "#a *#b"]', "torch.randn((3, 5), dtype=torch.float32)", '{0: Dim("a"), 1: Dim("b")}'),
        ('Float[Tensor, "rgb=3 a"]', "torch.randn((3, 5), dtype=torch.float32)", '{1: Dim("a")}'),
        ('Float[Tensor, "a a+1"]', "torch.randn((3, 4), dtype=torch.float32)", '{0: Dim("a"), 1: Dim("a")+1}'),
        ('Float[Tensor, "a 2*a"]', "torch.randn((3, 6), dtype=torch.float32)", '{0: Dim("a"), 1: 2*Dim("a")}'),
        ('Float[Tensor, "a b a*b"]', "torch.randn((3, 5, 15), dtype=torch.float32)", '{0: Dim("a"), 1: Dim("b"), 2: Dim.AUTO}'),
        ('Float[Tensor, "a 3"]', "torch.randn((5, 3), dtype=torch.float32)", '{0: Dim("a")}'),
        ('Float[Tensor, "a"] | None', "torch.randn((3,), dtype=torch.float32)", '{0: Dim("a")}'),
        ('"Float[Tensor, \'a\']"', "torch.randn((3,), dtype=torch.float32)", '{0: Dim("a")}'),
        ("Image", "torch.randn((3, 5, 7), dtype=torch.float32)", '{1: Dim("height"), 2: Dim("width")}'),
        ('Float[Float[Tensor, "4"], "a"]', "torch.randn((3, 4), dtype=torch.float32)", '{0: Dim("a")}'),
        ('Float[Image, "a"]', "torch.randn((5, 3, 7, 11), dtype=torch.float32)", '{0: Dim("a"), 2: Dim("height"), 3: Dim("width")}'),
    ],
)  # fmt: skip
def test_what_an_annotation_makes(annotation: str, made: str, spec: str) -> None:
    expected = f'{{"x": {spec}}}' if spec else ""
    assert texts(of_forward(f"x: {annotation}")) == (f"({made},)", expected)


def test_equal_names_are_one_dimension() -> None:
    inputs, spec = texts(
        of_forward('x: Float[Tensor, "batch seq"], *, mask: Bool[Tensor, "seq"], n: int, k=3')
    )
    assert inputs == (
        '(torch.randn((3, 5), dtype=torch.float32),) {"mask": torch.ones((5,), dtype=torch.bool), "n": 2}'
    )
    assert spec == '{"x": {0: Dim("batch"), 1: Dim("seq")}, "mask": {0: Dim("seq")}, "n": None}'


def test_tuples_and_lists() -> None:
    inputs, spec = texts(of_forward('x: tuple[Float[Tensor, "a"], ...], y: list[Float[Tensor, "b"]]'))
    one, two = (f"torch.randn(({size},), dtype=torch.float32)" for size in (3, 5))
    assert inputs == f"(({one}, {one},), [{two}, {two}])"
    assert spec == '{"x": ({0: Dim("a")}, {0: Dim("a")},), "y": [{0: Dim("b")}, {0: Dim("b")}]}'


def test_names_of_the_constructor_are_sizes() -> None:
    inputs, spec = texts(of_forward('x: Float[Tensor, "batch hidden"]', "self, hidden=16, depth=2"))
    assert inputs == "(torch.randn((3, 16), dtype=torch.float32),)"
    assert spec == '{"x": {0: Dim("batch")}}'


def test_a_class_that_the_file_builds_with_constants() -> None:
    target = of_forward('x: Float[Tensor, "b hidden"]', "self, depth, hidden", "net = Net(3, hidden=32)")
    assert target is not None
    assert target.model.text == "Net(3, hidden=32)"
    assert texts(target)[0] == "(torch.randn((5, 32), dtype=torch.float32),)"


@pytest.mark.parametrize(
    ("arguments", "init", "extra"),
    [
        ("x", "self", ""),
        ("x: Tensor", "self", ""),
        ('x: Float[Tensor, "a"], y', "self", ""),
        ('x: Float[Tensor, "a"], y: Tensor', "self", ""),
        ('x: Float[Tensor, "a"], y: str', "self", ""),
        ('x: Float[Array, "a"]', "self", ""),
        ('x: Float[Tensor, "a {self.n}"]', "self", ""),
        ('x: Float[Tensor, "a-9 a"]', "self", ""),
        ('x: Float[Tensor, "f(a)"]', "self", ""),
        ('x: Float[Tensor, "a**a**a"]', "self", ""),
        ('x: Float[Tensor, "a//0"]', "self", ""),
        ("x: Float[Tensor, SHAPE]", "self", ""),
        ('x: dict[str, Float[Tensor, "a"]]', "self", ""),
        ('x: Float[Tensor, "a"]', "self, depth", ""),
        ('x: Float[Tensor, "a"]', "self, depth", "net = Net(DEPTH)"),
        ("n: int", "self", ""),
        ("x: Loop", "self", "Loop = list[Loop]"),
    ],
)
def test_no_target(arguments: str, init: str, extra: str) -> None:
    assert of_forward(arguments, init, extra) is None


def test_a_target_that_is_said_counts_more() -> None:
    body = 'class Net(nn.Module):\n    def forward(self, x: Float[Tensor, "a"]): return 0\n'
    assert [each.origin for each in targets(HEAD + body)] == ["annotation"]
    assert [each.origin for each in targets(f"{HEAD}# fullgraph: args=(x,)\n{body}")] == ["comment"]
    module = f"{HEAD}{body}model = Net()\nexample_args = (torch.ones(3),)\n"
    assert [each.origin for each in targets(module)] == ["exportdb"]


def test_a_class_that_is_no_module_has_none() -> None:
    assert targets(HEAD + 'class Net:\n    def forward(self, x: Float[Tensor, "a"]): ...\n') == ()


def test_the_places_are_those_of_class_and_signature() -> None:
    assert_found("""
        from jaxtyping import Float
        class Base(nn.Module):
            def __init__(self, width=4): ...
        class Net(Base):
              ^^^ cases:Net()
            def forward(self, x: Float[Tensor, "batch width"], y=None): return 0
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ args
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dynamic_shapes
    """)


def test_which_arguments_are_tensors() -> None:
    tree = ast.parse(
        dedent("""
            from torch import Tensor as T
            def forward(self, a: T, b: "torch.Tensor", c: Optional[T] = None, d: int = 3, e=None, *, f: T | None): return 0
        """)
    )
    (forward,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert tensor_arguments(forward, vocabulary(tree, imports_of(Nodes(tree)))) == ("a", "b", "c", "f")


def test_what_is_there_to_be_inherited_is_no_target() -> None:
    model = (
        'class Base(nn.Module):\n    def forward(self, x: Float[Tensor, "rows 3"]): raise NotImplementedError'
    )
    assert targets(f"{HEAD}{model}\n") == ()


def test_of_arguments_that_may_be_none_all_are_given_or_none() -> None:
    mask = 'mask: Bool[Tensor, "rows"] | None = None'
    given, _ = texts(of_forward(f'x: Float[Tensor, "rows 3"], {mask}'))
    assert "torch.bool" in given
    given, _ = texts(of_forward(f'x: Float[Tensor, "rows 3"], {mask}, count: int | None = None'))
    assert "torch.bool" not in given
