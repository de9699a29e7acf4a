"""Whether the round of a loop does nothing where a mask has nothing at its place.

The rule: what the mask picks there are no places. A round may make new values of them, and write or add at them.
It hands nothing else on, neither to the next round nor to what stands below.
"""

from __future__ import annotations

import ast

from ...python.binding.liveness import carried
from ...python.binding.usage import Use
from ...python.syntax.literals import is_number, is_zero
from ...python.syntax.names import is_name, last_name, method_name
from ..edit.module import Code

_ADDS = frozenset({"index_add_", "index_copy_", "index_fill_", "index_add", "index_copy", "index_fill"})


def are_idle(code: Code, loop: ast.For, place: str, mask: str) -> bool:
    """Whether the round for a place does nothing where the mask's row has nothing."""
    use = Use.seen_in(loop.body)
    if use.strange or place in use.written or mask in (*use.binds, *use.written):
        return False
    handed = {name for name in carried(code, loop, use) if name != place}
    none: set[str] = set()
    return all(_is_idle(statement, (place, mask), handed, none) for statement in loop.body)


def _is_idle(statement: ast.stmt, at: tuple[str, str], handed: set[str], none: set[str]) -> bool:
    """`handed` are the names that go on to other rounds, `none` those of no places so far: it is added to."""
    if isinstance(statement, ast.If):
        # A round that is left does nothing more.
        return not statement.orelse and [*map(type, statement.body)] == [ast.Continue]
    if isinstance(statement, ast.Expr):
        return _adds_nothing(statement.value, none) or _is_own(statement.value, handed)
    if isinstance(statement, ast.AugAssign):
        return _is_target(statement.target, handed, none)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Subscript):
        return _is_target(target, handed, none)
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    bound = {each.id for each in names if isinstance(each, ast.Name)}
    if len(bound) != len(names):
        return False
    if bound & handed:
        return len(bound) == 1 and _adds_nothing(value, none) and is_name(_owner(value), next(iter(bound)))
    (none.update if _picks_none(value, at, none) else none.difference_update)(bound)
    return True


def _adds_nothing(node: ast.expr, none: set[str]) -> bool:
    """`out.index_add_(0, rows, …)`, where there are no rows."""
    if not isinstance(node, ast.Call) or method_name(node) not in _ADDS or len(node.args) < 2:
        return False
    return isinstance(node.args[1], ast.Name) and node.args[1].id in none


def _owner(node: ast.expr) -> ast.expr | None:
    return node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None


def _is_own(node: ast.expr, handed: set[str]) -> bool:
    """`part.mul_(2)`: what is written in place is the round's own, or there is nothing written at all."""
    owner = _owner(node)
    alone = isinstance(owner, ast.Name) and owner.id not in handed and method_name(node).endswith("_")
    return isinstance(node, ast.Constant) or alone


def _is_target(target: ast.expr, handed: set[str], none: set[str]) -> bool:
    if isinstance(target, ast.Name):
        return target.id not in handed
    if not isinstance(target, ast.Subscript):
        return False
    index = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    return any(isinstance(each, ast.Name) and each.id in none for each in index)


def _picks_none(value: ast.expr, at: tuple[str, str], none: set[str]) -> bool:
    """Whether a value is the places of a mask's row, or what these pick of other places: none where it has none."""
    if isinstance(value, ast.Subscript):
        if isinstance(value.slice, ast.Name) and value.slice.id in none:
            return isinstance(value.value, ast.Name)
        return is_number(value.slice) and _is_tuple(value.value) and _picks_none(value.value, at, none)
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Compare) and _is_row(value, at)
    name = last_name(value)
    owner = _owner(value)
    if name in ("where", "nonzero"):
        return _is_row(value.args[0] if value.args else owner, at) and len(value.args) < 2
    if name == "bool":
        return _is_row(value, at)
    return (
        name in ("squeeze", "flatten", "view", "reshape")
        and owner is not None
        and _picks_none(owner, at, none)
    )


def _is_tuple(node: ast.expr) -> bool:
    """Whether it is the places by dimension: `torch.where(m)`, `m.nonzero(as_tuple=True)`."""
    as_tuple = isinstance(node, ast.Call) and any(each.arg == "as_tuple" for each in node.keywords)
    return as_tuple or last_name(node) == "where"


def _is_row(node: ast.expr | None, at: tuple[str, str]) -> bool:
    """`mask[i]`, `mask[i].squeeze(0)`, `mask[i] > 0`, `mask[i].bool()`."""
    place, mask = at
    if isinstance(node, ast.Compare):
        positive = isinstance(node.ops[0], (ast.Gt, ast.NotEq)) and is_zero(node.comparators[0])
        one = isinstance(node.ops[0], ast.Eq) and ast.unparse(node.comparators[0]) in ("1", "True")
        return len(node.ops) == 1 and (positive or one) and _is_row(node.left, at)
    if method_name(node or ast.Constant(None)) in ("squeeze", "bool", "to", "long"):
        return node is not None and _is_row(_owner(node), at)
    return isinstance(node, ast.Subscript) and is_name(node.value, mask) and _is_place(node.slice, place)


def _is_place(index: ast.expr, place: str) -> bool:
    """`i`, `i.item()`, `int(i)`."""
    if isinstance(index, ast.Call) and method_name(index) == "item" and not index.args:
        return is_name(_owner(index), place)
    if isinstance(index, ast.Call) and is_name(index.func, "int") and len(index.args) == 1:
        return is_name(index.args[0], place)
    return is_name(index, place)
