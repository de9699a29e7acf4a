"""The first candidates: what the text, the names, the annotations and the layers say of a model's inputs.

Of each parameter the surest is taken first: what a docstring says, what the program does with it, what the
layers take that it reaches, what its name means. Candidates in which one parameter has the next likely form
follow, then those in which the layers alone count.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch

from . import parameter_names
from .dimensions import Dimensions
from .first_layers import BATCH, HEIGHT, LENGTH, WIDTH, shapes
from .reading.classes import class_of
from .reading.clues import Clue
from .reading.documented import Said, said_of
from .reading.reader import read
from .reading.source import called, function_of
from .spec import Argument, Candidate, Constant, Group, Kind, Known, Spec, TensorSpec, mapped
from .structures import PAIR, Structures, with_parts
from .tensor_forms import TensorForms

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
        kinds = (each.kind_of for each in with_parts(self.clues.values()))
        return {"torch": torch, **{kind.__name__: kind for kind in kinds if kind is not None}, **self.known}

    @cached_property
    def clues(self) -> dict[str, Clue]:
        """By parameter, what its way through the program says."""
        clues = {each.name: Clue(each.name) for each in self.parameters if each.kind not in _REST}
        function = function_of(self.entry)
        for each in self.parameters:
            kind = class_of(each.annotation, function) if each.name in clues else None
            if kind is not None:
                clues[each.name].form, clues[each.name].kind_of = "object", kind
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
        names = [each.name for each in with_parts(self.clues.values())]
        return said_of([function], documents, list(dict.fromkeys(names)))

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
        structure = self._structures.of(clue)
        if structure is not None:
            tensors = self.tensors.of(clue, self.said.get(name, Said()))
            # Where both will do, a tensor is what can be exported.
            either = clue.kind_of is not None and "Tensor" in clue.tested
            return [*tensors[:1], structure, *tensors[1:]] if either else [structure, *tensors]
        if plain is not None and plain.text == _TENSORS:
            return [Group((each,) * 3) for each in self.tensors.of(clue, Said())]
        if plain is not None:
            return [_sensible(plain, name)]
        forms: list[Spec] = [*self.tensors.of(clue, self._annotated(parameter))]
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

    @cached_property
    def tensors(self) -> TensorForms:
        return TensorForms(self.model, self.dimensions, self.clues, self.said)

    @cached_property
    def _structures(self) -> Structures:
        return Structures(self._part, self._is_number)

    def _part(self, clue: Clue) -> Spec:
        said = self.said.get(clue.name, Said())
        return PAIR if said.is_pair else self.tensors.of(clue, said)[0]

    def _is_number(self, clue: Clue) -> bool:
        used = clue.reached or clue.ranks or clue.sizes or clue.kinds or clue.is_tensor or clue.parts
        return not used and clue.name not in self.said

    def in_precision(self, candidate: Candidate) -> Candidate:
        """The candidate with floats as the model's weights are, where these are of another kind than usual."""
        dtype = self._precision
        if not dtype:
            return candidate
        return mapped(candidate, lambda spec: replace(spec, dtype=dtype) if spec.kind == "float" else spec)

    @cached_property
    def _precision(self) -> str:
        kinds = {each.dtype for each in self.model.parameters() if each.is_floating_point()}
        return str(kinds.pop()).rpartition(".")[2] if len(kinds) == 1 and torch.float32 not in kinds else ""


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
