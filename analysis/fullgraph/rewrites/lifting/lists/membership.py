"""What Python asks of a list of verdicts: `False in flags`, `flags.count(True)`, `flags.index(False)`."""

from __future__ import annotations

import ast

from ....python.syntax.names import method_name
from ....python.syntax.precedence import owner as before_dot
from ...edit.module import Code
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted
from .containers import stacked


def held(scope: Scope, node: ast.Compare) -> Value | None:
    """`False in flags`, `True not in flags`: whether all, or any, of them are."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
        return None
    flags, wanted = scope.of(node.comparators[0]), _truth(node.left)
    if flags.joined and wanted is None:
        return _held_number(scope, node, flags)
    if not flags.holds_lifted:
        return None
    if wanted is None or not _are_truths(flags):
        raise CannotLiftError
    scope.demand(flags)
    whole = f"{before_dot(stacked(scope, node.comparators[0], flags))}.{'any' if wanted else 'all'}()"
    same = wanted is isinstance(node.ops[0], ast.In)
    return Value(whole if same else inverted(whole), "bool", changed=True, roots=flags.roots)


def _held_number(scope: Scope, node: ast.Compare, numbers: Value) -> Value:
    wanted = scope.of(node.left)
    if not wanted.is_lifted and wanted.python == "":
        raise CannotLiftError
    scope.demand(numbers, wanted)
    text = f"({numbers.operand} == {wanted.detached.operand}).any()"
    whole = text if isinstance(node.ops[0], ast.In) else inverted(text)
    return Value(whole, "bool", changed=True, roots=numbers.roots | wanted.roots)


def numbered(scope: Scope, call: ast.Call) -> Value | None:
    """`flags.count(True)`; `flags.index(False)` where the text asked whether there is one."""
    name = method_name(call)
    if name not in ("count", "index") or len(call.args) != 1 or call.keywords:
        return None
    owner = call.func.value  # type: ignore[attr-defined]
    flags, wanted = scope.of(owner), _truth(call.args[0])
    if not flags.holds_lifted:
        return None
    if wanted is None or not _are_truths(flags) or (name == "index" and not _is_there(scope.code, call)):
        raise CannotLiftError
    scope.demand(flags)
    whole = before_dot(stacked(scope, owner, flags))
    if name == "count":
        text = f"{whole}.sum()" if wanted else f"({inverted(whole)}).sum()"
    else:
        text = f"{whole}.long().{'argmax' if wanted else 'argmin'}()"
    return Value(text, "int", changed=True, roots=flags.roots, exact=True)


def _truth(node: ast.expr) -> bool | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def _are_truths(flags: Value) -> bool:
    return bool(flags.parts) and all("bool" in (part.kind, part.python) for part in flags.parts)


def _is_there(code: Code, call: ast.Call) -> bool:
    """Whether a place is asked for only where it was found: `flags.index(True) if True in flags else -1`."""
    parent = code.parents.get(call)
    if not isinstance(parent, ast.IfExp) or not isinstance(parent.test, ast.Compare):
        return False
    asked = parent.test
    same = ast.unparse(asked.left) == ast.unparse(call.args[0])
    same &= ast.unparse(asked.comparators[-1]) == ast.unparse(call.func.value)  # type: ignore[attr-defined]
    way = {ast.In: parent.body, ast.NotIn: parent.orelse}.get(type(asked.ops[0]))
    return same and len(asked.ops) == 1 and way is call
