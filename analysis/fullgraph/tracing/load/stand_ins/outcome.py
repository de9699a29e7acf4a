"""What an attempt gave: whether it is a model, and what of its inputs is not known.

The rule: a model is never made up.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from ....model import INFERRED, Assumed
from ...torch_compat import pytree
from .libraries import Missing
from .notes import Notes
from .statements import UnknownValueError
from .unknown import Source, Unknown, source_of
from .weights import SETTINGS

Values = dict[str, Any]

_INPUTS = ("args", "kwargs")


class MissingFileError(Exception):
    """The model is to be read from a file that is not there."""


def check_model(model: Any, notes: Notes) -> None:
    if isinstance(model, Unknown):
        raise _want_of(source_of(model))
    if isinstance(model, Missing):
        raise model.error()
    if isinstance(model, torch.nn.Module):
        _check_attributes(model, notes)


def _want_of(source: Source) -> BaseException:
    """What a model that nobody knows is missing, and what to do."""
    if source.error:
        return source.error
    if source.kind not in ("checkpoint", "file"):
        return UnknownValueError(f"it depends on `{source.path}`, which is not known")
    file = source.written or source.root
    if "://" in file:
        return MissingFileError(
            f"it depends on `{file}`, which was not downloaded: declare a target for its class"
        )
    return MissingFileError(
        f"it depends on `{file}`, which is not there: put the file there, or declare a target for its class"
    )


def _check_attributes(model: torch.nn.Module, notes: Notes) -> None:
    """Wants what a module keeps and nobody knows, and whose parts are not what it keeps it for."""
    for module in model.modules():
        for name, value in vars(module).items():
            if not isinstance(value, Unknown):
                continue
            source = source_of(value)
            if source.error is None and not SETTINGS.fullmatch(name):
                source.number(name)
            notes.add(source.kind, source.name, "an unknown value", source.place)


def without_unknown(values: Values) -> tuple[Values, Assumed | None]:
    """The values without inputs and shapes that are unknown, and what is missing of the inputs."""
    missing = None
    kept = dict(values)
    for name, value in values.items():
        unknown = _unknown_in(value)
        if name == "model" or unknown is None:
            continue
        del kept[name]
        if name in _INPUTS and isinstance(unknown, Unknown):
            missing = missing or _missing(unknown)
        elif name in _INPUTS:
            missing = missing or Assumed("library", str(unknown), INFERRED)
    return kept, missing


def known_inputs(values: Values) -> dict[str, Any]:
    """By parameter of forward, the inputs that are known where others are not."""
    args, kwargs = values.get("args"), values.get("kwargs")
    named = dict(kwargs) if isinstance(kwargs, Mapping) else {}
    try:
        parameters = list(inspect.signature(values["model"].forward).parameters.values())
    except (TypeError, ValueError):
        return {}
    counted = [
        each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    if isinstance(args, tuple):
        named.update(zip(counted, args, strict=False))
    accepted = {each.name for each in parameters}
    return {name: value for name, value in named.items() if name in accepted and _unknown_in(value) is None}


def _unknown_in(value: Any) -> Any:
    return next((leaf for leaf in pytree.leaves_of(value) if isinstance(leaf, (Unknown, Missing))), None)


def _missing(unknown: Unknown) -> Assumed:
    source = source_of(unknown)
    kind = "data" if source.kind == "number" else source.kind
    return Assumed(kind, source.root, INFERRED, source.place)
