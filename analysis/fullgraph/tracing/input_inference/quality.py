"""How much is in doubt of inputs that a model ran with: a nonsense input that happens to fit is worse than none."""

from __future__ import annotations

from .reading.clues import Clue
from .seeds import Seeds
from .spec import Argument, Candidate, Spec, TensorSpec
from .trial import Ran

NONSENSE = 4
"""From here on inputs are not used."""

_FOLDED = 2
_ODD_SIZE = 1
_WRONG_RANK = 4
_ODD_RANK = 2


def doubts(candidate: Candidate, ran: Ran, seeds: Seeds) -> int:
    """0 where each layer got what it takes, and nothing was stretched or folded to fit."""
    folded = _FOLDED if ran.folded is not None else 0
    sees = seeds.tensors.sees
    return folded + sum(_of_argument(each, seeds.clues.get(each.name), sees) for each in candidate)


def _of_argument(argument: Argument, clue: Clue | None, sees: bool) -> int:
    spec: Spec = argument.spec
    if clue is None or not isinstance(spec, TensorSpec):
        return 0
    return _of_rank(spec, clue, sees) + _of_sizes(spec, clue)


def _of_rank(spec: TensorSpec, clue: Clue, sees: bool) -> int:
    """A picture of two dimensions, or one for a model of dense layers."""
    asked = max(clue.ranks, default=0)
    if len(spec.sizes) >= 4 and clue.reached and not (asked or sees or clue.least or clue.is_map):
        return _ODD_RANK
    return _WRONG_RANK if asked >= 4 and len(spec.sizes) < asked - 1 else 0


def _of_sizes(spec: TensorSpec, clue: Clue) -> int:
    """A size of 1 that no layer asked for stretches to whatever it meets."""
    rank = len(spec.sizes)
    if "mask" in clue.name:  # one for all channels
        return 0
    asked = {dim % rank: size for dim, size in clue.sizes.items() if -rank <= dim < rank}
    return sum(_ODD_SIZE for dim, size in enumerate(spec.sizes) if size == 1 and asked.get(dim) != 1)
