"""The one call of what an expression gives: at once, `parts[k](x)`, or by a name, `part = parts[k]; part(x)`."""

from __future__ import annotations

import ast

from ...model import Edit
from .lines import take_out
from .module import Code


def single_call(code: Code, node: ast.expr) -> ast.Call | None:
    """The call of a function that an expression gives, where nothing else is done with it."""
    around = code.parents.get(node)
    if isinstance(around, ast.Call) and around.func is node:
        return around
    name, scope = _name_of(code, node), code.scope_of(node)
    uses = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == name] if name else []
    call = code.parents.get(uses[1]) if len(uses) == 2 else None
    return call if isinstance(call, ast.Call) and call.func is uses[1] else None


def without_name(code: Code, node: ast.expr, call: ast.Call) -> tuple[Edit, ...] | None:
    """Takes the line out that gives the function its name; None where it cannot be taken out."""
    if code.parents.get(node) is call:
        return ()
    statement = code.statement_of(node)
    edit = take_out(code, statement) if statement is not None else None
    return (edit,) if edit is not None else None


def given_to(code: Code, call: ast.Call) -> list[str]:
    """The texts of a call's arguments."""
    return [*map(code.flat, call.args), *map(code.flat, call.keywords)]


def _name_of(code: Code, node: ast.expr) -> str:
    statement = code.parents.get(node)
    targets = statement.targets if isinstance(statement, ast.Assign) and statement.value is node else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
