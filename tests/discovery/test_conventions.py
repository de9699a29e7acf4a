"""The conventions of other tools, by the text alone, and which of several targets counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.discovery import RepositoryIndex, discover
from fullgraph.model import Origin, Target
from fullgraph.text.source import SourceText

KERNELBENCH = """
import torch
class Model(torch.nn.Module):
    def __init__(self, size): ...
def get_inputs():
    return [torch.ones(2)]
def get_init_inputs():
    return [2]
"""
EXECUTORCH = """
import torch
from executorch.examples.models.model_base import EagerModelBase
class Net(EagerModelBase):
    def get_eager_model(self): ...
    def get_example_inputs(self): ...
    def get_dynamic_shapes(self): ...
"""
LIGHTNING = """
import torch, lightning as L
class Net(L.LightningModule):
    def __init__(self, size):
        self.example_input_array = torch.ones(size)
trainer.fit(Net(size=3))
"""
HUGGINGFACE = """
from transformers import PreTrainedModel, PretrainedConfig
class Config(PretrainedConfig):
    def __init__(self, size=3, **rest): ...
class Base(PreTrainedModel):
    config_class = Config
class Encoder(Base):
    def forward(self, input_ids, attention_mask=None): ...
"""
TORCHBENCH = """
import torch
class Model(BenchmarkModel):
    def __init__(self, test, device, batch_size=None): ...
    def get_module(self): ...
"""
FUNCTIONS = """
import torch
class MyModel(torch.nn.Module):
    def forward(self, x): return x
def my_model_function():
    return MyModel().eval()
def GetInput():
    return torch.ones(2)
"""

each = pytest.mark.parametrize(
    ("text", "origin", "name", "texts"),
    [
        (
            KERNELBENCH,
            "kernelbench",
            "Model",
            ("Model(*get_init_inputs())", "tuple(get_inputs())", None, None),
        ),
        (
            EXECUTORCH,
            "executorch",
            "Net",
            (
                "(made := Net()).get_eager_model()",
                "made.get_example_inputs()",
                None,
                "made.get_dynamic_shapes()",
            ),
        ),
        (LIGHTNING, "lightning", "Net", ("(made := Net(size=3))", "made.example_input_array", None, None)),
        (
            HUGGINGFACE,
            "huggingface",
            "Encoder",
            ("(made := Encoder(Config()))", None, "dict(made.dummy_inputs)", None),
        ),
        (
            TORCHBENCH,
            "torchbench",
            "Model",
            ('(made := Model(test="eval", device="cpu").get_module())[0]', "made[1]", None, None),
        ),
        (FUNCTIONS, "functions", "my_model_function", ("my_model_function()", "GetInput()", None, None)),
    ],
)


def found(text: str) -> tuple[Target, ...]:
    return discover(SourceText("/project/cases.py", text), "cases").targets


@each
def test_each(text: str, origin: Origin, name: str, texts: tuple[str | None, ...]) -> None:
    (target,) = found(text)
    parts = (target.model, target.args, target.kwargs, target.dynamic_shapes)
    assert tuple(part.text if part else None for part in parts) == texts
    assert (target.origin, target.name) == (origin, f"cases:{name}")
    # Only the file that trains when it is imported is not imported as it is.
    assert (target.slice is not None) == (origin == "lightning")


@each
def test_what_comes_close(text: str, origin: Origin, name: str, texts: object) -> None:
    for before, after in (
        ("get_inputs():", "get_inputs(size):"),
        ("EagerModelBase)", "object)"),
        ("size=3))", "size=size))"),
        ("PreTrainedModel)", "object)"),
        ("batch_size=None", "batch_size"),
        ("GetInput():", "GetInput(size):"),
    ):
        if before in text:
            assert origin not in {each.origin for each in found(text.replace(before, after))}
            return
    raise AssertionError(origin)


@pytest.mark.parametrize(
    ("forward", "returned", "args", "single"),
    [
        ("self, x", "torch.ones(2)", "GetInput()", True),
        ("self, x, y", "torch.ones(2), torch.ones(2)", "GetInput()", True),
        ("self, x", "torch.ones(2), torch.ones(2)", "(GetInput(),)", False),
        ("self, x", "(torch.ones(2),)", "GetInput()", True),
        ("self, x", "[torch.ones(2), torch.ones(2)]", "(GetInput(),)", False),
        ("self, *x", "torch.ones(2), torch.ones(2)", "GetInput()", True),
        ("self, x", '{"a": torch.ones(2)}', "(GetInput(),)", False),
        ("self, x", '{"x": torch.ones(2)}', "GetInput()", True),
    ],
)
def test_what_a_function_of_inputs_gives(forward: str, returned: str, args: str, single: bool) -> None:
    for text in (f"return {returned}", f"both = {returned}\n    return both"):
        (target,) = found(FUNCTIONS.replace("self, x", forward).replace("return torch.ones(2)", text, 1))
        assert target.args
        assert (target.args.text, target.single) == (args, single)


@pytest.mark.parametrize(
    "name",
    [
        "get_input",
        "get_inputs",
        "get_example_inputs",
        "example_inputs",
        "sample_input",
        "example_args",
        "inputs",
    ],
)
def test_names_of_a_function_of_inputs(name: str) -> None:
    assert [each.origin for each in found(FUNCTIONS.replace("GetInput", name))] == ["functions"]


@pytest.mark.parametrize(
    "more",
    [
        "def other(): return Other()",
        "def get_input(): return torch.ones(3)",
        "@cached\ndef wrapped(): return 1",
    ],
)
def test_which_functions_belong_together(more: str) -> None:
    other = "\nclass Other(torch.nn.Module):\n    def forward(self, x): return x\n"
    origins = {each.origin for each in found(f"{FUNCTIONS}{other}{more}\n")}
    assert ("functions" in origins) == more.startswith("@")


def test_a_function_for_a_part_is_none_for_the_model() -> None:
    text = FUNCTIONS.replace("def forward", "def __init__(self): self.part = part()\n    def forward")
    part = "class Part(torch.nn.Module):\n    def forward(self, x): return x\ndef part(): return Part()\n"
    assert [each.name for each in found(text + part) if each.origin == "functions"] == [
        "cases:my_model_function"
    ]


def test_functions_give_way_to_an_export_call() -> None:
    call = "torch.export.export(my_model_function(), (GetInput(),))\n"
    assert [each.origin for each in found(FUNCTIONS + call)] == ["call"]


def test_the_best_standing_counts() -> None:
    call = "\nimport torch\ntorch.export.export(Model(4), (torch.ones(3),))\n"
    comment = KERNELBENCH.replace("class Model", "# fullgraph: model=Model(2), args=(x,)\nclass Model")
    assert [target.origin for target in found(KERNELBENCH + call)] == ["call"]
    assert [target.origin for target in found(comment + call)] == ["comment"]
    other = call.replace("Model(4)", "Other(4)") + "class Other: ...\n"
    assert [target.origin for target in found("class Other: ...\n" + comment + other)] == ["comment", "call"]


def test_a_comment_and_a_table_that_contradict_each_other() -> None:
    text = "# fullgraph: args=(x,)\nclass Gate: pass\n"
    source = SourceText("/project/cases.py", text)
    (comment,) = discover(source, "cases").targets
    assert comment.args is not None
    args = replace(comment.args, text="(y,)")
    place = replace(comment.model.place, file="/project/pyproject.toml")
    model = replace(comment.model, place=place)
    for said, number in ((comment.args, 0), (args, 2)):
        table = replace(comment, origin="pyproject", model=model, args=said)
        result = discover(source, "cases", (table,))
        assert len(result.targets) == 2
        assert len(result.findings) == number
        assert {finding.severity for finding in result.findings} <= {"warning"}


def test_a_class_that_another_file_builds() -> None:
    text = LIGHTNING.replace("trainer.fit(Net(size=3))\n", "")
    others = {
        "own": "class Net: ...\nNet(1)\n",
        "unknown": "from nets import Net\nNet(size)\n",
        "broken": "from nets import Net\nNet(2)\n(\n",
        "right": "from nets import Net\nNet(size=5)\nNet(6)\n",
    }
    sources = [SourceText(f"/project/{name}.py", other) for name, other in others.items()]
    source = SourceText("/project/nets.py", text)
    index = RepositoryIndex(lambda: [*sources, source])
    assert found(text) == ()
    (target,) = discover(source, "nets", index=index).targets
    assert target.model.text == "(made := Net(size=5))"
