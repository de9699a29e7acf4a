"""Arguments as JSON that a person can read: of tensors dtype and shape, of the rest what is a constant.

No data: a tensor's values are never looked at.

    "float32[8, 3, 32, 32]"             a tensor
    null, true, 3, 0.5, {"str": "x"}    themselves
    [ … ], {"tuple": [ … ]}, {"dict": { … }}
    {"unknown": "data.Batch"}           anything else, by its class
"""

from __future__ import annotations

from typing import Any

Json = Any

_LONGEST = 200  # characters of a string
_MOST = 64  # parts of one container: more is data
_DEEPEST = 6


def described(value: Any, tensor: type, depth: int = 0) -> Json:
    """`tensor` is `torch.Tensor`."""
    if isinstance(value, tensor):
        return _tensor(value)
    if value is None or isinstance(value, bool | int):
        return value if type(value) in (bool, int, type(None)) else _unknown(value)
    if type(value) is float:
        return value if value - value == 0 else _unknown(value)
    if type(value) is str:
        return {"str": value} if len(value) <= _LONGEST else _unknown(value)
    if depth > _DEEPEST or not isinstance(value, list | tuple | dict) or len(value) > _MOST:
        return _unknown(value)
    return _container(value, tensor, depth + 1)


def _container(value: Any, tensor: type, depth: int) -> Json:
    if type(value) is list:
        return [described(each, tensor, depth) for each in value]
    if type(value) is tuple:
        return {"tuple": [described(each, tensor, depth) for each in value]}
    if type(value) is dict and all(type(key) is str for key in value):
        return {"dict": {key: described(each, tensor, depth) for key, each in value.items()}}
    return _unknown(value)


def _tensor(value: Any) -> Json:
    strided = str(value.layout) == "torch.strided" and not getattr(value, "is_nested", False)
    # A symbol is not asked for its value: the trace that it belongs to would take it for a constant.
    if not strided or any(type(size) is not int for size in value.shape):
        return _unknown(value)
    sizes = ", ".join(map(str, value.shape))
    return f"{str(value.dtype).removeprefix('torch.')}[{sizes}]"


def _unknown(value: Any) -> Json:
    kind = type(value)
    return {"unknown": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}


def is_constant(value: Any, depth: int = 0) -> bool:
    """Whether `repr(value)` is an expression that gives it again, wherever it is written."""
    if value is None or type(value) in (bool, int, str):
        return not isinstance(value, str) or len(value) <= _LONGEST
    if type(value) is float:
        return value - value == 0
    if depth > _DEEPEST or not isinstance(value, list | tuple | dict) or len(value) > _MOST:
        return False
    if type(value) is dict:
        return all(is_constant(each, depth + 1) for pair in value.items() for each in pair)
    return type(value) in (list, tuple) and all(is_constant(each, depth + 1) for each in value)
