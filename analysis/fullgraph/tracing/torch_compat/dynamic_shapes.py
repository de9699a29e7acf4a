"""The dynamic-shapes spec as torch reads it: which part of it belongs to which input."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.export import dynamic_shapes as spec_of

from .names import Attribute, Private

_COMBINE = Private("torch.export.dynamic_shapes._combine_args", "the inputs of a forward that takes `*args`")
_MAP = Private("torch.export.dynamic_shapes._tree_map_with_path", "what the spec says of single dimensions")
_PARAMETERS = Attribute("ShapesSpec._params", "the names of ShapeVars")
_NAMED = Attribute("ParamsSpec._named_args", "the names of ShapeVars")

FILE = spec_of.__file__
"""Where torch checks that a spec fits the inputs."""


def combined(model: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The inputs by the names of forward's parameters."""
    combine = _COMBINE.get()
    if combine is not None:
        return dict(combine(model, args, kwargs))
    return dict(inspect.signature(model.forward).bind(*args, **kwargs).arguments)


def for_each_leaf(note: Callable[[Any, Any, Any], None], inputs: Any, shapes: Any) -> None:
    """Calls `note(path, input, its part of the spec)` for each leaf of the inputs."""
    walk = _MAP.get()
    if walk is not None:
        walk(note, inputs, shapes, tree_name="inputs")


def spec_names(dynamic_shapes: Any) -> dict[str, str]:
    """torch's source → the name of the ShapeVar that a `ParamsSpec` or `ShapesSpec` (2.14) puts there."""
    kind = type(dynamic_shapes).__name__
    if kind not in ("ParamsSpec", "ShapesSpec"):
        return {}
    params = _PARAMETERS.of(dynamic_shapes) if kind == "ShapesSpec" else dynamic_shapes
    names: dict[str, str] = {}
    for parameter, spec in ((_NAMED.of(params) if params is not None else None) or {}).items():
        for dim, size in enumerate(spec if type(spec).__name__ == "TensorSpec" else ()):
            if isinstance(size, torch.SymInt) and (name := getattr(size, "name", None)):
                names[f"L['{parameter}'].size()[{dim}]"] = str(name)
    return names
