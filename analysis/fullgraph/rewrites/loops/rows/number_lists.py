"""Lists of numbers that a tensor is made into, to be gone through: `lengths = mask.sum(1).tolist()`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....model import Edit
from ....python.syntax.assignments import assigned_name, assignments_to
from ....python.syntax.names import is_name, names_in
from ...edit.module import Code


def starts(code: Code, node: ast.expr) -> Iterator[ast.expr]:
    """Where to look for a loop around an expression: there, and where the list that it is put into is gone through.

    `lengths = mask.sum(1).tolist()` is what is found, and `for n in lengths` what is to be rewritten.
    """
    yield node
    name = assigned_name(code.statement_of(node))
    if name:
        headers = (n for n in ast.walk(code.scope_of(node)) if isinstance(n, (ast.For, ast.comprehension)))
        yield from (each.iter for each in headers if name in names_in(each.iter))


def tensor_behind(code: Code, loop: ast.AST, over: str) -> tuple[str, Edit | None]:
    """The tensor behind a list of numbers, `mask.sum(1)` of `lengths = mask.sum(1).tolist()`.

    Where nothing but the loop needs the list, the name becomes the tensor's.
    """
    scope = code.scope_of(loop)
    given = [each.value for each in assignments_to(over, [scope])] if over.isidentifier() else []
    value = given[0] if len(given) == 1 else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return over, None
    if value.func.attr != "tolist":
        return over, None
    uses = [n for n in ast.walk(scope) if is_name(n, over) and isinstance(n.ctx, ast.Load)]
    inside = set(ast.walk(loop))
    if all(use in inside for use in uses):
        return over, code.replaced(value, code.flat(value.func.value))
    return code.flat(value.func.value), None
