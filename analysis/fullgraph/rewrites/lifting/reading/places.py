"""The first and the last place at which something holds: `(ids == eos).nonzero()[0]`.

How many places there are is up to the data, but each of the two is one number: `argmax` gives it, and whether
there is one is asked apart.
"""

from __future__ import annotations

import ast

from ....python.syntax.names import call_name, is_name, last_name, method_name
from ....python.syntax.precedence import owner as before_dot
from ...edit.naming import only_value
from ..scope import Scope
from ..value import Value
from .holding import is_written_later
from .sources import is_boolean


def first(scope: Scope, node: ast.Subscript) -> Value | None:
    """`found[0]`, `found[-1]` of `found = mask.nonzero().squeeze(1)`; without `squeeze` where it becomes a number."""
    index = ast.unparse(node.slice)
    is_flat = _is_flat(scope, node.value) or _is_number(scope, node)
    mask = asked(scope, node.value) if index in ("0", "-1") and is_flat else None
    if mask is None:
        return None
    scope.check(f"{mask.owner}.any()")
    text = f"{mask.owner}.long().argmax()"
    if index == "-1":
        text = f"{mask.owner}.shape[0] - 1 - {mask.owner}.flip(0).long().argmax()"
    return Value(text, "data", changed=True, roots=mask.roots, scalar=True)


def asked(scope: Scope, node: ast.expr) -> Value | None:
    """The truths whose places a value lists, if they are still what they were."""
    searched = _search(scope, node)
    if searched is None:
        return None
    tensor = searched.args[0] if searched.args else searched.func.value  # type: ignore[attr-defined]
    if is_written_later(scope, tensor, searched):
        return None
    value = scope.of(tensor)
    if value.kind != "data":
        return None
    if is_boolean(scope, tensor, value):
        return value
    return Value(f"({value.operand} != 0)", "data", changed=True, roots=value.roots, boolean=True)


def any_of(scope: Scope, node: ast.expr) -> str:
    """`mask.any()` where a size is of the places of a mask."""
    mask = asked(scope, node)
    return f"{before_dot(mask.text)}.any()" if mask is not None else ""


def _search(scope: Scope, node: ast.expr) -> ast.Call | None:
    if isinstance(node, ast.Name):
        value = only_value(scope.code, node)
        return _search(scope, value) if value is not None and not isinstance(value, ast.Name) else None
    if not isinstance(node, ast.Call) or node.keywords or not isinstance(node.func, ast.Attribute):
        return None
    if method_name(node) == "squeeze":
        return _search(scope, node.func.value)
    of_torch = is_name(node.func.value, scope.torch)
    searches = last_name(node) in ("nonzero", "argwhere") and len(node.args) == of_torch
    return node if searches else None


def _is_flat(scope: Scope, node: ast.expr) -> bool:
    """Whether the places are numbers, and no rows of them."""
    value = only_value(scope.code, node) if isinstance(node, ast.Name) else node
    if value is None or method_name(value) != "squeeze":
        return False
    return [ast.unparse(each) for each in value.args] in (["1"], ["-1"])  # type: ignore[attr-defined]


def _is_number(scope: Scope, node: ast.expr) -> bool:
    """Whether Python's number is made of it: of a row of two torch makes none."""
    up = scope.code.parents.get(node)
    if isinstance(up, ast.Call):
        return call_name(up) == "int"
    return isinstance(up, ast.Attribute) and up.attr == "item"
