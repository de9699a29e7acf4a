"""Numbers that are near to each other: `np.isclose(a, b)`, `math.isclose(a, b)`, of what is lifted.

Both reckon with Python's floats, which are float64.
"""

from __future__ import annotations

import ast

from ....python.syntax.names import call_name
from ..scope import Scope
from ..value import CannotLiftError, Value

_OF_NUMPY = ("np.isclose", "numpy.isclose")
_OF_PYTHON = ("math.isclose",)


def near(scope: Scope, call: ast.Call) -> Value | None:
    """Whether two numbers are near, of which one is lifted."""
    function = call_name(call.func)
    if function not in (*_OF_NUMPY, *_OF_PYTHON) or len(call.args) < 2:
        return None
    values = [scope.of(each) for each in call.args[:2]]
    if not any(value.is_lifted for value in values):
        return None
    if any(isinstance(each, ast.Starred) for each in call.args):
        raise CannotLiftError
    scope.demand(*values)
    sides = [_double(scope, value) for value in values]
    given = {each.arg or "": scope.code.flat(each.value) for each in call.keywords}
    form = _as_numpy if function in _OF_NUMPY else _as_python
    text = form(scope.torch, sides, [scope.code.flat(each) for each in call.args[2:]], given)
    roots, cheap = values[0].roots | values[1].roots, values[0].cheap and values[1].cheap
    return Value(text, "bool", changed=True, roots=roots, exact=True, cheap=cheap)


def _double(scope: Scope, value: Value) -> str:
    if value.is_lifted:
        return f"{value.detached.owner}.double()"
    if not value.python:
        raise CannotLiftError
    return f"{scope.torch}.tensor({value.text}, dtype={scope.torch}.float64)"


def _as_numpy(torch: str, sides: list[str], rest: list[str], given: dict[str, str]) -> str:
    if not given.keys() <= {"rtol", "atol", "equal_nan"}:
        raise CannotLiftError
    said = [*sides, *rest, *(f"{name}={text}" for name, text in given.items())]
    return f"{torch}.isclose({', '.join(said)})"


def _as_python(torch: str, sides: list[str], rest: list[str], given: dict[str, str]) -> str:
    """Of the larger of the two, and never of what is infinite."""
    if rest or not given.keys() <= {"rel_tol", "abs_tol"}:
        raise CannotLiftError
    a, b = sides
    apart, largest = f"({a} - {b}).abs()", f"{torch}.maximum({a}.abs(), {b}.abs())"
    allowed = f"({given.get('rel_tol', '1e-09')} * {largest}).clamp(min={given.get('abs_tol', '0.0')})"
    return f"({a} == {b}) | (({apart} <= {allowed}) & {torch}.isfinite({a} - {b}))"
