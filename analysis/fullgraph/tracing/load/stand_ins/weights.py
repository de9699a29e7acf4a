"""Weights that are not there: the model keeps those that it is initialized with.

What a model computes with is of no account to whether it exports. Its architecture is: a number that a
constructor would get from a checkpoint is wanted, and never made up in silence.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ...torch_compat import surroundings
from ...torch_compat.modules import is_torch
from .libraries import Missing
from .likely import by_name
from .notes import Notes
from .reading import WEIGHTS
from .unknown import Unknown, source_of

SETTINGS = re.compile(r"(.*_)?(args?|cfg|config\w*|conf|opts?|options|hparams?|params|kwargs|settings)")
"""Names of parameters that hold many values."""


@contextmanager
def as_initialized(notes: Notes) -> Iterator[None]:
    """Within, saved state that is not there changes nothing, and modules are made of known numbers alone."""

    def first(module: Any, *_args: Any, **_kwargs: Any) -> None:
        _ask_for_numbers(module, sys._getframe(2))  # beyond the hook

    with surroundings.around_state_dicts(_loading(notes)), surroundings.before_modules(first):
        yield


def _loading(notes: Notes) -> Any:
    def make(original: Any) -> Any:
        def load_state_dict(owner: Any, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(state_dict, Unknown):
                notes.add("checkpoint", source_of(state_dict).root, WEIGHTS)
                return original(owner, owner.state_dict())
            try:
                return original(owner, state_dict, *args, **kwargs)
            except Exception:
                # What was made of a checkpoint that is not there has none of its keys.
                if not notes.has("checkpoint"):
                    raise
                return original(owner, owner.state_dict())

        return load_state_dict

    return make


def _ask_for_numbers(module: Any, frame: FrameType | None) -> None:
    """Wants what the constructors of a module were given, and nobody knows.

    torch's own would take it: `LayerNorm` asks for a shape, and of what is no number takes the items.
    """
    while frame is not None and _is_constructor(frame, module):
        parameters = _parameters(type(module), frame)
        names = frame.f_code.co_varnames[1 : frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount]
        for name in names:
            value = frame.f_locals.get(name)
            if isinstance(value, Missing):
                raise value.error()
            if isinstance(value, Unknown):
                _ask_for(value, name, parameters.get(name), is_torch(frame.f_code.co_filename))
        frame = frame.f_back


def _is_constructor(frame: FrameType, module: Any) -> bool:
    code = frame.f_code
    return (
        code.co_name == "__init__"
        and bool(code.co_varnames)
        and frame.f_locals.get(code.co_varnames[0]) is module
    )


def _parameters(kind: type, frame: FrameType) -> Mapping[str, inspect.Parameter]:
    for owner in kind.__mro__:
        init: Any = vars(owner).get("__init__")
        if getattr(init, "__code__", None) is frame.f_code:
            return inspect.signature(init).parameters
    return {}


def _ask_for(value: Unknown, name: str, parameter: inspect.Parameter | None, of_torch: bool) -> None:
    default = parameter.default if parameter is not None else None
    has_default = isinstance(default, (int, float, str))
    annotated = parameter is not None and parameter.annotation in (int, float, "int", "float")
    source = source_of(value)
    likely = not SETTINGS.fullmatch(name) and bool(by_name(name) or by_name(source.name))
    if of_torch or has_default or annotated or likely:
        source.number(name, default if has_default else None)
