"""What is known of one input before anything has run: gathered from the text, by the layers that it reaches.

Dimensions count from 0, or from the end below 0; what counts from the end is kept so, until the number of
dimensions is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..spec import Kind

Form = Literal["tensor", "dict", "list", "tuple", "object"]


@dataclass
class Clue:
    """Of one input. What was noted first is believed most."""

    name: str
    ranks: list[int] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # of dimensions
    kinds: list[tuple[Kind, int]] = field(default_factory=list)  # and what integers are below; 0: not known
    multiples: dict[int, int] = field(default_factory=dict)
    reached: bool = False  # a layer with weights
    form: Form = "tensor"
    parts: dict[str | int, Clue] = field(default_factory=dict)
    kind_name: str = ""  # of an object: its class
    number: bool = False  # it is used as a plain number
    like: list[Clue] = field(default_factory=list, repr=False)  # what it is added to, or multiplied with
    covers: Clue | None = field(default=None, repr=False)  # of a mask: what it selects from
    optional: set[str] = field(default_factory=set)  # keys that may be left out
    is_tensor: bool = False  # it is used as only a tensor can be
    least: int = 0  # how many dimensions it has at least
    is_map: bool = False  # its last dimensions are a height and a width
    is_pair: bool = False  # a height and a width
    kind_of: Any = field(default=None, repr=False)  # of an object: its class, where it is known
    tested: set[str] = field(default_factory=set)  # the classes that `isinstance` asks after
    indices: dict[int, set[int]] = field(default_factory=dict)  # by dimension, the numbers that are looked up

    @property
    def is_mask(self) -> bool:
        """Whether its name or its use says that it selects."""
        return "mask" in self.name or self.covers is not None

    def part(self, key: str | int, form: Form) -> Clue:
        if self.form == "tensor":
            self.form = form
        if key not in self.parts:
            self.parts[key] = Clue(str(key) if isinstance(key, str) else self.name)
        return self.parts[key]

    def looked_up(self, dim: int, index: int) -> None:
        """`x[:, 0]`, `x[:, 1]`: columns that are there, and where all are asked for, no more of them."""
        self.indices.setdefault(dim, set()).add(index)

    def columns(self) -> dict[int, int]:
        """By dimension, its size as all the numbers say that are looked up in it."""
        return {
            dim: len(found)
            for dim, found in self.indices.items()
            if len(found) > 1 and found == set(range(len(found)))
        }

    def rank(self, rank: int) -> None:
        if 0 <= rank <= 6:
            self.ranks.append(rank)

    def size(self, dim: int, size: int) -> None:
        self.sizes.setdefault(dim, size)

    def kind(self, kind: Kind, below: int = 0) -> None:
        self.kinds.append((kind, below))

    def layer(self, rank: int, sizes: Mapping[int, int]) -> None:
        """A layer with weights takes it; `rank` 0: any."""
        self.reached = True
        if rank:
            self.rank(rank)
        for dim, size in sizes.items():
            self.size(dim, size)

    def named(self, names: Sequence[str]) -> None:
        """Its dimensions are said, all of them."""
        self.rank(len(names))
        for dim, name in enumerate(names):
            self.names.setdefault(dim, name)


@dataclass(frozen=True)
class Flow:
    """A value of the program that is an input still: the same, or with its dimensions in another order.

    `order` maps a dimension to that of the input where they differ; `more` is how many dimensions the value
    has more than the input, `trailing` how many of its own it has behind those, as what an embedding gives.
    """

    clue: Clue
    order: tuple[tuple[int, int], ...] = ()
    more: int = 0
    known: bool = True  # which dimension is which
    joined: tuple[Clue, ...] = ()  # of `torch.cat`: all the inputs in it, which have as many dimensions
    trailing: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether its dimensions are the input's."""
        return self.known and not (self.order or self.more or self.trailing)

    def layer(self, rank: int, sizes: Mapping[int, int]) -> None:
        """A layer with weights takes it."""
        if self.joined:
            for clue in self.joined:
                clue.layer(rank, self._share(clue, sizes))
            return
        order = dict(self.order)
        if not self.known or (self.more and any(dim >= 0 for dim in sizes)):
            sizes = {dim: size for dim, size in sizes.items() if dim == -1 and self.known and self.more}
        if self.trailing:
            sizes = {dim: size for dim, size in sizes.items() if 0 <= dim < rank - self.trailing}
        placed = {self._dim(dim, rank, order): size for dim, size in sizes.items()}
        own = rank - self.more - self.trailing
        self.clue.layer(own if rank and own > 0 and self.known else 0, placed)

    def _share(self, clue: Clue, sizes: Mapping[int, int]) -> Mapping[int, int]:
        """Inputs of which a layer takes two features have one each; a mask has one channel, the rest is divided."""
        if sizes.get(-1) == len(self.joined):
            return {-1: 1}
        masks = [each for each in self.joined if each.is_mask]
        others = len(self.joined) - len(masks)
        share, rest = divmod(sizes.get(1, 0) - len(masks), others) if others else (0, 0)
        if share <= 0 or rest:
            return {}
        return {1: 1 if clue.is_mask else share}

    def rank(self, rank: int) -> None:
        if self.known:
            self.clue.rank(rank - self.more - self.trailing)

    def at_least(self, rank: int) -> None:
        """It is asked for its last dimension of so many."""
        if self.is_plain:
            self.clue.least = max(self.clue.least, rank)

    def named(self, dim: int, name: str) -> None:
        """What one of its dimensions is."""
        if self.known and not self.order and not self.more:
            self.clue.names.setdefault(dim, name)

    def _dim(self, dim: int, rank: int, order: Mapping[int, int]) -> int:
        if not order:
            return dim
        if dim in order:
            return order[dim]
        length = rank or next(iter(self.clue.ranks), 0) or max(order) + 1
        return order.get(length + dim, dim) if dim < 0 else dim

    def permuted(self, dims: Sequence[int]) -> Flow:
        self.rank(len(dims))
        if self.trailing:
            return self.blurred()
        before = dict(self.order)
        length = len(dims)
        order = {new: before.get(old % length, old % length) for new, old in enumerate(dims)}
        return Flow(self.clue, tuple(order.items()), self.more, self.known)

    def transposed(self, one: int, other: int) -> Flow:
        if self.trailing:
            return self.blurred()
        before = dict(self.order)
        order = {**before, one: before.get(other, other), other: before.get(one, one)}
        return Flow(self.clue, tuple(order.items()), self.more, self.known and (one < 0) == (other < 0))

    def grown(self, by: int, *, at_end: bool = False) -> Flow:
        return Flow(self.clue, self.order, self.more + by, self.known and not at_end, trailing=self.trailing)

    @property
    def extra(self) -> int:
        """How many dimensions it has that the input has not."""
        return self.more + self.trailing

    def embedded(self) -> Flow:
        """One more dimension at the end, whose size the input does not say."""
        return Flow(self.clue, self.order, self.more, self.known, trailing=self.trailing + 1)

    def blurred(self) -> Flow:
        """Of which only the kind is still the input's."""
        return Flow(self.clue, (), 0, known=False)
