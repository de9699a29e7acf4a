"""A target that nobody gave inputs gets some, by search, in a process of its own.

The search runs the model many times; here nothing of that is left. All dimensions are `Dim.AUTO`: which
of them the model can have any size of is what the export tells.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import torch

from ...model import Facts, InferredInputs, NoInputs
from ..isolation.steps_aside import Died, Forked, InPlace, Isolation, Running
from ..load import fake_build, slice_runner
from ..load.build import Built
from . import search
from .spec import Candidate, Group, Spec, TensorSpec
from .trial import values

_PATIENCE = 10.0
"""Seconds (of a Watch) until a search that does not end by itself is ended: one operation can take any time."""


def is_asked_for(built: Built, origin: str) -> bool:
    return built.without_inputs is not None or (origin == "inferred" and not built.args and not built.kwargs)


def with_inputs(built: Built, root: str, isolation: Isolation) -> tuple[Built, Facts]:
    """The target with inputs, and what is to be told of it; without, where none are found."""
    own = built.copied() if isinstance(isolation, InPlace) else built

    def run() -> search.Found | search.NothingFound:
        with slice_runner.nothing_changes(root):
            return search.search(own.model, fake=own.fake)

    found = _within(isolation.start("load", run), isolation)
    if isinstance(found, search.NothingFound):
        return built, Facts(failures=(NoInputs(found.reason, found.tried),))
    with fake_build.mode_of(built.fake):
        args, kwargs = values(found.candidate)
    shapes = _dynamic(built.model, found.candidate)
    inferred = InferredInputs(found.args, found.kwargs, shapes)
    spec = eval(shapes, {"Dim": torch.export.Dim})  # noqa: S307 (text of ours)
    return replace(built, args=args, kwargs=kwargs, dynamic_shapes=spec or None), Facts(inferred=inferred)


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


def _dynamic(model: torch.nn.Module, candidate: Candidate) -> str:
    """`{"x": {0: Dim.AUTO, …}}`, empty where forward takes its arguments in a way that has no names."""
    parameters: dict[str, Any] = dict(inspect.signature(model.forward).parameters)
    parts = []
    for name, parameter in parameters.items():
        given = [argument.spec for argument in candidate if argument.name == name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            given = given or [a.spec for a in candidate if a.name not in parameters]
            inner = ", ".join(map(_auto, given))
            parts += [f'"{name}": ({inner},)'] if given else []
        elif given:
            parts.append(f'"{name}": {_auto(given[0])}')
    return f"{{{', '.join(parts)}}}" if parts else "{}"


def _auto(spec: Spec) -> str:
    if isinstance(spec, TensorSpec):
        return f"{{{', '.join(f'{dim}: Dim.AUTO' for dim in range(len(spec.sizes)))}}}"
    if isinstance(spec, Group):
        return f"[{', '.join(map(_auto, spec.parts))}]"
    return "None"


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
