"""What a loop goes on from, where it becomes a function: the first values of the names it carries."""

from __future__ import annotations

import ast

from ...model import Edit
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import call_name
from ...python.syntax.statements import Function, Loop
from ...python.syntax.tree import start
from ..edit.module import Code


def start_as_tensor(code: Code, function: Function, loop: Loop, torch: str, name: str) -> Edit | None:
    """A number that the loop goes on from, as a tensor: `i = 0` above the loop."""
    given = [each for each in assignments_to(name, [function]) if start(each) < start(loop)]
    value = given[-1].value if given else None
    number = value.operand if isinstance(value, ast.UnaryOp) else value
    endless = isinstance(value, ast.Call) and call_name(value) == "float"
    if value is None or not (isinstance(number, ast.Constant) or endless):
        return None
    return code.replaced(value, f"{torch}.tensor({code.text(value)})")
