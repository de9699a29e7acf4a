"""The entries of a dynamic-shapes spec: where each is written, and which of them do not fit the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .places import Place

SpecPath = tuple[str | int, ...]
"""The way to an entry in a spec: `("pair", 0)` for `dynamic_shapes["pair"][0]`."""


@dataclass(frozen=True, slots=True)
class SpecFault:
    """One entry of the spec that does not fit the input that it is for.

    kind     unknown: a key that no input has; `belongs` is where the entry is to stand, where that is known
             missing: an input that has no entry
             container: the input is a list, tuple, dict or object, the entry none of this kind
             length: another number of entries than the input has parts
             value: the input is no tensor, and the entry is not None
             rank: a dimension that the tensor does not have, or an entry for each of another number
             dimension: a key that is no number of a dimension
             name: a string in the place of a Dim
             entry: the tensor's entry is neither a dict nor a list of dimensions
             keywords: inputs come through `**kwargs`, which torch cannot match with a spec
    input    in the words of the user: `x`, `pair[0]`; "" for the spec as a whole
    said     what the entry is (`a dict`, `2`)
    wanted   what the input is, in such words
    fits     an entry that fits, with None for each tensor: `[None, {"mask": None}]`
    parts    the names of the input's parts: the keys of a dict, the fields of a dataclass
    """

    kind: Literal[
        "unknown",
        "missing",
        "container",
        "length",
        "value",
        "rank",
        "dimension",
        "name",
        "entry",
        "keywords",
    ]
    at: SpecPath
    input: str = ""
    said: str = ""
    wanted: str = ""
    fits: str = ""
    belongs: SpecPath = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpecPart:
    """An entry of a dynamic-shapes spec as it is written, also where the spec is bound to a name.

    `at` is the way to it, with None for any key (`{name: … for name in names}`); `key` is the place of its key,
    where it has one.
    """

    at: tuple[str | int | None, ...]
    value: Place
    key: Place | None = None

    def leads_to(self, path: SpecPath) -> bool:
        pairs = zip(self.at, path, strict=False)
        return len(self.at) <= len(path) and all(own in (None, step) for own, step in pairs)
