"""Where data becomes Python: `t.item()`, `bool(t)`, `torch.allclose(a, b)`, `len(t.nonzero())`.

Each has a form that gives a tensor. NumPy's comparisons count too, where their arguments are tensors that
were converted.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from ....python.binding.api_tables import BOOLEAN
from ....python.syntax.names import call_name, last_name, method_name
from ....python.syntax.precedence import operand, owner
from ...edit.module import as_python_counts
from ..scope import Scope
from ..value import Value

_CLOSE = ("rtol", "atol", "equal_nan")
_REDUCTIONS = frozenset(
    [
        "sum",
        "mean",
        "max",
        "min",
        "amax",
        "amin",
        "any",
        "all",
        "norm",
        "std",
        "var",
        "prod",
        "median",
        "count_nonzero",
        "numel",
        "vector_norm",
        "dist",
        "logsumexp",
        "allclose",
        "equal",
        "nanmean",
        "nansum",
        "mse_loss",
        "l1_loss",
        "cross_entropy",
    ]
)
_FLOATS = frozenset(
    [
        "mean",
        "norm",
        "std",
        "var",
        "sqrt",
        "exp",
        "log",
        "dist",
        "vector_norm",
        "float",
        "double",
        "sigmoid",
        "tanh",
        "mse_loss",
        "l1_loss",
    ]
)


def item(scope: Scope, call: ast.Call) -> Value | None:
    """`t.item()`, and `t.tolist()` of one number."""
    if not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
        return None
    inner = scope.of(call.func.value)
    if call.func.attr != "item" or inner.kind in ("static", "parts", "fields"):
        return None
    return lifted(scope, call, call.func.value, inner)


def lifted(scope: Scope, call: ast.Call, tensor: ast.expr, inner: Value) -> Value:
    """The number that a call takes out of a tensor, left in it."""
    if inner.is_lifted:
        return inner
    text = inner.text if inner.scalar or is_scalar(tensor) else f"{inner.owner}.squeeze()"
    source = scope.code.flat_with(call, {tensor: scope.placed(tensor, inner.text)} if inner.changed else {})
    has_fraction = is_float(tensor) or scope.is_float(call)
    kind = "bool" if is_boolean(scope, tensor, inner) else "float" if has_fraction else "number"
    text = as_python_counts(scope.code, tensor, text)
    return Value(
        f"{owner(text)}.double()" if scope.run.double and kind == "float" else text,
        kind,  # type: ignore[arg-type]
        changed=True,
        roots=inner.roots,
        source=source if call_name(call.func) not in ("float", "bool", "int") else "",
        differentiable=kind != "bool",
        cheap=inner.cheap,
        fraction=kind == "float" or scope.was_float(call),
    )


def is_boolean(scope: Scope, node: ast.expr, value: Value) -> bool:
    """Whether a tensor can only be true or false."""
    if value.boolean or value.kind == "bool" or isinstance(node, ast.Compare):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Invert) and is_boolean(scope, node.operand, scope.of(node.operand))
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return isinstance(node.op, ast.BitAnd | ast.BitOr) and all(
            is_boolean(scope, side, scope.of(side)) for side in sides
        )
    return isinstance(node, ast.Call) and last_name(node) in BOOLEAN


def is_scalar(node: ast.expr) -> bool:
    """Whether a tensor certainly has no dimensions: what a reduction of all of them gives."""
    if isinstance(node, ast.Compare):
        return is_scalar(node.left) and all(map(_is_scalar_or_number, node.comparators))
    if isinstance(node, ast.BinOp):
        return _is_scalar_or_number(node.left) and _is_scalar_or_number(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_scalar(node.operand)
    if isinstance(node, ast.Subscript):
        flat = last_name(node.value) in ("flatten", "ravel") and isinstance(node.value, ast.Call)
        return flat and isinstance(node.slice, ast.Constant | ast.UnaryOp)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        if node.func.attr in (
            "detach",
            "cpu",
            "abs",
            "sqrt",
            "float",
            "double",
            "long",
            "int",
            "bool",
            "squeeze",
        ):
            return is_scalar(node.func.value) or node.func.attr == "squeeze"
        return node.func.attr in _REDUCTIONS
    function = call_name(node.func)
    named = function.startswith(("torch.", "F."))
    if named and last_name(node) in ("abs", "sqrt", "exp", "log", "isnan", "isinf") and node.args:
        return is_scalar(node.args[0])
    return named and last_name(node) in _REDUCTIONS and (len(node.args) == 1 or "loss" in function)


def _is_scalar_or_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or is_scalar(node)


def is_float(node: ast.expr) -> bool:
    """Whether a tensor's numbers have a fraction by the operator that gives them."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div) or is_float(node.left) or is_float(node.right)
    if isinstance(node, ast.Call):
        chain = isinstance(node.func, ast.Attribute) and not call_name(node.func)
        return last_name(node) in _FLOATS or (chain and is_float(node.func.value))  # type: ignore[attr-defined]
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def truths(scope: Scope, call: ast.Call) -> Value | None:
    """`t.bool()`, where `t` is no tensor yet and will be one: another rewrite has written it."""
    if method_name(call) != "bool" or call.args or call.keywords:
        return None
    inner = scope.of(call.func.value)  # type: ignore[attr-defined]
    if not inner.is_lifted:
        return None
    scope.demand(inner)
    text = inner.text if inner.kind == "bool" else f"{inner.owner}.bool()"
    return Value(text, "data", changed=True, roots=inner.roots, boolean=True, scalar=True, cheap=inner.cheap)


# -- conversions -------------------------------------------------------------------------------------


def converted(scope: Scope, call: ast.Call) -> Value | None:
    """`float(v)`, `int(v)` and `bool(v)` of a tensor, or of what was one."""
    name = call_name(call.func)
    if name not in ("float", "int", "bool") or len(call.args) != 1 or call.keywords:
        return None
    argument = call.args[0]
    inner = scope.of(argument)
    if not inner.asks_data:
        return None
    scope.demand(inner)
    value = inner if inner.is_lifted else lifted(scope, call, argument, inner)
    if name == "int":
        scope.makes_whole(value)
    double = scope.run.double or value.counted
    number = _to_double(value) if name == "float" and double else _CONVERSIONS[name](value)
    return replace(number, changed=True, source="")


def _to_double(value: Value) -> Value:
    if value.kind == "float":
        return value
    return replace(value, text=f"{value.owner}.double()", kind="float", exact=False)


def _to_float(value: Value) -> Value:
    if value.kind == "float":
        return value
    return replace(value, text=f"{value.owner}.float()", kind="float", exact=True)


def _to_int(value: Value) -> Value:
    if value.kind == "int":
        return value
    return replace(value, text=f"{value.owner}.long()", kind="int", exact=True, differentiable=False)


def _to_bool(value: Value) -> Value:
    if value.kind == "bool":
        return value
    return replace(value, text=f"{value.operand} != 0", kind="bool", exact=True, differentiable=False)


_CONVERSIONS = {"float": _to_float, "int": _to_int, "bool": _to_bool}


# -- comparisons of whole tensors --------------------------------------------------------------------


def whole_comparison(scope: Scope, call: ast.Call) -> Value | None:
    """`torch.allclose`, `torch.equal` and their like, as functions and as methods; NumPy's of tensors."""
    name, owner = last_name(call), call_name(call.func).partition(".")[0]
    if name not in _COMPARISONS or isinstance(call.func, ast.Name):
        return None
    sides = list(call.args)
    if owner not in (scope.torch, "torch", "np", "numpy") and isinstance(call.func, ast.Attribute):
        sides.insert(0, call.func.value)
    if len(sides) < 2 or any(isinstance(side, ast.Starred) for side in sides):
        return None
    values = [scope.of(side) for side in sides[:2]]
    if owner in ("np", "numpy") and all(value.kind == "static" for value in values):
        return None
    rest = [scope.code.flat(side) for side in sides[2:]]
    rest += [scope.code.flat(keyword) for keyword in call.keywords if keyword.arg in _CLOSE]
    roots = frozenset().union(*(value.roots for value in values))
    texts = [value.text for value in values]
    cheap = all(value.cheap for value in values)
    return Value(_COMPARISONS[name](scope.torch, texts, rest), "bool", changed=True, roots=roots, cheap=cheap)


def _all_close(torch: str, texts: list[str], rest: list[str]) -> str:
    return f"{torch}.isclose({', '.join((*texts, *rest))}).all()"


def _all_equal(_: str, texts: list[str], __: list[str]) -> str:
    left, right = map(operand, texts)
    return f"({left} == {right}).all()"


_COMPARISONS = {
    "allclose": _all_close,
    "equal": _all_equal,
    "array_equal": _all_equal,
}


def is_nonzero(scope: Scope, call: ast.Call) -> Value | None:
    """`torch.is_nonzero(t)`."""
    if call_name(call.func) != f"{scope.torch}.is_nonzero" or len(call.args) != 1:
        return None
    inner = scope.of(call.args[0])
    return Value(f"{inner.operand} != 0", "bool", changed=True, roots=inner.roots)


# -- how many there are ------------------------------------------------------------------------------


def count(scope: Scope, node: ast.expr) -> Value | None:
    """`len(t.nonzero())`, `t.nonzero().shape[0]`: how many of a tensor are not zero."""
    found = _counted(node)
    tensor = _searched(found) if found is not None else None
    if tensor is None:
        return None
    inner = scope.of(tensor)
    text = f"{scope.torch}.count_nonzero({inner.text})"
    return Value(text, "int", changed=True, roots=inner.roots, source=scope.code.flat(node))


def _counted(node: ast.expr) -> ast.expr | None:
    """What a length is asked of."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
        return node.value.value if first and node.value.attr == "shape" else None
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return None
    if call_name(node.func) == "len":
        return node.args[0]
    zero = isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
    return node.func.value if method_name(node) == "size" and zero else None  # type: ignore[attr-defined]


def _searched(node: ast.expr) -> ast.expr | None:
    if not isinstance(node, ast.Call) or last_name(node) not in ("nonzero", "argwhere") or node.keywords:
        return None
    if node.args:
        return node.args[0] if len(node.args) == 1 else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None
