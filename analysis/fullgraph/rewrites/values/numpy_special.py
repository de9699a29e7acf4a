"""The functions of NumPy's that differ from torch's by more than names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...python.syntax.literals import is_number
from ...python.syntax.precedence import Binds, operand, owner
from .numpy_likes import NoLikeError, argument, needed

if TYPE_CHECKING:
    from .numpy_forms import Forms


def _limit(forms: Forms, node: ast.Call, name: str, limit: str) -> str:
    """`np.maximum(a, 1e-10)`: torch's maximum takes tensors alone."""
    if len(node.args) != 2 or node.keywords:
        raise NoLikeError
    first, second = node.args
    if forms.is_array(first) != forms.is_array(second) or is_number(second) or is_number(first):
        known = first if forms.is_array(first) or is_number(second) else second
        other = second if known is first else first
        return f"{forms.torch}.clamp({forms.of(known)}, {limit}={forms.of(other)})"
    return f"{forms.torch}.{name}({forms.of(first)}, {forms.of(second)})"


def _quantile(forms: Forms, node: ast.Call, name: str) -> str:
    """`np.median`, `np.percentile`: torch's median takes the lower of two."""
    q, axis_at = _asked_quantile(forms, node, name)
    more = list[str]()
    if (axis := argument(node, axis_at, "axis")) is not None:
        more.append(f"dim={forms.of(axis)}")
    for keyword in node.keywords:
        if keyword.arg in ("method", "interpolation"):
            more.append(f"interpolation={forms.of(keyword.value)}")
        elif keyword.arg == "keepdims":
            more.append(f"keepdim={forms.of(keyword.value)}")
        elif keyword.arg not in ("axis", "q"):
            raise NoLikeError
    if len(node.args) > axis_at + 1:
        raise NoLikeError
    function = "nanquantile" if name.startswith("nan") else "quantile"
    return f"{forms.torch}.{function}({', '.join([_in_full(forms, node), q, *more])})"


def _in_full(forms: Forms, node: ast.Call) -> str:
    """An array in the dtype that its quantiles have: several are floats of 64 bits."""
    text = forms.of(node.args[0])
    asked = argument(node, 1, "q")
    return f"{owner(text)}.double()" if isinstance(asked, (ast.List, ast.Tuple)) else text


def _asked_quantile(forms: Forms, node: ast.Call, name: str) -> tuple[str, int]:
    """Which quantile, between 0 and 1, and the place of the axis among the arguments."""
    if "median" in name:
        return "0.5", 1
    asked = needed(node, 1, "q")
    if isinstance(asked, (ast.List, ast.Tuple)):
        q = _as_entries(forms, node.args[0], asked)
    elif forms.is_array(asked):
        raise NoLikeError  # of a dtype that has to be the array's
    else:
        q = forms.of(asked)
    return (f"{operand(q, Binds.PRODUCT)} / 100" if "percentile" in name else q), 2


def _as_entries(forms: Forms, array: ast.expr, asked: ast.List | ast.Tuple) -> str:
    """Numbers as a tensor beside an array."""
    text = forms.of(array)
    if not all(map(is_number, asked.elts)) or any(isinstance(n, ast.BinOp) for n in ast.walk(array)):
        raise NoLikeError
    return f"{owner(text)}.new_tensor({forms.code.flat(asked)}, dtype={forms.torch}.float64)"


def _sort(forms: Forms, node: ast.Call, _: str) -> str:
    axis = argument(node, 1, "axis")
    if len(node.args) > 2 or any(k.arg != "axis" for k in node.keywords):
        raise NoLikeError
    dim = f", dim={forms.of(axis)}" if axis is not None else ""
    return f"{forms.torch}.sort({forms.of(node.args[0])}{dim}).values"


def _transpose(forms: Forms, node: ast.Call, _: str) -> str:
    axes = argument(node, 1, "axes")
    if axes is None:
        return f"{forms.owner(node.args[0])}.T"
    return f"{forms.torch}.permute({forms.of(node.args[0])}, {forms.of(axes)})"


def _flip(forms: Forms, node: ast.Call, _: str) -> str:
    axis = needed(node, 1, "axis")
    text = forms.of(axis)
    dims = text if isinstance(axis, (ast.Tuple, ast.List)) else f"({text},)"
    return f"{forms.torch}.flip({forms.of(node.args[0])}, {dims})"


def _pad(forms: Forms, node: ast.Call, _: str) -> str:
    """The pairs come last dimension first; constants alone, as torch's other modes want certain dimensions."""
    widths, mode = needed(node, 1, "pad_width"), argument(node, 2, "mode")
    value = next((k.value for k in node.keywords if k.arg == "constant_values"), None)
    if mode is not None and not (isinstance(mode, ast.Constant) and mode.value == "constant"):
        raise NoLikeError
    if any(k.arg not in ("mode", "constant_values", "pad_width") for k in node.keywords):
        raise NoLikeError
    pairs = list(widths.elts) if isinstance(widths, (ast.Tuple, ast.List)) else []
    if pairs and not any(isinstance(each, (ast.Tuple, ast.List)) for each in pairs):
        pairs = [widths]  # of the one dimension
    if not pairs or not all(
        isinstance(each, (ast.Tuple, ast.List)) and len(each.elts) == 2 for each in pairs
    ):
        raise NoLikeError
    flat = [forms.of(part) for pair in reversed(pairs) for part in pair.elts]  # type: ignore[attr-defined]
    said = f", value={forms.of(value)}" if value is not None else ""
    return f"{forms.torch}.nn.functional.pad({forms.of(node.args[0])}, ({', '.join(flat)}){said})"


def _digitize(forms: Forms, node: ast.Call, _: str) -> str:
    if len(node.args) != 2 or node.keywords:
        raise NoLikeError
    return f"{forms.torch}.bucketize({forms.of(node.args[0])}, {forms.of(node.args[1])}, right=True)"


def _einsum(forms: Forms, node: ast.Call, _: str) -> str:
    if node.keywords:
        raise NoLikeError
    return f"{forms.torch}.einsum({', '.join(map(forms.of, node.args))})"


def _ptp(forms: Forms, node: ast.Call, _: str) -> str:
    axis = argument(node, 1, "axis")
    dim = f", dim={forms.of(axis)}" if axis is not None else ""
    inner = forms.of(node.args[0])
    return f"({forms.torch}.amax({inner}{dim}) - {forms.torch}.amin({inner}{dim}))"


def _copied(forms: Forms, node: ast.Call, _: str) -> str:
    return f"{forms.owner(node.args[0])}.clone()"


FORMS: Mapping[str, Callable[[Forms, ast.Call, str], str]] = {
    "maximum": lambda forms, node, name: _limit(forms, node, name, "min"),
    "minimum": lambda forms, node, name: _limit(forms, node, name, "max"),
    **dict.fromkeys(
        ("median", "nanmedian", "percentile", "nanpercentile", "quantile", "nanquantile"), _quantile
    ),
    "sort": _sort,
    "transpose": _transpose,
    "flip": _flip,
    "pad": _pad,
    "digitize": _digitize,
    "einsum": _einsum,
    "ptp": _ptp,
    "copy": _copied,
}
