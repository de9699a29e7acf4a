"""Tensors without data: the mode that makes them, and what they raise where a program asks for the data."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from .export_errors import is_refused_guard
from .names import Attribute, Private
from .shape_env import new_env
from .wording import NUMPY_REFUSED

_FAKE = Private("torch._subclasses.fake_tensor.FakeTensor", "which tensors have no data")
_MODE = Private(
    "torch._subclasses.fake_tensor.FakeTensorMode", "models that are too large to be built with their data"
)
_NO_OUTPUT = Private(
    "torch._subclasses.fake_tensor.DataDependentOutputException", "which operators ask for the data"
)
_NO_SHAPE = Private(
    "torch._subclasses.fake_tensor.DynamicOutputShapeException",
    "which operators give shapes that depend on the data",
)

_FROM_TENSOR = Attribute("FakeTensorMode.from_tensor", "inputs whose every size is a symbol")
_CONTEXT = Private(
    "torch.fx.experimental.symbolic_shapes.StatelessSymbolicContext", "inputs whose every size is a symbol"
)
_DYNAMIC = Private(
    "torch.fx.experimental.symbolic_shapes.DimDynamic.DYNAMIC", "inputs whose every size is a symbol"
)
_SOURCE = Private("torch._dynamo.source.ConstantSource", "inputs whose every size is a symbol")


def with_symbols() -> Any:
    """A mode whose tensors have a shape and no data; constants of the program may be real. None: there is none."""
    mode = _MODE.get()
    return mode(allow_non_fake_inputs=True, shape_env=new_env()) if mode is not None else None


def with_numbers() -> Any:
    """A mode whose tensors have sizes that are numbers, and no data. None: there is none."""
    mode = _MODE.get()
    return mode(allow_non_fake_inputs=True) if mode is not None else None


def of(mode: Any, tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the mode like another.

    Raises:
        Exception: there is none.
    """
    convert = _FROM_TENSOR.of(mode)
    if convert is None:
        raise LookupError("torch makes no fake tensors of others")
    made: torch.Tensor = convert(tensor)
    return made


def of_free_sizes(mode: Any, tensor: torch.Tensor, name: str) -> torch.Tensor | None:
    """A tensor of a mode `with_symbols`, whose sizes are symbols with the other's as their hints.

    `name` is to be unique in the mode. None: this torch cannot make one.
    """
    convert = _FROM_TENSOR.of(mode)
    context, dynamic, source = _CONTEXT.get(), _DYNAMIC.get(), _SOURCE.get()
    if None in (convert, context, dynamic, source):
        return None
    free = context(dynamic_sizes=[dynamic] * tensor.dim())
    made: torch.Tensor = convert(tensor, symbolic_context=free, source=source(name))
    return made


def within(mode: Any) -> contextlib.AbstractContextManager[Any]:
    return contextlib.nullcontext() if mode is None else mode


def is_fake(value: object) -> bool:
    return isinstance(value, _FAKE.types())


def asks_for_data(error: BaseException) -> bool:
    """Whether a fake tensor raised it, asked for what only the data can tell."""
    return isinstance(error, (*_NO_OUTPUT.types(), *_NO_SHAPE.types())) or is_refused_guard(error)


def refuses_numpy(error: BaseException) -> bool:
    return NUMPY_REFUSED in str(error)


def as_of_tensor(message: str) -> str:
    """What Python says of a fake tensor (`'FakeTensor' object has no attribute 'mask'`), of the user's own."""
    return message.replace("'FakeTensor' object", "'Tensor' object")
