"""Inputs that hold several: dicts by their keys, lists, tuples, objects by their attributes.

The rule: a part is there because the text uses it; what a tensor in it is like, the same rules say as of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import parameter_names
from .first_layers import HEIGHT, WIDTH
from .reading import classes
from .reading.clues import Clue
from .spec import Constant, Group, Record, Spec

PAIR = Constant(f"({HEIGHT}, {WIDTH})")


@dataclass(frozen=True)
class Structures:
    """Makes the parts; `tensor` is the likeliest form of one that is a tensor."""

    tensor: Callable[[Clue], Spec]
    is_number: Callable[[Clue], bool]

    def of(self, clue: Clue) -> Spec | None:
        """The structure of an input; None where it is a tensor, or a number."""
        if clue.kind_of is not None:
            return self._instance(clue)
        if clue.form == "object" and clue.parts and not clue.is_tensor:
            return self._attributes(clue)
        if clue.form == "dict" and clue.parts:
            keys = [key for key in clue.parts if isinstance(key, str) and key not in clue.optional]
            return Record(tuple(keys), tuple(self.inner(clue.parts[key]) for key in keys)) if keys else None
        if clue.form in ("list", "tuple") and clue.parts and not _is_a_tensor(clue):
            return self._group(clue)
        return None

    def inner(self, clue: Clue) -> Spec:
        """A part, whatever it is."""
        if clue.is_pair:
            return PAIR
        constant = parameter_names.constant(clue.name) if len(clue.name) > 1 else None
        if constant is not None and self.is_number(clue):
            return Constant(constant)
        return self.of(clue) or self.tensor(clue)

    def _instance(self, clue: Clue) -> Spec | None:
        kept = classes.kept_as(clue.kind_of)
        used = {name: clue.parts.get(kept.get(name, name)) for name in classes.taken(clue.kind_of)}
        needed = [
            name
            for name, each in classes.taken(clue.kind_of).items()
            if each.default is each.empty or used[name] is not None
        ]
        parts = tuple(self.inner(used[name] or Clue(name)) for name in needed)
        return Record(tuple(needed), parts, clue.kind_of.__name__) if needed else None

    def _attributes(self, clue: Clue) -> Spec | None:
        """Of an object that no annotation names, a named tuple of what is asked of it."""
        names = [key for key in clue.parts if isinstance(key, str) and not key.startswith("_")]
        parts = tuple(self.inner(clue.parts[name]) for name in names)
        return Record(tuple(names), parts, clue.name.strip("_").title().replace("_", "") or "Inputs", True)

    def _group(self, clue: Clue) -> Spec:
        numbers = [key for key in clue.parts if isinstance(key, int)]
        count = max(numbers, default=0) + 1
        first = clue.parts.get(0) or Clue(clue.name)
        parts = [self.inner(clue.parts.get(number) or first) for number in range(count)]
        if count == 1 and clue.form == "list":
            parts *= 2
        return Group(tuple(parts), clue.form == "tuple")


def with_parts(clues: Iterable[Clue]) -> Iterator[Clue]:
    """Each, and all that they hold."""
    for clue in clues:
        yield clue
        yield from with_parts(clue.parts.values())


def _is_a_tensor(clue: Clue) -> bool:
    """A tensor is indexed as a list is: what says that it is one counts more."""
    if clue.ranks or clue.reached or clue.sizes or clue.kinds or clue.is_tensor:
        return True
    inner = [part for key, part in clue.parts.items() if isinstance(key, int)]
    used = any(part.reached or part.ranks or part.kinds or part.parts for part in inner)
    return clue.form == "list" and not used
