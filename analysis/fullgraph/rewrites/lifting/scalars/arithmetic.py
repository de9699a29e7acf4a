"""Arithmetic of numbers that stay in their tensors, and Python's functions of numbers.

A bool counts as an int, as it does in Python: torch would join two of them by `or`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from ....python.syntax.names import call_name, names_in
from ....python.syntax.operators import BINARY
from ....python.syntax.precedence import operand, owner
from ..reading import sizes
from ..scope import Scope
from ..value import CannotLiftError, Kind, Value, wider

_MATH = {
    **{
        each: each
        for each in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "tanh", "log1p", "expm1")
    },
    "fabs": "abs",
    "isnan": "isnan",
    "isinf": "isinf",
    "isfinite": "isfinite",
    "atan": "atan",
    "pow": "pow",
}
_TRUTHS = ("isnan", "isinf", "isfinite")
_WHOLE = ("floor", "ceil", "trunc")
_LONG = 30  # a text of so many characters is not written twice
_CLAMPS = {"max": "min", "min": "max"}


def binary(scope: Scope, node: ast.expr) -> Value:
    """`a + b`."""
    assert isinstance(node, ast.BinOp)
    left, right = scope.of(node.left), scope.of(node.right)
    if isinstance(node.op, ast.Add) and left.kind == right.kind == "parts":
        whole = scope.with_parts(node, [(node.left, left), (node.right, right)])
        return replace(whole, kind="parts", parts=(*left.parts, *right.parts), listed=left.listed)
    if "text" in (left.kind, right.kind) or _is_string(node.left) or _is_string(node.right):
        whole = scope.composed(node)
        shows = any(side.asks_data or side.holds_lifted or side.holds_text for side in (left, right))
        return Value(scope.code.flat(node), "text", roots=whole.roots) if shows else whole
    if not left.is_lifted and not right.is_lifted:
        return _of_tensors(scope, node, left, right)
    if "data" in (left.kind, right.kind):
        if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
            scope.demand(left, right)  # a tensor of truth and a truth that Python has: torch asks for it
        return replace(scope.composed(node, tensors=True), kind="data")
    whole = combined(node.op, left, right)
    if isinstance(node.op, ast.FloorDiv | ast.Mod):
        scope.rounds_off(whole)
    kept = all(scope.is_kept(side) or not side.is_lifted for side in (left, right))
    return replace(
        whole, source=scope.composed(node).text if kept and "bool" not in (left.kind, right.kind) else ""
    )


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def combined(op: ast.operator, left: Value, right: Value) -> Value:
    """What an operator gives of two numbers."""
    truths = isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and left.type == right.type == "bool"
    kind: Kind = "float" if isinstance(op, ast.Div) else wider(left.type, right.type, "int")
    both = [left.detached, right.detached]
    if isinstance(op, ast.Div) or sizes.meets_fraction(both):
        both = sizes.widened(both)
    sides = [operand(side.text) if truths else _number(side) for side in both]
    text = f"{sides[0]} {BINARY[type(op)]} {sides[1]}"
    roots, cheap = left.roots | right.roots, left.cheap and right.cheap
    counted = left.counted or right.counted
    whole = Value(text, "bool" if truths else kind, changed=True, roots=roots, cheap=cheap, counted=counted)
    fraction = not truths and _is_float(kind, left, right)
    written = fraction and (left.written or right.written)
    return replace(whole, computed=fraction, fraction=fraction, written=written)


def _is_float(kind: Kind, *values: Value) -> bool:
    """Whether what is made of numbers is a float, as the trace has seen it where the text does not say so."""
    return kind == "float" or (kind == "number" and any(value.fraction for value in values))


def _number(value: Value) -> str:
    return value.number if value.is_lifted else operand(value.text)


def _of_tensors(scope: Scope, node: ast.BinOp, left: Value, right: Value) -> Value:
    whole = scope.with_parts(node, [(node.left, left), (node.right, right)])
    if whole.kind == "static":
        known = left.python and right.python
        python = wider(left.python or "int", right.python or "int", "int") if known else ""
        return replace(whole, python="float" if known and isinstance(node.op, ast.Div) else python)  # type: ignore[arg-type]
    truths = isinstance(node.op, ast.BitAnd | ast.BitOr) and left.boolean and right.boolean
    scalar = all(side.scalar or side.kind == "static" for side in (left, right))
    return replace(whole, boolean=truths, scalar=scalar)


# -- Python's functions ------------------------------------------------------------------------------


def function(scope: Scope, call: ast.Call) -> Value | None:
    """`abs(v)`, `round(v, 3)`, `max(a, b)`, `math.sqrt(v)` where a number is lifted."""
    name = call_name(call.func)
    form = _FUNCTIONS.get(name) or (_math if name.partition(".")[0] in ("math", "np", "numpy") else None)
    if form is None or any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    values = [scope.of(arg) for arg in call.args]
    if not any(
        value.is_lifted or (value.kind == "data" and name in ("max", "min", "round")) for value in values
    ):
        return None
    needed = name not in ("abs", "pow")
    if needed:
        scope.demand(*values)
    whole = form(scope, call, [value.detached for value in values])
    return replace(whole, needed=needed) if whole is not None else None


def _whole(text: str, kind: Kind, values: list[Value]) -> Value:
    roots = frozenset().union(*(value.roots for value in values))
    cheap, counted = all(value.cheap for value in values), any(value.counted for value in values)
    whole = Value(text, kind, changed=True, roots=roots, cheap=cheap, counted=counted)
    fraction = _is_float(kind, *values)
    computed, written = (
        fraction and any(each) for each in zip(*((v.computed, v.written) for v in values), strict=True)
    )
    return replace(whole, fraction=fraction, computed=computed, written=written)


def _abs(_: Scope, __: ast.Call, values: list[Value]) -> Value | None:
    return _whole(f"{owner(values[0].number)}.abs()", wider(values[0].type, "int"), values)


def _pow(_: Scope, __: ast.Call, values: list[Value]) -> Value | None:
    if len(values) != 2:
        return None
    return _whole(" ** ".join(map(_number, values)), wider(*(v.type for v in values), "int"), values)


def _round(scope: Scope, call: ast.Call, values: list[Value]) -> Value | None:
    digits = call.args[1] if len(call.args) == 2 else None
    if call.keywords or not isinstance(digits, ast.Constant | None):
        return None
    if digits is None:
        scope.makes_whole(values[0])
        return _whole(f"{values[0].owner}.round().long()", "int", values)
    scope.rounds_off(values[0])
    return _whole(f"{values[0].owner}.round(decimals={scope.code.flat(digits)})", values[0].type, values[:1])


def _extreme(scope: Scope, call: ast.Call, values: list[Value]) -> Value | None:
    name = call_name(call.func)
    if call.keywords or len(values) < 2:
        return None  # of one list: `containers.py`
    keyword = _CLAMPS[name]
    kind = wider(*(value.type for value in values))
    known = [value for value in values if not value.asks_data]
    tensors = [value for value in values if value.asks_data]
    if len(known) == 1 and len(tensors) == 1:
        whole = _whole(f"{owner(_number(tensors[0]))}.clamp({keyword}={known[0].text})", kind, values)
        return replace(whole, written=kind in ("float", "number") and any(v.may_be_rounded for v in values))
    if known:
        return None
    if len(tensors) > 2:
        text = f"{scope.torch}.stack([{', '.join(value.text for value in tensors)}]).{name}()"
        return _whole(text, kind, values)
    return _whole(_larger(scope, name, call, *tensors), kind, values)


def _larger(scope: Scope, name: str, call: ast.Call, first: Value, second: Value) -> str:
    """Of two tensors. Python's gives the first unless the second is larger, which NaN is not."""
    node = call.args[0]
    if isinstance(node, ast.Name) and scope.promotes(node.id):  # it began with a number
        return f"{scope.torch}.f{name}({first.text}, {second.text})"
    if {first.kind, second.kind} <= {"int", "bool"}:
        return f"{scope.torch}.{name}imum({first.number}, {second.number})"
    one, other = (_read_twice(scope, call, each) for each in (first, second))
    return f"{scope.torch}.where({operand(other)} {'>' if name == 'max' else '<'} {operand(one)}, {other}, {one})"


def _read_twice(scope: Scope, call: ast.Call, value: Value) -> str:
    """A text that stands in two places: where it is long, a name that has it above the statement."""
    around = (up for up in scope.code.ancestors(call) if isinstance(up, ast.ListComp | ast.GeneratorExp))
    inner = {name for up in around for each in up.generators for name in names_in(each.target)}
    if len(value.text) < _LONG or inner & names_in(value.tree):
        return value.text
    return scope.above_as(value.text, "value")


def _math(scope: Scope, call: ast.Call, values: list[Value]) -> Value | None:
    module, _, name = call_name(call.func).partition(".")
    if name == "isclose" and module == "math":
        return _nearly(scope, call, values)
    if call.keywords or (
        module != "math" and name not in ("sqrt", "exp", "log", "abs", "isnan", "isinf", "isfinite")
    ):
        return None
    if name in _WHOLE:
        scope.makes_whole(values[0])
        return _whole(f"{values[0].owner}.{name}().long()", "int", values)
    if name not in (*_MATH, "abs"):
        raise CannotLiftError
    kind: Kind = "bool" if name in _TRUTHS else "float"
    texts = ", ".join(value.wide for value in values)
    return _whole(f"{scope.torch}.{_MATH.get(name, name)}({texts})", kind, values)


def _nearly(scope: Scope, call: ast.Call, values: list[Value]) -> Value:
    """`math.isclose(a, b, rel_tol=r, abs_tol=t)`, whose tolerance goes by the larger of the two."""
    known = {keyword.arg: scope.code.flat(keyword.value) for keyword in call.keywords}
    if len(values) != 2 or not known.keys() <= {"rel_tol", "abs_tol"}:
        raise CannotLiftError
    tensors = [
        value if value.asks_data else replace(value, text=f"{scope.torch}.tensor({value.text})")
        for value in values
    ]
    left, right = (value.owner for value in tensors)
    allowed = f"{operand(known.get('rel_tol', '1e-9'))} * {scope.torch}.maximum({left}.abs(), {right}.abs())"
    if "abs_tol" in known:
        allowed = f"({allowed}).clamp(min={known['abs_tol']})"
    return _whole(f"({left} - {right}).abs() <= {allowed}", "bool", values)


_FUNCTIONS: dict[str, Callable[[Scope, ast.Call, list[Value]], Value | None]] = {
    "abs": _abs,
    "pow": _pow,
    "round": _round,
    "max": _extreme,
    "min": _extreme,
}
