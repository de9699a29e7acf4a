"""Numbers of a loop as tensors: what it goes on from, and what counts its rounds."""

from __future__ import annotations

import ast

from ...model import Edit
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import call_name
from ...python.syntax.statements import Function, Loop
from ...python.syntax.tree import start
from ..edit.module import Code


def given_above(code: Code, loop: Loop, name: str) -> list[ast.expr]:
    """The values that a name is given above a loop, in the order of the text where they stand in one block."""
    given = assignments_to(name, [code.scope_of(loop)])
    return [each.value for each in given if start(each) < start(loop)]


def start_as_tensor(code: Code, loop: Loop, torch: str, name: str) -> Edit | None:
    """A number that the loop goes on from, as a tensor: `i = 0` above the loop."""
    given = given_above(code, loop, name)
    value = given[-1] if given else None
    number = value.operand if isinstance(value, ast.UnaryOp) else value
    endless = isinstance(value, ast.Call) and call_name(value) == "float"
    if value is None or not (isinstance(number, ast.Constant) or endless):
        return None
    return code.replaced(value, f"{torch}.tensor({code.text(value)})")


def tensor_behind_number(code: Code, function: Function, value: ast.expr) -> str | None:
    """The tensor that a number was read from: `n` of `n.item()`, of `int(n)`, or of a name that has it."""
    if isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and value.func.attr == "item":
            return code.flat(value.func.value)
        return code.flat(value.args[0]) if call_name(value) == "int" and len(value.args) == 1 else None
    if not isinstance(value, ast.Name):
        return None
    given = [each.value for each in assignments_to(value.id, [function])]
    if len(given) == 1 and isinstance(given[0], ast.Call):
        return tensor_behind_number(code, function, given[0])
    return None
