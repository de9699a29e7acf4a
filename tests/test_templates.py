"""Comments to fill in, and specs with one dimension more."""

from __future__ import annotations

import pytest
from fullgraph.declare.declaration import Unwritable
from fullgraph.declare.free_dimension import freed
from fullgraph.declare.template import Blank, template
from fullgraph.discovery import discover
from fullgraph.text.source import SourceText

HEAD = "import torch\nfrom torch import nn\n\n\n"


def model(init: str, forward: str, decorator: str = "") -> SourceText:
    text = f"{HEAD}{decorator}class Net(nn.Module):\n"
    text += f"    def __init__(self{init}):\n        super().__init__()\n\n" if init else ""
    return SourceText("net.py", f"{text}    def forward(self{forward}):\n        return x\n")


@pytest.mark.parametrize(
    ("init", "forward", "expected"),
    [
        ("", ", x", "args=(torch.randn(2, 64),)"),
        (", width=3", ", x, scale=None", "args=(torch.randn(2, 64),)"),
        ("", "", "args=()"),
        (
            ", width, p: float",
            ", input_ids, attention_mask",
            (
                "model=Net(width=64, p=0.1), "
                "args=(torch.randint(0, 100, (2, 16)), torch.ones(2, 16, dtype=torch.bool))"
            ),
        ),
        ("", ", image, steps: int", "args=(torch.randn(2, 3, 224, 224), 8)"),
        ("", ", x, lengths", "args=(torch.randn(2, 64), torch.randint(1, 16, (2,)))"),
    ],
)
def test_each_input_has_a_suggestion(init: str, forward: str, expected: str) -> None:
    source = model(init, forward)
    found = template(source, "Net")
    assert found is not None
    assert found.text == f"# fullgraph: {expected}"
    lines = [*source.lines[: found.line], found.text, *source.lines[found.line :]]
    declared = discover(SourceText("net.py", "\n".join(lines)), "net", named=True)
    assert [target.origin for target in declared.targets] == ["comment"]
    assert not declared.findings


def test_what_is_to_be_looked_at_is_told_apart() -> None:
    found = template(model(", width", ", x"), "Net")
    assert found is not None
    assert [each.text for each in found.pieces if isinstance(each, Blank)] == ["64", "torch.randn(2, 64)"]


def test_it_goes_above_the_decorators_of_a_class_and_nowhere_where_there_is_none() -> None:
    found = template(model("", ", x", "@register\n"), "Net")
    assert found is not None
    assert found.line == 4
    assert template(model("", ", x"), "Other") is None
    assert template(SourceText("net.py", "class Net(:\n"), "Net") is None


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", '{"x": {0: Dim("batch")}}'),
        ('{"x": None}', '{"x": {0: Dim("batch")}}'),
        ('{"x": {1: Dim("seq")}}', '{"x": {1: Dim("seq"), 0: Dim("batch")}}'),
        ('{"x": {0: Dim.STATIC}}', '{"x": {0: Dim("batch")}}'),
        ('{"x": (None, Dim("seq"))}', '{"x": (Dim("batch"), Dim("seq"))}'),
        (
            '{"y": {0: Dim("batch", max=8)}}',
            '{"y": {0: Dim("batch", max=8)}, "x": {0: Dim("batch", max=8)}}',
        ),
    ],
)
def test_a_dimension_becomes_dynamic_beside_what_is_said_already(spec: str, expected: str) -> None:
    assert freed(spec, "x", 0, "batch") == expected


@pytest.mark.parametrize(
    "spec", ["SHAPES", '({0: Dim("batch")},)', '{"x": shape}', '{name: {0: Dim("batch")}}', '{"x": ()}']
)
def test_a_spec_that_is_not_written_out_is_left_to_its_author(spec: str) -> None:
    assert isinstance(freed(spec, "x", 0, "batch"), Unwritable)


def test_a_part_of_an_input_is_left_to_its_author() -> None:
    assert isinstance(freed("", "pair[0]", 0, "batch"), Unwritable)
