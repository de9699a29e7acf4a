"""What inputs and outputs hold, and how it goes from one process to another without the user's classes."""

from __future__ import annotations

import enum
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.tracing.program import parts


class Graph(NamedTuple):
    nodes: Any
    edges: Any


@dataclass(frozen=True)
class Frozen:
    tokens: Any
    mask: Any = None


@dataclass
class Nested:
    inner: Frozen
    more: dict[str, Any] = field(default_factory=dict)


class Slotted:
    __slots__ = ("keys", "unset", "values")

    def __init__(self, keys: Any, values: Any) -> None:
        self.keys, self.values = keys, values


class Cache:
    def __init__(self, keys: Any) -> None:
        self.layers = [keys, keys + 1]
        self.hook = lambda x: x


class Output(dict[str, Any]):
    """As transformers' outputs: an item is an attribute too."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.__dict__[key] = value


class Color(enum.Enum):
    RED = 1


def output(**values: Any) -> Output:
    made = Output()
    for name, value in values.items():
        made[name] = value
    return made


def local() -> Any:
    class Local:
        def __init__(self) -> None:
            self.x, self.scale = torch.ones(2), 3

    return Local()


def cyclic() -> Any:
    cache = Cache(torch.ones(1))
    cache.owner = cache  # type: ignore[attr-defined]
    return cache


ONE = torch.ones(3)


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ((ONE, [ONE, {"a": ONE}]), ["[0]", "[1][0]", "[1][1]['a']"]),
        (Graph(ONE, (ONE, 2)), [".nodes", ".edges[0]", ".edges[1]"]),
        (Nested(Frozen(ONE), {"k": ONE}), [".inner.tokens", ".inner.mask", ".more['k']"]),
        (Slotted(ONE, 1), [".keys", ".values"]),
        (Slotted(ONE, None), [".keys"]),
        (Cache(ONE), [".layers[0]", ".layers[1]", ".hook"]),
        (output(logits=ONE, loss=None), ["['logits']", "['loss']"]),
        (local(), [".x", ".scale"]),
        (cyclic(), [".layers[0]", ".layers[1]", ".hook"]),
        (Color.RED, [""]),
        (torch.nn.Linear(1, 1), [""]),
        ({(1, 2): ONE, Color.RED: ONE}, ["[0]", "[1]"]),
        ((), []),
    ],
)
def test_every_kind_is_taken_apart(value: Any, paths: list[str]) -> None:
    assert [path for path, _ in parts.leaves(value)] == paths


@pytest.mark.parametrize(
    "make",
    [
        lambda: Graph(torch.zeros(2), [torch.zeros(2), None]),
        lambda: Nested(Frozen(torch.zeros(2)), {"k": torch.zeros(2)}),
        lambda: Slotted(torch.zeros(2), 1),
        lambda: Cache(torch.zeros(2)),
        lambda: output(logits=torch.zeros(2), loss=None),
        lambda: (torch.zeros(2), {"a": [torch.zeros(2)]}),
        local,
        cyclic,
    ],
)
def test_values_go_into_the_objects_of_another_process(make: Callable[[], Any]) -> None:
    given, own = make(), make()
    for _, leaf in parts.leaves(given):
        if isinstance(leaf, torch.Tensor):
            leaf.add_(5)
    file = io.BytesIO()
    torch.save(parts.Written.of(given), file)
    file.seek(0)
    put = torch.load(file, weights_only=False).put_into(own)
    assert type(put) is type(own)
    assert put is not own
    wanted, found = dict(parts.leaves(given)), dict(parts.leaves(put))
    assert found.keys() == wanted.keys()
    for path, leaf in wanted.items():
        same = torch.equal(found[path], leaf) if isinstance(leaf, torch.Tensor) else True
        assert same, path
    assert not any((leaf >= 5).all() for _, leaf in parts.leaves(own) if isinstance(leaf, torch.Tensor))


def test_a_local_class_could_not_be_pickled() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(local())


def test_an_attribute_that_is_an_item_changes_with_it() -> None:
    made = parts.rebuilt(output(logits=ONE), lambda _, leaf: leaf + 1)
    assert made.logits is made["logits"]
    assert torch.equal(made.logits, ONE + 1)


def test_what_refers_to_itself_does_so_in_the_copy() -> None:
    made = parts.rebuilt(cyclic(), parts.copied)
    assert made.owner is made


def test_inputs_of_another_structure_are_told() -> None:
    with pytest.raises(LookupError, match=r"without `\[1\]`"):
        parts.Written.of((ONE, ONE)).put_into((ONE,))


def test_a_tensor_of_the_users_class_keeps_it() -> None:
    class Mine(torch.Tensor):  # type: ignore[misc]
        pass

    own = torch.zeros(2).as_subclass(Mine)
    written = parts.Written.of([own + 1])
    assert type(written.leaves["[0]"]) is torch.Tensor
    [put] = written.put_into([own])
    assert type(put) is Mine
    assert put.tolist() == [1, 1]


def test_what_can_be_compared() -> None:
    assert parts.kept(Color.RED) == "Color.RED"
    assert parts.kept(torch.float16) == "torch.float16"
    assert parts.kept(lambda: None) is None
    assert parts.kept(torch.ones(1, requires_grad=True)).requires_grad


def test_an_object_that_is_given_twice_has_both_of_its_paths() -> None:
    size, shared = (64, 96), Slotted(1, 2)
    output = [Graph(shared, size), {"again": shared, "size": size}]
    assert [path for path, _ in parts.ways(output, "output")] == [
        *("output[0].nodes.keys", "output[0].nodes.values", "output[0].edges[0]", "output[0].edges[1]"),
        *("output[1]['again'].keys", "output[1]['again'].values"),
        *("output[1]['size'][0]", "output[1]['size'][1]"),
    ]


def test_ways_through_objects_that_refer_to_each_other_end() -> None:
    nodes: list[list[Any]] = [[index] for index in range(12)]
    for node in nodes:
        node.extend(other for other in nodes if other is not node)
    assert 0 < len(list(parts.ways(nodes))) <= 10_000
