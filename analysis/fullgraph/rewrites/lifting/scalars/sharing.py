"""Whether tensors share their memory: `a.data_ptr() == b.data_ptr()`.

There is no address during export, but that one tensor is a view of another is known.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....python.syntax.assignments import assigned_name
from ....python.syntax.names import method_name
from ..placing import put
from ..reading.holding import still_holds
from ..scope import Scope
from ..value import CannotLiftError, Value

_STORAGES = ("storage", "untyped_storage")


@dataclass(frozen=True)
class _Address:
    """The address of a tensor's first element, or of its storage."""

    tensor: str
    of_storage: bool


def compared(scope: Scope, node: ast.Compare) -> Value | None:
    """Two addresses that are compared: by what is a view of what."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return None
    one, other = _address(scope, node.left), _address(scope, node.comparators[0])
    if one is None or other is None or one.of_storage != other.of_storage:
        if any(isinstance(n, ast.Name) and n.id in scope.addresses for n in (node.left, *node.comparators)):
            raise CannotLiftError
        return None
    text = f"{scope.torch}._C._is_alias_of({one.tensor}, {other.tensor})"
    if not one.of_storage:
        first, second = (f"{each.tensor}.storage_offset() * {each.tensor}.itemsize" for each in (one, other))
        text = f"({text} and {first} == {second})"
    text = text if isinstance(node.ops[0], ast.Eq) else f"(not {text})"
    return Value(text, "static", changed=True, python="bool")


def begun(scope: Scope, node: ast.Assign) -> bool:
    """Whether `p = x.data_ptr()` went, as each comparison of `p` names the tensor itself."""
    name, address = assigned_name(node), _taken(scope, node.value)
    if not name or address is None or not _is_only_compared(scope, name):
        return False
    if scope.loops or not still_holds(scope, Value(address.tensor), node):
        raise CannotLiftError
    scope.addresses[name] = node.value
    put(scope, node, [])
    return True


def _address(scope: Scope, node: ast.expr) -> _Address | None:
    if isinstance(node, ast.Name) and node.id in scope.addresses:
        node = scope.addresses[node.id]
    address = _taken(scope, node)
    owner = scope.names.get(address.tensor) if address is not None else None
    return address if owner is None or owner.kind == "data" else None


def _taken(scope: Scope, node: ast.expr) -> _Address | None:
    """What `x.data_ptr()` and `x.storage().data_ptr()` are the address of."""
    if method_name(node) != "data_ptr" or node.args:  # type: ignore[attr-defined]
        return None
    owner = node.func.value  # type: ignore[attr-defined]
    of_storage = method_name(owner) in _STORAGES
    tensor = owner.func.value if of_storage else owner
    plain = isinstance(tensor, ast.Name) or ast.unparse(tensor).startswith("self.")
    if not plain or any(isinstance(n, ast.Call) for n in ast.walk(tensor)):
        return None
    return _Address(scope.code.flat(tensor), of_storage)


def _is_only_compared(scope: Scope, name: str) -> bool:
    """Whether a name is bound once, and each time it is read an address is compared with it."""
    named = [n for n in ast.walk(scope.function) if isinstance(n, ast.Name) and n.id == name]
    reads = [n for n in named if isinstance(n.ctx, ast.Load)]
    return len(named) == len(reads) + 1 and all(_is_compared(scope, each) for each in reads)


def _is_compared(scope: Scope, node: ast.Name) -> bool:
    up = scope.code.parents[node]
    if not isinstance(up, ast.Compare) or len(up.ops) != 1 or not isinstance(up.ops[0], ast.Eq | ast.NotEq):
        return False
    other = up.comparators[0] if up.left is node else up.left
    known = isinstance(other, ast.Name) and other.id in scope.addresses
    later = isinstance(other, ast.Name) and any(
        assigned_name(n) == other.id and _taken(scope, n.value) is not None
        for n in ast.walk(scope.function)
        if isinstance(n, ast.Assign)
    )
    return known or later or _taken(scope, other) is not None
