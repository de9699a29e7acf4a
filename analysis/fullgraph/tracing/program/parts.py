"""What inputs and outputs hold, whatever holds it: lists, dicts, named tuples, and objects of any class.

The rule: no object of a class of the user's is written to a file. It would be by the name of its module, and
two texts of one module are two modules, in which a rewrite may have changed the class. What is written are
tensors and plain values by their paths; each process puts them into objects that it has built itself.

Paths do not go by torch's registry, as the class is registered in one of the texts alone.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

import torch

from ..torch_compat import dynamic_shapes

PLAIN = (bool, int, float, complex, str, bytes, type(None))

_NUMBERS = (bool, int, float, complex)

Change: TypeAlias = Callable[[str, Any], Any]

_OPAQUE = (
    *(torch.Tensor, torch.nn.Module, torch.Generator, torch.Size, enum.Enum, type, types.ModuleType),
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, *PLAIN),
)
"""What is taken as a whole: it has no parts, or parts that are no inputs."""


@dataclass(frozen=True)
class _Part:
    """One part of a container or object: an item, attributes, or both at once as in transformers' outputs."""

    text: str  # how a path goes on: `[0]`, `['logits']`, `.keys`
    value: Any
    item: Any = None
    attributes: tuple[str, ...] = ()

    def put(self, holder: Any, value: Any) -> None:
        if not self.text.startswith("."):
            holder[self.item] = value
        for name in self.attributes:
            object.__setattr__(holder, name, value)  # as frozen dataclasses do


_MOST = 10_000
"""Ways to leaves: objects that refer to each other have more ways than anybody can go."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Whatever has no parts, by its path; what can be reached in two ways, by the first of them."""
    yield from _leaves(value, path, set())


def ways(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The same by every path: what a program gives are copies, where the model gives one object twice."""
    yield from islice(_ways(value, path, ()), _MOST)


def _ways(value: Any, path: str, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    parts = _parts(value)
    if parts is None:
        yield path, value
    elif id(value) not in above:
        for part in parts:
            yield from _ways(part.value, path + part.text, (*above, id(value)))


def _leaves(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    parts = _parts(value)
    if parts is None:
        yield path, value
    elif id(value) not in seen:
        seen.add(id(value))
        for part in parts:
            yield from _leaves(part.value, path + part.text, seen)


def kinds(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The classes of containers, objects and plain values, by their paths: `list`, `float`."""
    yield from _kinds(value, path, set())


def _kinds(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    parts = _parts(value)
    if parts is not None or type(value) in _NUMBERS:
        yield path, type(value).__name__
    if parts is not None and id(value) not in seen:
        seen.add(id(value))
        for part in parts:
            yield from _kinds(part.value, path + part.text, seen)


def of_inputs(
    model: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The leaves of inputs, by the names of forward's parameters: `x`, `batch.tokens`."""
    seen: set[int] = set()
    for name, value in dynamic_shapes.combined(model, args, kwargs).items():
        yield from _leaves(value, name, seen)


def rebuilt(value: Any, change: Change) -> Any:
    """A copy, with objects and containers of its own, whose leaves are what `change` makes of each."""
    return _Rebuilding(change).of(value, "")


@dataclass(frozen=True)
class _Rebuilding:
    change: Change
    done: dict[int, Any] = field(default_factory=dict)

    def of(self, value: Any, path: str) -> Any:
        parts = _parts(value)
        if parts is None:
            return self.change(path, value)
        if id(value) not in self.done:
            if isinstance(value, tuple):
                new = [self.of(part.value, path + part.text) for part in parts]
                self.done[id(value)] = value._make(new) if hasattr(value, "_make") else tuple(new)
            else:
                self._filled(value, parts, path)
        return self.done[id(value)]

    def _filled(self, value: Any, parts: list[_Part], path: str) -> None:
        try:
            holder = copy.copy(value)
        except Exception:  # noqa: BLE001 (a class of the user's may refuse to be copied)
            holder = value
        self.done[id(value)] = holder  # before its parts, which may refer to it
        for part in parts:
            part.put(holder, self.of(part.value, path + part.text))


def _parts(value: Any) -> list[_Part] | None:
    """The parts of a container or an object; None of a leaf."""
    if isinstance(value, _OPAQUE):
        return None
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        texts = [f".{name}" for name in names] if names else [f"[{index}]" for index in range(len(value))]
        return [_Part(text, part) for text, part in zip(texts, value, strict=True)]
    attributes = _attributes(value)
    if isinstance(value, (list, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return _items(list(items), attributes)
    if not attributes and not hasattr(value, "__dict__"):
        return None
    return [_Part(f".{name}", part, attributes=(name,)) for name, part in attributes.items()]


def _items(items: list[tuple[Any, Any]], attributes: dict[str, Any]) -> list[_Part]:
    """The items of a list or dict with the attributes that are the same objects, then other attributes."""
    found = []
    for index, (key, part) in enumerate(items):
        said = key if isinstance(key, PLAIN) else index
        same = tuple(name for name, own in attributes.items() if own is part and name == key)
        found.append(_Part(f"[{said!r}]", part, key, same))
    taken = {name for part in found for name in part.attributes}
    others = ((name, own) for name, own in attributes.items() if name not in taken)
    return [*found, *(_Part(f".{name}", own, attributes=(name,)) for name, own in others)]


def _attributes(value: Any) -> dict[str, Any]:
    """What an object holds, in its `__dict__` and its slots.

    None tells nothing but for the fields of a dataclass: an object that torch builds again may have it in the
    place of a class or a function (`DynamicCache.layer_class_to_replicate`).
    """
    found = dict(getattr(value, "__dict__", {}))
    for owner in type(value).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found.setdefault(name, getattr(value, name))
    fields = dataclasses.is_dataclass(value) and not isinstance(value, (dict, list))
    return {name: own for name, own in found.items() if fields or own is not None}


# -- leaves for a file -------------------------------------------------------------------------------


def kept(value: Any) -> Any:
    """A leaf as it can be written and compared; None where it cannot (a function, an open file)."""
    if isinstance(value, torch.Tensor):
        return plain_tensor(value.detach().clone()).requires_grad_(value.requires_grad)
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, (torch.dtype, torch.device, torch.layout, torch.memory_format, torch.Size)):
        return str(value)
    return value if isinstance(value, PLAIN) else None


def plain_tensor(value: torch.Tensor) -> torch.Tensor:
    """Without a class of the user's."""
    own = type(value).__module__.partition(".")[0] != "torch"
    return value.as_subclass(torch.Tensor) if own else value


def copied(_: str, value: Any) -> Any:
    """A leaf for a call of its own: a model may write to what it is given."""
    if not isinstance(value, torch.Tensor):
        return value
    return value.detach().clone().requires_grad_(value.requires_grad)


@dataclass(frozen=True)
class Written:
    """Inputs as a file holds them: the leaves that can be written, by their paths."""

    leaves: dict[str, Any]

    @classmethod
    def of(cls, inputs: Any) -> Written:
        return cls({path: kept(leaf) for path, leaf in leaves(inputs) if _is_writable(leaf)})

    def put_into(self, inputs: Any) -> Any:
        """The same values in the objects of this process.

        Raises:
            LookupError: these inputs lack a tensor. (A number may be left to its default.)
        """
        tensors = {path for path, leaf in self.leaves.items() if isinstance(leaf, torch.Tensor)}
        if lacking := tensors - dict(leaves(inputs)).keys():
            raise LookupError(f"the inputs have another structure, without `{min(lacking)}`")
        return rebuilt(inputs, self._value)

    def _value(self, path: str, own: Any) -> Any:
        value = self.leaves.get(path, own)
        if not isinstance(value, torch.Tensor):
            return value
        new: torch.Tensor = copied(path, value)
        return (
            new if type(new) is type(own) or not isinstance(own, torch.Tensor) else new.as_subclass(type(own))
        )


def _is_writable(leaf: Any) -> bool:
    return isinstance(leaf, (torch.Tensor, *PLAIN)) and not isinstance(leaf, enum.Enum)
