"""NumPy arrays of tensors, left as tensors: `t.detach().cpu().numpy()`, and the functions that are asked of it.

An array that goes where torch has no like is not lifted, nor is anything with it.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from ....python.syntax.names import call_name, last_name, method_name
from ...values.numpy_likes import FUNCTIONS, METHODS, SAME_METHODS
from ..scope import Scope
from ..value import CannotLiftError, Value
from .sources import is_boolean, is_scalar

_REDUCTIONS = frozenset({"max", "min", "all", "any"})
"""What gives one number of a whole array, where no axis is said."""


def array(scope: Scope, node: ast.Call) -> Value | None:
    """`t.numpy()` is the tensor, `np.abs(a)` torch's of it."""
    if method_name(node) == "numpy" and not node.args:
        return _tensor(scope, node)
    name = last_name(node)
    if call_name(node.func) not in (f"np.{name}", f"numpy.{name}"):
        return None
    values = [scope.of(arg) for arg in node.args]
    if not any(value.kind == "data" for value in values):
        return None
    like = FUNCTIONS.get(name)
    if (
        like is None
        or node.keywords
        or not like.takes(len(values))
        or (name in _REDUCTIONS and len(values) > 1)
    ):
        raise CannotLiftError
    known = name if name in _REDUCTIONS else like.name
    text = f"{scope.torch}.{known}({', '.join(value.plain for value in values)})"
    called = ast.parse(text, mode="eval").body
    whole = Value(text, "data", True, frozenset().union(*(value.roots for value in values)), array=True)
    return replace(whole, boolean=is_boolean(scope, node, whole), scalar=is_scalar(called))


def _tensor(scope: Scope, node: ast.Call) -> Value | None:
    assert isinstance(node.func, ast.Attribute)
    tensor = node.func.value
    while method_name(tensor) == "cpu":
        tensor = tensor.func.value  # type: ignore[attr-defined]
    inner = scope.of(tensor)
    return replace(inner, changed=True, array=True) if inner.kind == "data" else None


def method(scope: Scope, node: ast.Call) -> Value | None:
    """`a.std()` of an array: NumPy divides by another number."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr in ("item", "tolist", "numpy"):
        return None
    inner = scope.of(node.func.value)
    if not inner.array:
        return None
    name = node.func.attr
    if name in SAME_METHODS:
        return scope.composed(node)
    like = METHODS.get(name)
    if like is None or node.args or node.keywords:
        raise CannotLiftError
    text = f"{inner.owner}.{like.name}({', '.join(f'{word}={value}' for word, value in like.given)})"
    called = ast.parse(text, mode="eval").body
    whole = Value(text, "data", True, inner.roots, cheap=inner.cheap, array=True)
    return replace(whole, boolean=is_boolean(scope, node, whole), scalar=is_scalar(called))
