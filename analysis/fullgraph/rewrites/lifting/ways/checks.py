"""What raises where the data says so: `assert`, `raise` in an `if`, `torch.testing.assert_close`.

All become `torch._assert_async`, which the exported program keeps.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from ....python.syntax.names import last_name
from ....python.syntax.precedence import Binds, operand
from ...edit.lines import has_own_lines, put_above
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Value
from .branching import said

_TOLERANCES = ("rtol", "atol", "equal_nan")


def close(scope: Scope, call: ast.Call) -> Value | None:
    """What `torch.testing.assert_close(a, b)` asks."""
    if last_name(call) != "assert_close" or len(call.args) < 2:
        return None
    sides = [scope.of(arg) for arg in call.args[:2]]
    if not all(side.kind == "data" for side in sides):
        return None
    given = {keyword.arg: scope.code.flat(keyword.value) for keyword in call.keywords}
    # Its own tolerances for float32, which those of isclose are not.
    known = {"rtol": "1.3e-6", "atol": "1e-5", **{k: v for k, v in given.items() if k in _TOLERANCES}}
    texts = [side.text for side in sides] + [f"{name}={value}" for name, value in known.items()]
    return Value(f"{scope.torch}.isclose({', '.join(texts)}).all()", "bool", changed=True)


def checked(scope: Scope, node: ast.expr) -> Value:
    """What is asked for a check. A comparison of numbers can be checked as it is, so that they need be no tensors.

    Not where export was seen to ask for it: a number that is kept would be asked for again.
    """
    if scope.is_asked(node):
        return truth(scope, node)
    value = scope.of(node) if isinstance(node, ast.Compare) and len(node.ops) == 1 else truth(scope, node)
    if value.kind == "bool":
        return replace(value, kind="static") if scope.is_kept(value) else value
    return truth(scope, node)


def asserted(scope: Scope, node: ast.stmt, test: Value, message: ast.expr | None) -> None:
    """Puts a check in place of a statement that raises where the test does not hold."""
    if scope.catching or not has_own_lines(scope.code, node):
        raise CannotLiftError
    parts = [test.text, *([text] if (text := said(scope, message)) else [])]
    scope.write(scope.code.replaced(node, f"{scope.torch}._assert_async({', '.join(parts)})"))


def whole_numbers(scope: Scope, node: ast.Assign) -> None:
    """Puts a check above an assignment for what it makes whole numbers of, which raises where Python does.

    Not where the function has returned by then, nor of what is computed in some cases alone.
    """
    if any(isinstance(each, _SOMETIMES) for each in ast.walk(node.value)):
        return
    if scope.finite and scope.catching:
        raise CannotLiftError
    if scope.finite and scope.catching:
        raise CannotLiftError  # nothing catches it in an exported program
    over = [operand(each.test, Binds.BIT_OR) for each in scope.exits]
    for text in dict.fromkeys(scope.finite):
        test = " | ".join([*over, f"{scope.torch}.isfinite({text})"])
        line = f'{scope.torch}._assert_async({test}, "no whole number is near to it")'
        scope.write(put_above(scope.code, node, line))


_SOMETIMES = (ast.IfExp, ast.BoolOp, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Lambda)
