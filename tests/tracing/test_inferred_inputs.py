"""For models in the styles that people publish them in, the inputs are found that each was made for."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.tracing.input_inference.infer import made_up
from fullgraph.tracing.input_inference.search import Found, NothingFound, search

from tests.tracing.expected_inputs import leaves, problem

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "inferred_inputs"

SECONDS = 60.0
"""Far more than is needed, so that a busy machine fails no test."""


def _module(path: Path) -> ModuleType:
    name = f"inferred_inputs_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.py")):
        module = _module(path)
        for name, (kind, expected) in module.MODELS.items():
            yield pytest.param(module, kind, expected, id=f"{path.stem}: {name}")


def _given(model: torch.nn.Module, found: Found, module: ModuleType) -> dict[str, Any]:
    scope = {"torch": torch, **vars(module)}
    return leaves(model, eval(found.args, scope), eval(found.kwargs or "{}", scope))


@pytest.mark.parametrize(("module", "kind", "expected"), list(_cases()))
def test_the_inputs_are_those_it_was_made_for(module: ModuleType, kind: Any, expected: str) -> None:
    torch.manual_seed(0)
    model = kind().eval()
    found = search(model, SECONDS)
    assert isinstance(found, Found), found
    assert not problem(expected, _given(model, found, module)), found.args


class Pair(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = torch.nn.Linear(24, 8), torch.nn.Linear(40, 8)

    def forward(self, x: Any, context: Any, scale: Any = None) -> Any:
        return self.query(x) @ self.key(context).transpose(1, 2)


def test_what_is_known_stays_and_the_rest_is_inferred() -> None:
    context = torch.randn(3, 7, 40)
    found = search(Pair().eval(), SECONDS, known={"context": context})
    assert isinstance(found, Found), found
    x, given = eval(found.args, {"torch": torch, "context": context})
    assert given is context
    assert (x.shape[0], x.shape[2]) == (3, 24)


class Guarded(torch.nn.Module):  # type: ignore[misc]
    """A dict of which some keys are asked for, and others are not."""

    def __init__(self) -> None:
        super().__init__()
        self.points, self.image = torch.nn.Linear(2, 8), torch.nn.Linear(6, 8)

    def forward(self, x: Any) -> Any:
        out = self.image(x["image"])
        if "boxes" in x:
            return out + x["boxes"].sum() + x["labels"].sum()
        return out + self.points(x["points"])


def test_keys_that_are_asked_for_are_left_out_and_others_are_given() -> None:
    found = search(Guarded().eval(), SECONDS)
    assert isinstance(found, Found), found
    (given,) = eval(found.args, {"torch": torch})
    assert sorted(given) == ["image", "points"]


class Handed(torch.nn.Module):  # type: ignore[misc]
    """An object that no annotation names."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(9, 4)

    def forward(self, batch: Any) -> Any:
        return self.embed(batch.words).sum(1) * batch.weight.unsqueeze(-1)


def test_an_object_of_no_known_class_is_a_named_tuple_and_that_is_said() -> None:
    found = search(Handed().eval(), SECONDS)
    assert isinstance(found, Found), found
    (batch,) = eval(found.args, {"torch": torch})
    assert batch._fields == ("words", "weight")
    assert [(each.what, each.by) for each in made_up(found.candidate)] == [
        ("the object `batch`", "a named tuple")
    ]


def test_floats_are_as_the_weights_are() -> None:
    found = search(torch.nn.Linear(3, 2).half(), SECONDS)
    assert isinstance(found, Found), found
    assert eval(found.args, {"torch": torch})[0].dtype is torch.float16


def test_the_same_inputs_are_found_again() -> None:
    first, *others = (search(Pair().eval(), SECONDS) for _ in range(3))
    assert all(other == first for other in others)


def test_what_could_not_be_met_is_said_with_the_layer() -> None:
    class Never(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(30, 2)

        def forward(self, x: Any) -> Any:
            return self.head(torch.zeros(2, 29) * x.sum())

    found = search(Never().eval(), SECONDS)
    assert isinstance(found, NothingFound)
    assert found.reason == "`self.head` takes 30 features, and was given a tensor of shape (2, 29)"


def test_work_is_counted_and_not_the_clock() -> None:
    class Endless(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            while True:
                x = x + 1

    one, other = (search(Endless().eval(), 0.2) for _ in range(2))
    assert one == other
