"""What one argument of `forward` could be, as a value and as the source text that makes it.

The rule: the text is the truth. A value is made by running its text, so that what was tried is what a
person can write down. What the caller knows already is a `Known`, whose text names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

Kind = Literal["float", "int", "bool", "padding", "lengths"]
"""`padding` is a bool mask that hides nothing; `lengths` are positive, the longest first."""

BELOW = 10
"""Integers of an input lie below this where nothing is known of them: they may be an index."""

_LISTED = 8  # rows whose lengths are written out


@dataclass(frozen=True)
class TensorSpec:
    """A tensor to try as an input: its sizes, and which values it may have."""

    sizes: tuple[int, ...]
    kind: Kind = "float"
    below: int = BELOW  # of integers; of lengths the longest
    unit: bool = False  # of floats: between 0 and 1, as an image or a probability
    dtype: str = ""  # of floats, where it is not the usual one

    @property
    def text(self) -> str:
        sizes = ", ".join(map(str, self.sizes))
        whole = f"({sizes},)" if len(self.sizes) == 1 else f"({sizes})"
        if self.kind == "float":
            dtype = f", dtype=torch.{self.dtype}" if self.dtype else ""
            return f"torch.{'rand' if self.unit else 'randn'}({sizes or '()'}{dtype})"
        if self.kind == "int":
            return f"torch.randint(0, {self.below}, {whole})"
        if self.kind == "lengths":
            return self._lengths(whole)
        return f"torch.{'ones' if self.kind == 'bool' else 'zeros'}({whole}, dtype=torch.bool)"

    def resized(self, dim: int, size: int) -> TensorSpec:
        return replace(self, sizes=(*self.sizes[:dim], size, *self.sizes[dim + 1 :]))

    def _lengths(self, whole: str) -> str:
        if len(self.sizes) != 1 or self.sizes[0] > _LISTED:
            return f"torch.full({whole}, {self.below})"
        rows = range(self.sizes[0])
        return f"torch.tensor({[max(1, self.below - row * self.below // 4) for row in rows]})"


@dataclass(frozen=True)
class Constant:
    """A value that is no tensor."""

    text: str


@dataclass(frozen=True)
class Known:
    """A value that the caller gives, under the name that `text` is."""

    text: str


@dataclass(frozen=True)
class Group:
    """Several in one argument, as a list, or as a tuple."""

    parts: tuple[Spec, ...]
    is_tuple: bool = False

    @property
    def text(self) -> str:
        inner = ", ".join(part.text for part in self.parts)
        return f"({inner}{',' if len(self.parts) == 1 else ''})" if self.is_tuple else f"[{inner}]"


@dataclass(frozen=True)
class Record:
    """Several by their keys: a dict, or the fields of the class that `kind` names.

    `is_made_up`: nothing says of which class it is, so that it is a named tuple.
    """

    keys: tuple[str, ...]
    parts: tuple[Spec, ...]
    kind: str = ""
    is_made_up: bool = False

    @property
    def text(self) -> str:
        pairs = [(key, part.text) for key, part in zip(self.keys, self.parts, strict=True)]
        if self.kind:
            return f"{self._constructor}({', '.join(f'{key}={text}' for key, text in pairs)})"
        return f"{{{', '.join(f'{_quoted(key)}: {text}' for key, text in pairs)}}}"

    @property
    def _constructor(self) -> str:
        if not self.is_made_up:
            return self.kind
        return f'__import__("collections").namedtuple("{self.kind}", "{" ".join(self.keys)}")'


Spec: TypeAlias = "TensorSpec | Constant | Known | Group | Record"


@dataclass(frozen=True)
class Argument:
    """`keyword`: given by its name, because parameters before it are left out."""

    name: str
    spec: Spec
    keyword: bool = False


Candidate: TypeAlias = "tuple[Argument, ...]"
Leaf: TypeAlias = "TensorSpec | Constant | Known"


def leaves(candidate: Candidate) -> tuple[tuple[str, Leaf], ...]:
    """The innermost parts, each with its argument's name; their order is what numbers of leaves count."""
    return tuple((argument.name, leaf) for argument in candidate for leaf in _leaves_of(argument.spec))


def _leaves_of(spec: Spec) -> Iterator[Leaf]:
    if isinstance(spec, (Group, Record)):
        for part in spec.parts:
            yield from _leaves_of(part)
    else:
        yield spec


def tensors(candidate: Candidate) -> Iterator[TensorSpec]:
    yield from (leaf for _, leaf in leaves(candidate) if isinstance(leaf, TensorSpec))


def mapped(candidate: Candidate, change: Callable[[TensorSpec], TensorSpec]) -> Candidate:
    """The candidate with every tensor changed."""
    return _rebuilt(candidate, lambda _, leaf: change(leaf) if isinstance(leaf, TensorSpec) else leaf)


def swapped(candidate: Candidate, number: int, spec: Spec) -> Candidate:
    """The candidate with another value for one leaf."""
    return _rebuilt(candidate, lambda at, leaf: spec if at == number else leaf)


def all_swapped(candidate: Candidate, by: Mapping[int, Spec]) -> Candidate:
    """The same for several leaves."""
    return _rebuilt(candidate, lambda at, leaf: by.get(at, leaf))


def _rebuilt(candidate: Candidate, change: Callable[[int, Leaf], Spec]) -> Candidate:
    numbers = iter(range(len(leaves(candidate))))

    def of(spec: Spec) -> Spec:
        if isinstance(spec, (Group, Record)):
            return replace(spec, parts=tuple(of(part) for part in spec.parts))
        return change(next(numbers), spec)

    return tuple(replace(argument, spec=of(argument.spec)) for argument in candidate)


def args_text(candidate: Candidate) -> str:
    texts = [argument.spec.text for argument in candidate if not argument.keyword]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def kwargs_text(candidate: Candidate) -> str:
    """Empty where there are none."""
    given = [f'"{argument.name}": {argument.spec.text}' for argument in candidate if argument.keyword]
    return f"{{{', '.join(given)}}}" if given else ""


def values(candidate: Candidate, scope: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that a candidate's text makes, where `scope` is what its names stand for."""
    args = eval(args_text(candidate), dict(scope))  # noqa: S307 (text of ours)
    return args, eval(kwargs_text(candidate) or "{}", dict(scope))  # noqa: S307


def _quoted(key: str) -> str:
    return f'"{key}"' if '"' not in key and "\\" not in key else repr(key)
