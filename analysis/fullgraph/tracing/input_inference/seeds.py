"""The first candidates: what the text, the names, the annotations and the layers say of a model's inputs.

Of each parameter the surest is taken first: what a docstring says, what the program does with it, what the
layers take that it reaches, what its name means. Candidates in which one parameter has the next likely form
follow, then those in which the layers alone count.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from functools import cached_property
from typing import Any

import torch

from . import first_layers, parameter_names
from .dimensions import Dimensions
from .first_layers import BATCH, HEIGHT, LENGTH, WIDTH, shapes
from .reading.clues import Clue
from .reading.documented import Said, said_of
from .reading.reader import read
from .reading.source import NOTHING, called, function_of
from .spec import BELOW, Argument, Candidate, Constant, Group, Kind, Known, Record, Spec, TensorSpec

_SIZES = f"({BATCH}, 3, {HEIGHT}, {WIDTH})"
_TENSORS = "[]"  # several of them
_PLAIN: tuple[tuple[str, str], ...] = (
    (r"bool", "False"),
    (r"int", "4"),
    (r"float", "0.5"),
    (r"str", "''"),
    (r"dict.*", "{}"),
    (r"Callable.*", "torch.nn.Identity()"),
    (r"(tuple|list|Sequence)\[int, int\]", f"({HEIGHT}, {WIDTH})"),
    (r"Size|(tuple|list|Sequence)\[int.*", _SIZES),
    (r"(tuple|list|Sequence|Iterable)\[Tensor.*", _TENSORS),
)
"""Annotations, without what is before their names; a tensor that may be something else is a tensor."""

_KINDS: Mapping[str, Kind] = {
    "LongTensor": "int",
    "IntTensor": "int",
    "BoolTensor": "bool",
    "FloatTensor": "float",
}
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_VARIED = 6  # forms of one parameter


class Seeds:
    """What is known of a model's inputs before anything runs."""

    def __init__(self, model: torch.nn.Module, known: Mapping[str, Any]) -> None:
        self.model = model
        self.known = known
        self.entry = called(model.forward)
        self.dimensions = Dimensions(model)

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Of the function that takes the inputs."""
        try:
            return tuple(inspect.signature(self.entry).parameters.values())
        except (TypeError, ValueError):
            return ()

    @property
    def takes_more(self) -> bool:
        """Whether it takes any number of further arguments."""
        return not self.parameters or any(each.kind is each.VAR_POSITIONAL for each in self.parameters)

    @cached_property
    def needed(self) -> tuple[inspect.Parameter, ...]:
        """What must be given, and what is known."""
        return tuple(
            each
            for each in self.parameters
            if each.kind not in _REST and (each.default is each.empty or each.name in self.known)
        )

    def optional(self) -> dict[str, inspect.Parameter]:
        """What may be left out by its default, and may be needed all the same."""
        return {each.name: each for each in self.parameters if each.default is None}

    @cached_property
    def scope(self) -> dict[str, Any]:
        """What the names in a candidate's text stand for."""
        kinds = (self._class_of(each) for each in self.parameters)
        return {"torch": torch, **{kind.__name__: kind for kind in kinds if kind is not None}, **self.known}

    @cached_property
    def clues(self) -> dict[str, Clue]:
        """By parameter, what its way through the program says."""
        clues = {each.name: Clue(each.name) for each in self.parameters if each.kind not in _REST}
        function = function_of(self.entry)
        for each in self.parameters:
            if each.name in clues and self._class_of(each) is not None:
                clues[each.name].form = "object"
        if function is not None:
            read(function, clues)
        return clues

    @cached_property
    def said(self) -> dict[str, Said]:
        """By parameter, what docstrings and comments say."""
        function = function_of(self.entry)
        if function is None:
            return {}
        kinds = [type(self.model), *([type(function.owner)] if function.owner is not None else [])]
        documents = [
            kind.__doc__ or ""
            for kind in dict.fromkeys(kinds)
            if kind.__module__.partition(".")[0] != "torch"
        ]
        return said_of([function], documents, list(self.clues))

    # -- candidates ---------------------------------------------------------------------------------

    def candidates(self) -> Iterator[Candidate]:
        """The likeliest first."""
        yield from dict.fromkeys((*self._read(), *self._of_layers()))

    def _read(self) -> Iterator[Candidate]:
        if not self.needed:
            return
        forms = [self.forms(each) for each in self.needed]
        yield self._candidate([each[0] for each in forms])
        for at, options in enumerate(forms):
            for other in options[1:]:
                yield self._candidate(
                    [other if at == number else each[0] for number, each in enumerate(forms)]
                )

    def _of_layers(self) -> Iterator[Candidate]:
        if not self.needed and not self.takes_more:
            yield ()
        for main in shapes(self.model):
            for named in (True, False):
                if self.needed:
                    yield self._candidate([self._plainly(each, main, named) for each in self.needed])
                else:
                    yield (Argument("args", main),)

    def _candidate(self, specs: list[Spec]) -> Candidate:
        skipped = False
        arguments = []
        for each in self.parameters:
            if each in self.needed:
                spec = specs[self.needed.index(each)]
                arguments.append(Argument(each.name, spec, skipped or each.kind is each.KEYWORD_ONLY))
            elif each.kind is each.POSITIONAL_OR_KEYWORD:
                skipped = True  # what stands behind it is given by name
        return tuple(arguments)

    def _plainly(self, parameter: inspect.Parameter, main: TensorSpec, named: bool) -> Spec:
        if parameter.name in self.known:
            return Known(parameter.name)
        return spec_for(parameter.name, parameter.annotation, main, named)

    def spec(self, name: str) -> Spec | None:
        """The likeliest form of a parameter, of one that may be left out too."""
        parameter = next((each for each in self.parameters if each.name == name), None)
        return self.forms(parameter)[0] if parameter is not None else None

    def forms(self, parameter: inspect.Parameter) -> list[Spec]:
        """What a parameter could be, the likeliest first."""
        name = parameter.name
        if name in self.known:
            return [Known(name)]
        clue = self.clues.get(name) or Clue(name)
        plain = _plain(parameter.annotation)
        structure = self._structure(clue, self._class_of(parameter))
        if structure is not None:
            return [structure, *self._tensor_forms(clue, self.said.get(name, Said()))]
        if plain is not None and plain.text == _TENSORS:
            return [Group((each,) * 3) for each in self._tensor_forms(clue, Said())]
        if plain is not None:
            return [_sensible(plain, name)]
        forms = self._tensor_forms(clue, self._annotated(parameter))
        constant = parameter_names.constant(name)
        if constant is not None and not clue.reached and not clue.ranks and name not in self.said:
            return [Constant(constant), *forms]
        return [Constant("4"), *forms] if clue.number else forms

    def _annotated(self, parameter: inspect.Parameter) -> Said:
        said = self.said.get(parameter.name, Said())
        text = (
            parameter.annotation
            if isinstance(parameter.annotation, str)
            else getattr(parameter.annotation, "__name__", "")
        )
        kind = next((kind for word, kind in _KINDS.items() if word in str(text)), None)
        return replace(said, kind=said.kind or kind)

    # -- structures ---------------------------------------------------------------------------------

    def _class_of(self, parameter: inspect.Parameter) -> Any:
        """The dataclass or named tuple that the annotation names."""
        kind = parameter.annotation
        if isinstance(kind, str):
            function = function_of(self.entry)
            kind = function.scope.get(kind.strip("\"'"), NOTHING) if function is not None else NOTHING
        named = isinstance(kind, type) and (
            is_dataclass(kind) or (issubclass(kind, tuple) and kind is not tuple)
        )
        return kind if named else None

    def _structure(self, clue: Clue, kind: Any) -> Spec | None:
        if kind is not None:
            return self._record(clue, kind)
        if clue.form == "dict" and clue.parts:
            keys = [key for key in clue.parts if isinstance(key, str) and key not in clue.optional]
            return Record(tuple(keys), tuple(self._inner(clue.parts[key]) for key in keys)) if keys else None
        if clue.form in ("list", "tuple") and clue.parts and not _is_a_tensor(clue):
            return self._group(clue)
        return None

    def _record(self, clue: Clue, kind: Any) -> Spec:
        taken = inspect.signature(kind).parameters
        names = [name for name, each in taken.items() if each.default is each.empty or name in clue.parts]
        parts = tuple(self._inner(clue.parts.get(name) or Clue(name)) for name in names)
        return Record(tuple(names), parts, kind.__name__)

    def _group(self, clue: Clue) -> Spec:
        numbers = [key for key in clue.parts if isinstance(key, int)]
        count = max(numbers, default=0) + 1
        first = clue.parts.get(0) or Clue(clue.name)
        parts = [self._inner(clue.parts.get(number) or first) for number in range(count)]
        if count == 1 and clue.form == "list":
            parts *= 2
        return Group(tuple(parts), clue.form == "tuple")

    def _inner(self, clue: Clue) -> Spec:
        return self._structure(clue, None) or self._tensor_forms(clue, Said())[0]

    # -- tensors ------------------------------------------------------------------------------------

    def _tensor_forms(self, clue: Clue, said: Said) -> list[Spec]:
        meaning = parameter_names.meaning(clue.name, of_graph=self._of_graph)
        kind, below = self._kind(clue, said, meaning)
        forms: dict[Spec, None] = {}
        for names in self._namings(clue, said, meaning, kind):
            sizes = self._sizes(names, clue)
            least = below or BELOW
            if kind == "lengths":
                least = LENGTH
            forms[TensorSpec(sizes, kind, least)] = None
        return list(forms)[:_VARIED]

    @cached_property
    def _of_graph(self) -> bool:
        return parameter_names.is_of_graph([each.name for each in self.parameters])

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
            yield tuple(clue.names.get(dim, usual[dim]) for dim in range(rank))
        beside = next((rank for other in clue.like for rank in other.ranks), 0) if not clue.ranks else 0
        if beside:
            yield self._usual(beside, clue, kind)
        if meaning.dimensions == ("nodes", "nodes") and self._beside == 3:
            yield ("batch", *meaning.dimensions)
        if kind in ("bool", "padding") and self._beside == 4 and not clue.ranks:
            yield ("batch", "h", "w")
        if meaning.dimensions and not (clue.reached and kind == "float"):
            yield meaning.dimensions
        if meaning.dimensions and clue.sizes and len(meaning.dimensions) > max(clue.sizes, default=0):
            yield meaning.dimensions
        yield from (self._usual(rank, clue, kind) for rank in self._ranks(clue, kind))

    def _open(self, dimensions: tuple[str, ...]) -> tuple[str, ...]:
        """`[N x C x ...]`: heights and widths, where the model has them, else one length."""
        at = dimensions.index("...")
        more = ("h", "w") if self._sees and len(dimensions) == 3 else ("length",)
        return (*dimensions[:at], *more, *dimensions[at + 1 :])

    @cached_property
    def _sees(self) -> bool:
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
        if not clue.sizes and self._sees:
            return (4, 2, 3)
        return (3, 2) if self._is_sequential else (2, 3)

    @cached_property
    def _beside(self) -> int:
        """How many dimensions those inputs have of which it is known."""
        known = [clue.ranks[0] for clue in self.clues.values() if clue.ranks]
        known += [len(said.dimensions) for said in self.said.values() if said.dimensions]
        known += [
            len(parameter_names.meaning(name, of_graph=self._of_graph).dimensions) for name in self.clues
        ]
        return max((rank for rank in known if rank in (3, 4)), default=0)

    def _usual(self, rank: int, clue: Clue, kind: Kind) -> tuple[str, ...]:
        first = "nodes" if self._of_graph and rank == 2 else "batch"
        if rank == 3 and (1 in clue.sizes or clue.sizes.keys() == {0}):
            return ("batch", "c", "length")
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
        square = self._picture() if len(names) == 4 and names[-2:] == ("h", "w") else None
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


def _is_a_tensor(clue: Clue) -> bool:
    """A tensor is indexed as a list is: what says that it is one counts more."""
    if clue.ranks or clue.reached or clue.sizes or clue.kinds or clue.is_tensor:
        return True
    inner = [part for key, part in clue.parts.items() if isinstance(key, int)]
    used = any(part.reached or part.ranks or part.kinds or part.parts for part in inner)
    return clue.form == "list" and not used


def spec_for(name: str, annotation: Any, main: TensorSpec, named: bool) -> Spec:
    """By the name and annotation alone, beside an input of the shape of `main`."""
    plain = _plain(annotation)
    if plain is not None:
        return Group((main,) * 4) if plain.text == _TENSORS else plain
    if not named:
        return main
    constant = parameter_names.constant(name)
    if constant in ("False", "''"):
        return Constant(constant)
    kind = parameter_names.meaning(name, of_graph=False).kind
    if kind == "lengths":
        return TensorSpec(main.sizes[:1], "lengths", LENGTH)
    if kind == "int":
        shape = parameter_names.meaning(name, of_graph=False).dimensions
        one = len(shape) == 1 or len(main.sizes) >= 4
        return TensorSpec(main.sizes[:1] if one else main.sizes[:2], "int", main.below)
    return TensorSpec((*main.sizes[:1], LENGTH), kind) if kind in ("bool", "padding") else main


def _sensible(plain: Constant, name: str) -> Constant:
    """A number of a size that the name suggests: `height: int`."""
    said = parameter_names.constant(name)
    fits = said is not None and plain.text == "4" and said.isdigit()
    return Constant(said) if fits and said is not None else plain


def _plain(annotation: Any) -> Constant | None:
    if annotation in (None, inspect.Parameter.empty):
        return None
    named = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    said = annotation.__name__ if named else str(annotation)
    said = re.sub(r"\b(?:\w+\.)+|^Optional\[|\s*\|\s*None", "", said)
    said = re.sub(r"^(Tuple|List|Dict)\b", lambda match: match[0].lower(), said)
    return next((Constant(text) for pattern, text in _PLAIN if re.fullmatch(pattern, said)), None)
