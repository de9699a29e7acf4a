"""Parts that a branch appends only where they have rows, to a list that is only joined: without rows they add none."""

from __future__ import annotations

import ast

from ...python.syntax.literals import is_zero
from ...python.syntax.names import is_name, last_name
from ..edit.module import Code


def is_idle_part(code: Code, branch: ast.If) -> bool:
    """`if part.shape[0] > 0: parts.append(f(part))`, where the parts are for `torch.cat` along the rows alone.

    What a layer makes of no rows are no rows; what it reduces them to (`f(part).mean(0)`) is one.
    """
    statement = branch.body[0]
    call = statement.value if isinstance(statement, ast.Expr) else None
    if len(branch.body) != 1 or not isinstance(call, ast.Call) or last_name(call) != "append":
        return False
    added = call.args[0] if len(call.args) == 1 else None
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(added, ast.Call) or len(added.args) != 1 or not isinstance(owner, ast.Name):
        return False
    return _has_rows(code, branch.test, added.args[0]) and _is_joined(code, branch, owner.id)


def _has_rows(code: Code, test: ast.expr, part: ast.expr) -> bool:
    """`part.shape[0] > 0`, `len(part)`; of `x[start:end]` also `end > start`, and `n > 0` of `x[start : start + n]`."""
    left, right = test, None
    if isinstance(test, ast.Compare):
        if len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Gt, ast.NotEq)):
            return False
        left, right = test.left, test.comparators[0]
    cut = part.slice if isinstance(part, ast.Subscript) else None
    if isinstance(cut, ast.Slice) and cut.lower is not None and cut.upper is not None and cut.step is None:
        edges = [code.flat(cut.lower), code.flat(cut.upper)]
        if right is not None and [code.flat(right), code.flat(left)] == edges:
            return True
        grown = {f"{edges[0]} + {code.flat(left)}", f"{code.flat(left)} + {edges[0]}"}
        return (right is None or is_zero(right)) and edges[1] in grown
    rows = {f"{code.flat(part)}.{size}" for size in ("shape[0]", "size(0)", "numel()")} | {
        f"len({code.flat(part)})"
    }
    return (right is None or is_zero(right)) and code.flat(left) in rows


def _is_joined(code: Code, branch: ast.If, parts: str) -> bool:
    """Whether a list is only made, appended to, and joined along the rows."""
    uses = [node for node in ast.walk(code.scope_of(branch)) if is_name(node, parts)]
    return bool(uses) and all(_only_joins(code.parents.get(use), use) for use in uses)


def _only_joins(around: ast.AST | None, use: ast.Name) -> bool:
    if isinstance(around, ast.Assign):
        return isinstance(around.value, ast.List) and not around.value.elts
    if isinstance(around, ast.Attribute):
        return around.attr == "append"
    if (
        not isinstance(around, ast.Call)
        or around.args[:1] != [use]
        or last_name(around) not in ("cat", "concat")
    ):
        return False
    dims = [*around.args[1:], *(each.value for each in around.keywords)]
    return all(is_zero(dim) for dim in dims)
