"""What a tensor among the inputs could be: its dimensions by name, their sizes, the kind of its values.

The rule: what is said counts first, then what the text does with it, then what its name means, then what is usual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from . import first_layers, parameter_names
from .dimensions import Dimensions
from .reading.clues import Clue
from .reading.documented import Said
from .spec import BELOW, Kind, TensorSpec
from .structures import with_parts

_WIDTHS = (("action_dim",), ("state_dim",))
_VARIED = 6  # forms of one parameter


@dataclass(frozen=True)
class TensorForms:
    """By all that is known of the inputs of a model."""

    model: torch.nn.Module
    dimensions: Dimensions
    clues: Mapping[str, Clue]
    said: Mapping[str, Said]

    def of(self, clue: Clue, said: Said) -> list[TensorSpec]:
        """The likeliest first."""
        meaning = parameter_names.meaning(clue.name, of_graph=self._of_graph)
        kind, below = self._kind(clue, said, meaning)
        if kind == "int" and meaning.dimensions[-1:] in _WIDTHS:  # one of as many, and not a row of them
            meaning = replace(meaning, dimensions=meaning.dimensions[:-1])
        forms: dict[TensorSpec, None] = {}
        if kind == "bool" and clue.covers is not None and clue.covers.covers is None:
            covered = self.of(clue.covers, self.said.get(clue.covers.name, Said()))[0]
            forms[replace(covered, kind="bool")] = None
        namings = list(self._namings(clue, said, meaning, kind))
        for names in [each for each in namings if len(each) >= clue.least] or namings:
            sizes = self._sizes(names, clue)
            least = below or BELOW
            if kind == "lengths":
                least = self.dimensions.length
            forms[TensorSpec(sizes, kind, least)] = None
        return list(forms)[:_VARIED]

    @cached_property
    def _of_graph(self) -> bool:
        return parameter_names.is_of_graph([each.name for each in with_parts(self.clues.values())])

    def _kind(self, clue: Clue, said: Said, meaning: parameter_names.Meaning) -> tuple[Kind, int]:
        bounds = [below for kind, below in clue.kinds if kind == "int" and below]
        bound = min((*bounds, BELOW)) if bounds else 0
        if meaning.below and not bounds:
            bound = self.dimensions.size(meaning.below, 1)
        kinds = [kind for kind, _ in clue.kinds]
        if meaning.kind in ("lengths", "padding") and "float" not in kinds:
            return meaning.kind, 0
        if said.kind:
            return said.kind, bound
        if kinds:
            return kinds[0], bound
        return ("float" if clue.reached else meaning.kind or "float"), bound

    def _namings(
        self, clue: Clue, said: Said, meaning: parameter_names.Meaning, kind: Kind
    ) -> Iterator[tuple[str, ...]]:
        """Names for the dimensions, of which each is a size then."""
        if said.dimensions and "..." not in said.dimensions:
            yield said.dimensions
        elif said.dimensions:
            yield self._open(said.dimensions)
        for rank in dict.fromkeys(clue.ranks):
            usual = meaning.dimensions if len(meaning.dimensions) == rank else self._usual(rank, clue, kind)
            if clue.names.get(1) == "batch" and 0 not in clue.names:  # the sequence first
                usual = ("length", *usual[1:])
            yield tuple(clue.names.get(dim, usual[dim]) for dim in range(rank))
        if not clue.ranks:
            yield from self._by_company(clue, kind)
        yield from self._by_meaning(clue, meaning, kind)
        yield from (self._usual(rank, clue, kind) for rank in self._ranks(clue, kind))
        if clue.least > 2:
            yield self._usual(clue.least, clue, kind)

    def _by_company(self, clue: Clue, kind: Kind) -> Iterator[tuple[str, ...]]:
        """As many dimensions as what it is added to, or as the pictures beside it have."""
        known = (rank for other in clue.like for rank in (*other.ranks, other.least) if rank)
        beside = next(known, 0)
        if beside:
            yield self._usual(beside, clue, kind)
        if kind in ("bool", "padding") and self._beside == 4:
            yield ("batch", "h", "w")
        if clue.is_map:
            yield self._usual(4, clue, kind)

    def _by_meaning(
        self, clue: Clue, meaning: parameter_names.Meaning, kind: Kind
    ) -> Iterator[tuple[str, ...]]:
        if meaning.dimensions == ("nodes", "nodes") and self._beside == 3:
            yield ("batch", *meaning.dimensions)
        if meaning.dimensions and not (clue.reached and kind == "float"):
            yield meaning.dimensions
        last = max((dim if dim >= 0 else -dim for dim in clue.sizes), default=0)
        if meaning.dimensions and clue.sizes and len(meaning.dimensions) > last:
            yield meaning.dimensions

    def _open(self, dimensions: tuple[str, ...]) -> tuple[str, ...]:
        """`[N x C x ...]`: heights and widths, where the model has them, else one length."""
        at = dimensions.index("...")
        more = ("h", "w") if self.sees and len(dimensions) == 3 else ("length",)
        return (*dimensions[:at], *more, *dimensions[at + 1 :])

    @cached_property
    def sees(self) -> bool:
        return any(
            isinstance(each, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)) for each in self.model.modules()
        )

    @cached_property
    def _is_sequential(self) -> bool:
        kinds = (torch.nn.RNNBase, torch.nn.MultiheadAttention, torch.nn.Conv1d, torch.nn.LayerNorm)
        return any(isinstance(each, kinds) for each in self.model.modules())

    def _ranks(self, clue: Clue, kind: Kind) -> tuple[int, ...]:
        if kind == "lengths":
            return (1,)
        if kind in ("int", "bool", "padding"):
            return (2, 1)
        if clue.sizes and max(clue.sizes) > 0:
            return tuple(rank for rank in (4, 3, 2) if rank > max(clue.sizes))
        if clue.reached:
            return (3, 2, 4) if self._is_sequential or self._beside == 3 else (2, 3, 4)
        if not clue.sizes and self.sees:
            return (4, 2, 3)
        return (3, 2) if self._is_sequential else (2, 3)

    @cached_property
    def _beside(self) -> int:
        """How many dimensions those inputs have of which it is known."""
        clues = list(with_parts(self.clues.values()))
        known = [clue.ranks[0] for clue in clues if clue.ranks]
        known += [len(said.dimensions) for said in self.said.values() if said.dimensions]
        known += [
            len(parameter_names.meaning(clue.name, of_graph=self._of_graph).dimensions) for clue in clues
        ]
        return max((rank for rank in known if rank in (3, 4)), default=0)

    def _usual(self, rank: int, clue: Clue, kind: Kind) -> tuple[str, ...]:
        first = "nodes" if self._of_graph and rank == 2 else "batch"
        if rank == 3 and (1 in clue.sizes or clue.sizes.keys() == {0}):
            return ("batch", "c", "length")
        if rank == 3 and "mask" in clue.name:
            like = [*clue.like, *(further for other in clue.like for further in other.like)]
            beside_channels = any(1 in other.sizes for other in like)
            return ("batch", "1" if beside_channels else "length", "length")
        second = "length" if kind in ("int", "bool", "padding") else "d"
        return {
            0: (),
            1: (first,),
            2: (first, second),
            3: ("batch", "length", "d"),
            4: ("batch", "1" if "mask" in clue.name else "c", "h", "w"),
            5: ("batch", "c", "depth", "h", "w"),
            6: ("batch", "c", "k", "depth", "h", "w"),
        }[rank]

    def _sizes(self, names: tuple[str, ...], clue: Clue) -> tuple[int, ...]:
        sizes = [self.dimensions.size(_named(name, clue, dim), dim) for dim, name in enumerate(names)]
        is_picture = len(names) in (3, 4) and tuple(map(str.lower, names[-2:])) == ("h", "w")
        square = self._picture() if is_picture else None
        if square is not None:
            sizes[-2:] = square
        width = self.dimensions.of_input(clue.name)
        if width is not None and names and names[-1] == "d":
            sizes[-1] = width
        for dim, size in {**clue.columns(), **clue.sizes}.items():
            if -len(sizes) <= dim < len(sizes):
                sizes[dim] = size
        return tuple(sizes)

    def _picture(self) -> tuple[int, int] | None:
        return first_layers.picture_size(self.model)


def _named(name: str, clue: Clue, dim: int) -> str:
    said = clue.names.get(dim, "")
    return said if name == "_" and said else name
