"""Values as text: `float32[batch, seq, 64]` in full, `f32[batch, seq, 64]` where there is little room."""

from __future__ import annotations

from collections.abc import Mapping

from fullgraph.model import Tensor, Value

_SHORT: Mapping[str, str] = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "complex64": "c64",
    "complex128": "c128",
    "int64": "i64",
    "int32": "i32",
    "int16": "i16",
    "int8": "i8",
    "uint8": "u8",
}


def long_form(value: Value | Tensor) -> str:
    return _form(value, value.dtype)


def short_form(value: Value | Tensor) -> str:
    return _form(value, _SHORT.get(value.dtype, value.dtype))


def _form(value: Value | Tensor, dtype: str) -> str:
    if value.shape is not None and (
        isinstance(value, Value) or value.shape or dtype not in ("int", "float", "bool")
    ):
        return f"{dtype}[{', '.join(map(str, value.shape))}]"
    said = value.expression if isinstance(value, Value) else ""
    return f"{dtype} = {said}" if said else dtype
