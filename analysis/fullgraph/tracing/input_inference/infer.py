"""A target that nobody gave inputs gets some, by search, in a process of its own.

The search runs the model many times; here nothing of that is left. All dimensions are `Dim.AUTO`: which
of them the model can have any size of is what the export tells.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ...model import Assumed, Facts, InferredInputs, NoInputs
from ..isolation.steps_aside import Died, Forked, InPlace, Isolation, Running
from ..load import fake_build, refusals
from ..load.build import Built
from ..torch_compat import fake_tensors
from . import search
from .seeds import Seeds
from .spec import Candidate, Group, Known, Record, Spec, TensorSpec, values

_PATIENCE = 30.0
"""Seconds (of a Watch) until a search that does not end by itself is ended: one operation can take any time."""


_FURTHER = re.compile(r", [1-9]\d*: Dim\.AUTO")
_MANY_CONVOLUTIONS = 40
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_FEW = Assumed(
    "sizes",
    "dynamic sizes",
    "only the first dimension of each input is dynamic"
    f" (the model has more than {_MANY_CONVOLUTIONS} convolutions)",
)


def _has_many_convolutions(model: nn.Module) -> bool:
    """Each divides and rounds the sizes: with all of them free, to export a U-Net took six times as long."""
    return sum(isinstance(each, _CONVOLUTIONS) for each in model.modules()) > _MANY_CONVOLUTIONS


def is_asked_for(built: Built, origin: str) -> bool:
    return built.without_inputs is not None or (origin == "inferred" and not built.args and not built.kwargs)


def with_inputs(
    built: Built, root: str, isolation: Isolation, known: Mapping[str, Any] | None = None
) -> tuple[Built, Facts]:
    """The target with inputs, and what is to be told of it; without, where none are found.

    `known` are inputs that somebody gave, by the names of forward's parameters: they stay, and only the
    others are inferred. Their names stand in the text of what was inferred.
    """
    given = dict(known or {})
    own = built.copied() if isinstance(isolation, InPlace) else built

    def run() -> search.Found | search.NothingFound:
        with refusals.nothing_changes(root):
            return search.search(own.model, fake=own.fake, known=given)

    found = _within(isolation.start("load", run), isolation)
    if isinstance(found, search.NothingFound):
        return built, Facts(failures=(NoInputs(fake_tensors.as_of_tensor(found.reason), found.tried),))
    with fake_build.mode_of(built.fake):
        args, kwargs = values(found.candidate, Seeds(built.model, given).scope)
    shapes = _dynamic(built.model, found.candidate, given)
    few = _has_many_convolutions(built.model)
    if few:
        shapes = _FURTHER.sub("", shapes)
    inferred = InferredInputs(found.args, found.kwargs, shapes)
    spec = eval(shapes, {"Dim": torch.export.Dim})  # noqa: S307 (text of ours)
    complete = replace(built, args=args, kwargs=kwargs, dynamic_shapes=spec or None)
    few_static = (_FEW,) if few and spec else ()
    return complete, Facts(inferred=inferred, assumed=(*made_up(found.candidate), *few_static))


def made_up(candidate: Candidate) -> Iterator[Assumed]:
    """The objects of which nothing says the class."""
    for argument in candidate:
        if isinstance(argument.spec, Record) and argument.spec.is_made_up:
            yield Assumed("data", f"the object `{argument.name}`", "a named tuple")


def static(built: Built) -> str:
    """The spec of no dynamic dimension, `{'x': None}`; empty where an input holds several, which torch wants spelt out."""
    spec = built.dynamic_shapes or {}
    tensors = all(
        each is None or (isinstance(each, dict) and all(type(k) is int for k in each))
        for each in spec.values()
    )
    return repr(dict.fromkeys(spec)) if spec and tensors else ""


def _within(
    running: Running[search.Found | search.NothingFound], isolation: Isolation
) -> search.Found | search.NothingFound:
    if isinstance(isolation, Forked) and isolation.ends_within(running, _PATIENCE) is None:
        return search.NothingFound("one attempt took too long", 0)
    outcome = running.wait()
    if isinstance(outcome, Died):
        return search.NothingFound(f"the search crashed: {_why(outcome)}", 0)
    return outcome


def _why(died: Died) -> str:
    return getattr(died.failure, "detail", "") or getattr(died.failure, "message", "")[-200:]


def _dynamic(model: torch.nn.Module, candidate: Candidate, known: Mapping[str, Any]) -> str:
    """`{"x": {0: Dim.AUTO, …}}`, by the names that the model's own forward has.

    Empty where what is given is of a class: torch describes the inside of those that it knows alone.
    """
    parameters: dict[str, Any] = dict(inspect.signature(model.forward).parameters)
    parts = []
    if any(isinstance(argument.spec, Record) and argument.spec.kind for argument in candidate):
        return "{}"
    for name, parameter in parameters.items():
        given = [argument.spec for argument in candidate if argument.name == name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            given = given or [a.spec for a in candidate if a.name not in parameters and not a.keyword]
            inner = ", ".join(_auto(each, known) for each in given)
            parts += [f'"{name}": ({inner},)'] if given else []
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named = [
                argument for argument in candidate if argument.keyword and argument.name not in parameters
            ]
            inner = ", ".join(f'"{each.name}": {_auto(each.spec, known)}' for each in named)
            parts += [f'"{name}": {{{inner}}}'] if named else []
        elif given:
            parts.append(f'"{name}": {_auto(given[0], known)}')
    return f"{{{', '.join(parts)}}}" if parts else "{}"


def _auto(spec: Spec, known: Mapping[str, Any]) -> str:
    if isinstance(spec, TensorSpec):
        return _of_rank(len(spec.sizes))
    if isinstance(spec, Group):
        inner = ", ".join(_auto(each, known) for each in spec.parts)
        return f"({inner},)" if spec.is_tuple else f"[{inner}]"
    if isinstance(spec, Record):
        pairs = zip(spec.keys, spec.parts, strict=True)
        return f"{{{', '.join(f'{key!r}: {_auto(each, known)}' for key, each in pairs)}}}"
    if isinstance(spec, Known):
        return _of_value(known.get(spec.text))
    return "None"


def _of_value(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return _of_rank(value.dim())
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(_of_value, value))
        return f"({inner},)" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_of_value(each)}' for key, each in value.items())}}}"
    return "None"


def _of_rank(rank: int) -> str:
    return f"{{{', '.join(f'{dim}: Dim.AUTO' for dim in range(rank))}}}"


def fits(shapes: Any, inferred: Any) -> bool:
    """Whether dynamic shapes that somebody wrote are such for inferred inputs too."""
    if not isinstance(inferred, dict) or not isinstance(shapes, (dict, tuple, list)):
        return False
    if isinstance(shapes, dict):
        return set(shapes) == set(inferred) and all(_fits(shapes[name], inferred[name]) for name in inferred)
    return len(shapes) == len(inferred) and all(map(_fits, shapes, inferred.values()))


def _fits(spec: Any, inferred: Any) -> bool:
    if spec is None:
        return True
    if not isinstance(inferred, dict):
        return False
    return set(spec) <= set(inferred) if isinstance(spec, dict) else len(spec) == len(inferred)
