"""What one argument of `forward` could be, as a value and as the source text that makes it.

The rule: the text is the truth. A value is made by running its text, so that what was tried is what a
person can write down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Kind = Literal["float", "int", "bool"]

BELOW = 10
"""Integers of an input lie below this where nothing is known of them: they may be an index."""


@dataclass(frozen=True)
class TensorSpec:
    """A tensor to try as an input: its sizes, and which values it may have."""

    sizes: tuple[int, ...]
    kind: Kind = "float"
    below: int = BELOW  # of integers
    unit: bool = False  # of floats: between 0 and 1, as an image or a probability

    @property
    def text(self) -> str:
        sizes = ", ".join(map(str, self.sizes))
        if self.kind == "float":
            return f"torch.{'rand' if self.unit else 'randn'}({sizes or '()'})"
        whole = f"({sizes},)" if len(self.sizes) == 1 else f"({sizes})"
        if self.kind == "int":
            return f"torch.randint(0, {self.below}, {whole})"
        return f"torch.ones({whole}, dtype=torch.bool)"

    def resized(self, dim: int, size: int) -> TensorSpec:
        return replace(self, sizes=(*self.sizes[:dim], size, *self.sizes[dim + 1 :]))


@dataclass(frozen=True)
class Constant:
    """A value that is no tensor."""

    text: str


@dataclass(frozen=True)
class Group:
    """Several in one argument, as a list."""

    parts: tuple[TensorSpec, ...]

    @property
    def text(self) -> str:
        return f"[{', '.join(part.text for part in self.parts)}]"


Spec: TypeAlias = "TensorSpec | Constant | Group"


@dataclass(frozen=True)
class Argument:
    """`keyword`: given by its name, because parameters before it are left out."""

    name: str
    spec: Spec
    keyword: bool = False


Candidate: TypeAlias = "tuple[Argument, ...]"


def tensors(candidate: Candidate) -> Iterator[TensorSpec]:
    for argument in candidate:
        if isinstance(argument.spec, TensorSpec):
            yield argument.spec
        elif isinstance(argument.spec, Group):
            yield from argument.spec.parts


def mapped(candidate: Candidate, change: Callable[[TensorSpec], TensorSpec]) -> Candidate:
    """The candidate with every tensor changed."""

    def of(spec: Spec) -> Spec:
        if isinstance(spec, TensorSpec):
            return change(spec)
        return Group(tuple(map(change, spec.parts))) if isinstance(spec, Group) else spec

    return tuple(replace(argument, spec=of(argument.spec)) for argument in candidate)


def swapped(candidate: Candidate, index: int, spec: Spec) -> Candidate:
    """The candidate with another value for one argument."""
    changed = replace(candidate[index], spec=spec)
    return (*candidate[:index], changed, *candidate[index + 1 :])


def args_text(candidate: Candidate) -> str:
    texts = [argument.spec.text for argument in candidate if not argument.keyword]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def kwargs_text(candidate: Candidate) -> str:
    """Empty where there are none."""
    given = [f'"{argument.name}": {argument.spec.text}' for argument in candidate if argument.keyword]
    return f"{{{', '.join(given)}}}" if given else ""
