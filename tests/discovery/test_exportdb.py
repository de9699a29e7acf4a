"""The convention of torch's ExportDB, on its own examples too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from fullgraph.discovery import discover
from fullgraph.project.files import module_name, project_of, read_source
from fullgraph.project.walk import python_files
from fullgraph.text.source import SourceText

from tests.discovery.rendered import assert_found


def test_all_four_names() -> None:
    found = assert_found("""
        dynamic_shapes = {"x": {0: Dim("batch")}}
                         ^^^^^^^^^^^^^^^^^^^^^^^^ dynamic_shapes
        example_args = (torch.randn(2, 64),)
                       ^^^^^^^^^^^^^^^^^^^^^ args
        example_kwargs: dict[str, Tensor] = {
                                            ^ kwargs … 2 down, to 1
            "y": y,
        }
        model = Gate()
        ^^^^^ cases:model
                ^^^^^^ model
    """)
    (target,) = found.targets
    texts = [part.text for part in (target.model, target.args, target.kwargs, target.dynamic_shapes) if part]
    assert texts == ["model", "example_args", "example_kwargs", "dynamic_shapes"]
    assert target.origin == "exportdb"


def test_the_last_assignment_counts() -> None:
    assert_found(
        """
        model = example_args = None
        try:
            model, (example_args, _) = Gate(), ((x,), 1)
                                                ^^^^ args
        except ImportError:
            net = model = Slow()
                  ^^^^^ cases:model strict
                          ^^^^^^ model
        """,
        strict=True,
    )


def test_names_bound_together_share_their_value() -> None:
    assert_found("""
        with torch.no_grad():
            model, example_args, *rest = make()
            ^^^^^ cases:model
                                         ^^^^^^ args
                                         ^^^^^^ model
    """)


@pytest.mark.parametrize(
    "text",
    [
        "model = Gate()\n",
        "example_args = (x,)\n",
        "def model(): pass\nexample_args = (x,)\n",
        "model: Gate\nexample_args = (x,)\n",
        "def main():\n    model = Gate()\n    example_args = (x,)\n",
        "class A:\n    model = Gate()\n    example_args = (x,)\n",
        "if __name__ == '__main__':\n    model = Gate()\n    example_args = (x,)\n",
        "if '__main__' == __name__:\n    model = Gate()\n    example_args = (x,)\n",
        "if typing.TYPE_CHECKING:\n    model = Gate()\n    example_args = (x,)\n",
        "model.x = Gate()\nexample_args[0] = (x,)\n",
        "model = Gate()\nexample_args = (x,)\ndel model\n",
        "# model = Gate()\n# example_args = (x,)\n",
    ],
)
def test_what_is_not_there_once_the_module_is_imported_is_no_target(text: str) -> None:
    assert_found(text)


@pytest.mark.parametrize(
    "text",
    [
        "if x:\n    pass\nelse:\n    model = Gate()\n    example_args = (x,)\n",
        "if __name__ == '__main__':\n    pass\nelse:\n    model = Gate()\n    example_args = (x,)\n",
        "try:\n    pass\nfinally:\n    model = Gate()\n    example_args = (x,)\n",
        "match x:\n    case 1:\n        model = Gate()\n        example_args = (x,)\n",
        "for _ in x:\n    [model, example_args] = [Gate(), (x,)]\n",
        "model = Gate()\nexample_args = (x,)\ndel x, y[0]\n",
    ],
)
def test_blocks_at_module_level_count(text: str) -> None:
    source = SourceText("/project/cases.py", text)
    (target,) = discover(source, "cases").targets
    assert target.args is not None
    assert source.between(target.model.place.range) == "Gate()"
    assert source.between(target.args.place.range) == "(x,)"


def test_a_thousand_branches() -> None:
    branches = "".join(f"elif x == {number}:\n    pass\n" for number in range(1200))
    text = f"if x:\n    pass\n{branches}else:\n    model = Gate()\nexample_args = (x,)\n"
    found = discover(SourceText("/project/cases.py", text), "cases")
    assert [target.name for target in found.targets] == ["cases:model"] or found.findings


def _examples() -> list[str]:
    # The folder is looked up and torch is not imported, as nowhere in the analysis.
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "_export" / "db" / "examples"
    files = python_files([str(folder)])
    assert isinstance(files, tuple)
    return [file for file in files if not file.endswith("__init__.py")]


@pytest.mark.parametrize("file", _examples(), ids=lambda file: Path(file).stem)
def test_every_example_of_torch_is_found(file: str) -> None:
    source = read_source(file)
    assert isinstance(source, SourceText)
    name = module_name(file, project_of(file))
    assert name == f"torch._export.db.examples.{Path(file).stem}"
    found = discover(source, name)
    assert [target.name for target in found.targets] == [f"{name}:model"]
    assert found.findings == ()
    assert ("dynamic_shapes =" in source.text) == (found.targets[0].dynamic_shapes is not None)
