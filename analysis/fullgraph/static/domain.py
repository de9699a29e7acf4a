"""What the static analysis knows of a value: a tensor, a number read from one, or something the data has no part in.

`UNKNOWN` is always right: whatever is not certain becomes it, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product


class Value:
    """Whatever an expression can be; the kinds of it are below, and those of the user's code in `scopes.py`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unknown(Value):
    """Anything. `derived`: from the model's arguments, so that what answers to a tensor's method is one."""

    derived: bool = False


@dataclass(frozen=True, slots=True)
class Host(Value):
    """A value of Python's that is the same for all data: a size, a setting, a string.

    `constant` is a tuple of the value itself where the text says it, and else empty.
    """

    constant: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Tensor(Value):
    """`constant`: its data stands in the text (`torch.tensor(3)`), and export knows it.

    `ragged`: the data decides how long its first dimension is, as in `x[x > 0]`.
    """

    constant: bool = False
    boolean: bool = False
    ragged: bool = False


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A number that the data decides: `x.max().item()`, or the `size` of a ragged tensor."""

    size: bool = False


@dataclass(frozen=True, slots=True)
class RaggedShape(Value):
    """The shape of a ragged tensor."""


@dataclass(frozen=True, slots=True)
class Each(Value):
    """Something whose elements are all alike; it may be empty. No element is known where there is None."""

    element: Value | None


@dataclass(frozen=True, slots=True)
class Items(Value):
    """A tuple whose elements are known one by one."""

    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Record(Value):
    """A dict with keys that the text says."""

    entries: tuple[tuple[object, Value], ...]

    def get(self, key: object) -> Value:
        return next((value for name, value in self.entries if name == key), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Layer(Value):
    """A module of torch's that gives one tensor, or (`single` is False) who knows what."""

    single: bool = True


@dataclass(frozen=True, slots=True)
class Named(Value):
    """Something imported, by its full name: `torch.nn.functional.relu`."""

    name: str


@dataclass(frozen=True, slots=True)
class Method(Value):
    """A method of a value that is no object of the user's."""

    receiver: Value
    name: str


_TENSORS = {flags: Tensor(*flags) for flags in product((False, True), repeat=3)}


def tensor(constant: bool = False, boolean: bool = False, ragged: bool = False) -> Tensor:
    """Each of the eight tensors there are is made once: making one takes longer than finding it."""
    return _TENSORS[constant, boolean, ragged]


@lru_cache(maxsize=4096, typed=True)
def constant(value: object) -> Host:
    """A value that stands in the text."""
    return Host((value,))


# The only ones of their kinds, so that `is` tells them.
UNKNOWN, DERIVED = Unknown(), Unknown(derived=True)
HOST, NONE, TRUE, FALSE = Host(), constant(None), constant(True), constant(False)
TENSOR, MASK, RAGGED = tensor(), tensor(boolean=True), tensor(ragged=True)
NUMBER, SIZE = Number(), Number(size=True)
TENSORS = Each(TENSOR)


def join(one: Value, other: Value) -> Value:
    """What holds of both."""
    if one is other or (type(one) is type(other) and one == other):
        return one
    match one, other:
        case Host(), Host():
            return HOST
        case Tensor(), Tensor():
            known = one.constant or other.constant
            return tensor(known, one.boolean and other.boolean, one.ragged and other.ragged)
        case Number(), Number():
            return SIZE if one.size or other.size else NUMBER
        case ((Each() | Items()), (Each() | Items())):
            return _joined_sequences(one, other)
    return DERIVED if has_data(one) or has_data(other) else UNKNOWN


def _joined_sequences(one: Each | Items, other: Each | Items) -> Value:
    if isinstance(one, Items) and isinstance(other, Items) and len(one.elements) == len(other.elements):
        return Items(tuple(map(join, one.elements, other.elements)))
    elements = [each for each in (element_of(one), element_of(other)) if each is not None]
    return Each(join_all(elements))


def join_all(values: Iterable[Value]) -> Value | None:
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return result


def element_of(value: Each | Items) -> Value | None:
    return value.element if isinstance(value, Each) else join_all(value.elements)


def has_data(value: Value, depth: int = 4) -> bool:
    """Whether a tensor may be in it."""
    match value:
        case Tensor() | Number() | Unknown(derived=True):
            return True
        case Each(element):
            return element is not None and depth > 0 and has_data(element, depth - 1)
        case Items(elements):
            return depth > 0 and any(has_data(each, depth - 1) for each in elements)
        case Record(entries):
            return depth > 0 and any(has_data(each, depth - 1) for _, each in entries)
    return False


def depth_of(value: Value) -> int:
    match value:
        case Each(element):
            return 1 + (depth_of(element) if element is not None else 0)
        case Items(elements):
            return 1 + max(map(depth_of, elements), default=0)
        case Record(entries):
            return 1 + max((depth_of(each) for _, each in entries), default=0)
    return 0


def bounded(value: Value) -> Value:
    """The value, unless it has grown too deep or long to be followed: `x = (x,)` in a loop."""
    large = len(getattr(value, "elements", ())) > _MOST or len(getattr(value, "entries", ())) > _MOST
    if large or depth_of(value) > _DEEPEST:
        return DERIVED if has_data(value) else UNKNOWN
    return value


_MOST, _DEEPEST = 64, 4


def truth(value: Value) -> bool | None:
    """Whether Python takes it for true, if the text says so."""
    if isinstance(value, Host) and value.constant:
        return bool(value.constant[0])
    return None
