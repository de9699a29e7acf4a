"""The tables of methods speak of methods that there are, and say of each what it does."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterable

import pytest
from fullgraph.python.binding import api_tables

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("add_", True),
        ("relu_", True),
        ("add", False),
        ("__iadd__", False),
        ("__init__", False),
        ("_", False),
        ("", False),
        ("named__", False),
    ],
)
def test_in_place(name: str, is_one: bool) -> None:
    assert api_tables.is_in_place(name) == is_one


def methods(kind: type, names: Iterable[str]) -> list[str]:
    return [name for name in names if not hasattr(kind, name)]


def test_tensors_have_what_is_said_of_them() -> None:
    assert methods(torch.Tensor, api_tables.VIEWS) == []
    assert [name for name in methods(torch.Tensor, api_tables.BOOLEAN) if not hasattr(torch, name)] == []
    assert methods(torch.Tensor, api_tables.OVERWRITING) == []
    assert methods(torch.Tensor, api_tables.RANDOM_IN_PLACE | api_tables.CHANGE_NO_VALUES) == []
    both = {name for each in api_tables.HAVE_IN_PLACE for name in (each, f"{each}_")}
    assert methods(torch.Tensor, both) == []


def test_modules_have_what_is_said_of_them() -> None:
    model = torch.nn.Linear(1, 1)
    assert methods(torch.nn.Module, api_tables.RETURN_THE_MODULE) == []
    given = {name: getattr(model, name)() for name in api_tables.RETURN_THE_MODULE - {"to", "cuda"}}
    assert all(each is model for each in given.values())
    assert model.to("cpu") is model


def test_containers_have_what_is_said_of_them() -> None:
    kinds = (list, set, dict, deque)
    assert [
        name for name in api_tables.CONTAINER_MUTATORS if not any(hasattr(kind, name) for kind in kinds)
    ] == []
    assert methods(list, api_tables.ADDING) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("eval", True),
        ("append", True),
        ("mul_", True),
        ("register_buffer", True),
        ("_init_weights", True),
        ("forward", False),
        ("fit", False),
        ("state_dict", False),
        ("__init__", False),
    ],
)
def test_what_a_statement_changes(name: str, changes: bool) -> None:
    assert api_tables.changes_owner(name) == changes


@pytest.mark.parametrize(
    ("function", "sets"),
    [("torch.manual_seed", True), ("torch.library.impl", True), ("torch.randn", False), ("seed", False)],
)
def test_what_is_set_for_the_process(function: str, sets: bool) -> None:
    assert api_tables.sets_process(function) == sets


def test_what_registers() -> None:
    assert api_tables.is_registering("torch.library.custom_op")
    assert api_tables.is_registering("MyOp.register_fake")
    assert not api_tables.is_registering("functools.cache")
    assert api_tables.is_process_wide("torch.backends.cudnn.benchmark")
    assert not api_tables.is_process_wide("self.weight")


def test_a_distribution_checks_its_arguments_unless_it_is_told_not_to() -> None:
    made = vars(torch.distributions)
    for name in api_tables.DISTRIBUTIONS & made.keys():
        assert "validate_args" in inspect.signature(made[name]).parameters, name
    abstract = {"Distribution", "ExponentialFamily"}
    known = {
        name
        for name, each in made.items()
        if isinstance(each, type) and "validate_args" in inspect.signature(each).parameters
    }
    assert known - abstract <= api_tables.DISTRIBUTIONS
