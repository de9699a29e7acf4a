"""Matrices that cannot be inverted or factored: `torch.linalg.inv` raises, `torch.linalg.inv_ex` says so in a tensor.

In an exported program nothing catches what an operator raises, so the form that says it is the one to ask.
"""

from __future__ import annotations

import ast

from ....python.syntax.assignments import assigned_name
from ....python.syntax.names import call_name, last_name
from ..scope import Scope
from ..value import Value

_TELLING = {"inv": "inv_ex", "inverse": "inv_ex", "cholesky": "cholesky_ex", "solve": "solve_ex"}
_OLD = ("inverse", "cholesky")
"""The names that torch itself has beside those of `torch.linalg`."""

_RAISING = frozenset(
    {*_TELLING, "svd", "svdvals", "eig", "eigh", "eigvals", "eigvalsh", "pinv", "lstsq", "lu_solve", "item"}
    | {
        "multinomial",
        "bernoulli",
        "normal",
        "embedding",
        "one_hot",
        "gather",
        "scatter",
        "index_select",
        "take",
    }
)


def factored(scope: Scope, statement: ast.stmt) -> tuple[str, str, Value] | None:
    """The name that is given the result, the line that gives it, and whether there was one."""
    name, call = assigned_name(statement), getattr(statement, "value", None)
    if not name or not isinstance(statement, ast.Assign) or not isinstance(call, ast.Call):
        return None
    telling = _telling(scope, call)
    if telling is None:
        return None
    values = [scope.of(each) for each in call.args]
    if any(value.kind != "data" for value in values):
        return None
    said = [*(value.text for value in values), *(scope.code.flat(each) for each in call.keywords)]
    info = scope.fresh("info", "failed_at")
    line = f"{name}, {info} = {scope.torch}.linalg.{telling}({', '.join(said)})"
    return name, line, Value(f"({info} == 0).all()", "bool", changed=True, roots=frozenset({info}))


def _telling(scope: Scope, call: ast.Call) -> str | None:
    function, name = call_name(call.func), last_name(call)
    own = function == f"{scope.torch}.{name}" and name in _OLD
    if name not in _TELLING or not (own or function == f"{scope.torch}.linalg.{name}"):
        return None
    known = {"upper"} if name == "cholesky" else {"left"} if name == "solve" else set[str]()
    plain = len(call.args) == (2 if name == "solve" else 1) and all(k.arg in known for k in call.keywords)
    return _TELLING[name] if plain else None


def may_raise(node: ast.AST) -> bool:
    """Whether an operator in it raises for some data."""
    return any(isinstance(n, ast.Call) and last_name(n) in _RAISING for n in ast.walk(node))
