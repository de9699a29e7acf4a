"""Sizes that depend on the data: `torch.unique(x).numel()`, `x[x > 0].shape[0]`, `len(found)`.

During export such a size is a symbol, which Python can go on with but not ask. As a tensor it can be compared
and chosen by. Python divides whole numbers with the digits of a float64, and so do these tensors.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from ....python.syntax.names import call_name, last_name, method_name
from ..scope import Scope
from ..value import Value
from . import places

_SIZED = frozenset({"unique", "unique_consecutive", "nonzero", "argwhere", "masked_select"})


def is_sized(call: ast.Call) -> bool:
    """Whether the data says how many rows a call gives."""
    name = last_name(call)
    return name in _SIZED or (name == "where" and len(call.args) == 1 and not call.keywords)


def count(scope: Scope, node: ast.expr) -> Value | None:
    """How many rows or elements there are of what the data sizes; as the text has it where nothing asks."""
    tensor = _measured(node)
    inner = scope.of(tensor) if tensor is not None else None
    if inner is None or tensor is None or inner.kind != "data" or not inner.sized:
        return None
    placed = {tensor: scope.placed(tensor, inner.text)} if inner.changed else {}
    source = scope.code.flat_with(node, placed)
    is_len = isinstance(node, ast.Call) and call_name(node.func) == "len"
    size = f"{inner.owner}.shape[0]" if is_len else source
    return Value(
        f"{scope.torch}.tensor({size})",
        "int",
        changed=True,
        source=source,
        exact=True,
        counted=True,
        any_of=places.any_of(scope, tensor),
        cheap=inner.cheap,
    )


def _measured(node: ast.expr) -> ast.expr | None:
    """What a number of rows or elements is asked of."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        return node.value.value if node.value.attr == "shape" and _is_zero(node.slice) else None
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    if call_name(node.func) == "len":
        return node.args[0] if len(node.args) == 1 else None
    elements = method_name(node) in ("numel", "nelement") and not node.args
    rows = method_name(node) == "size" and len(node.args) == 1 and _is_zero(node.args[0])
    return node.func.value if elements or rows else None  # type: ignore[attr-defined]


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


# -- with the digits that Python has -----------------------------------------------------------------


def meets_fraction(values: Sequence[Value]) -> bool:
    """Whether what is made of sizes is computed with what may be a float."""
    return any(value.kind == "float" or value.may_have_fraction for value in values)


def widened(values: Sequence[Value]) -> list[Value]:
    """Values of which those that are made of sizes are float64."""
    return [replace(value, text=value.wide) for value in values]
