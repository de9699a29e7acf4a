"""What calls become: a table of forms, tried in their order; any other call is given Python's numbers.

`torch.tensor(flag)` is the tensor itself with the dtype that it would have had. A number whose type is not
known goes through `torch.tensor(v.item())`, which has it right.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from ...python.syntax.assignments import assigned_name
from ...python.syntax.names import call_name, is_name, last_name, method_name
from ...python.syntax.precedence import Binds, operand, owner
from . import inference
from .lists import containers, joined, membership, tables, tallies
from .reading import arrays, sizes, sources
from .scalars import arithmetic, closeness
from .scope import Scope
from .value import CannotLiftError, Value

_TAKE_TENSORS = frozenset(
    [
        "mul",
        "add",
        "sub",
        "div",
        "true_divide",
        "pow",
        "masked_fill",
        "masked_fill_",
        "fill_",
        "where",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "mul_",
        "add_",
        "sub_",
        "div_",
        "maximum",
        "minimum",
        "logical_and",
        "logical_or",
        "logical_not",
        "logical_xor",
        "isclose",
        "cat",
        "stack",
        "isnan",
        "isinf",
        "isfinite",
        "abs",
    ]
)
"""Operators that take a tensor without dimensions where a number may stand."""

_DEFAULTS = {"float": "float32", "int": "int64", "bool": "bool"}


def call(scope: Scope, node: ast.expr) -> Value:
    """What the first form that is about a call makes of it."""
    assert isinstance(node, ast.Call)
    for form in _FORMS:
        if (value := form(scope, node)) is not None:
            return value
    takes_tensors = last_name(node) in _TAKE_TENSORS or _clamps_by_tensors(scope, node)
    whole = scope.composed(node, tensors=takes_tensors)
    return inference.given(scope, node, replace(whole, cheap=whole.cheap and is_cheap(node)))


def _clamps_by_tensors(scope: Scope, node: ast.Call) -> bool:
    """Whether all bounds of `x.clamp(low, high)` can be tensors: torch takes no tensor beside a number."""
    if last_name(node) not in ("clamp", "clip"):
        return False
    of_torch = call_name(node.func).partition(".")[0] == scope.torch
    bounds = [*node.args[of_torch:], *(each.value for each in node.keywords if each.arg in ("min", "max"))]
    values = [scope.of(each) for each in bounds]
    return bool(values) and all(value.is_lifted and not scope.is_kept(value) for value in values)


def is_cheap(node: ast.Call) -> bool:
    """Whether it costs no more than the elements it goes through: no module or function of the user's."""
    function = call_name(node.func)
    if function.startswith("self.") or isinstance(node.func, ast.Name | ast.Subscript):
        return call_name(node.func) in (
            "len",
            "abs",
            "max",
            "min",
            "float",
            "int",
            "bool",
            "round",
            "list",
            "tuple",
        )
    return last_name(node) not in (
        "matmul",
        "mm",
        "bmm",
        "linear",
        "conv1d",
        "conv2d",
        "conv3d",
        "einsum",
        "svd",
    )


def helper(scope: Scope, node: ast.Call) -> Value | None:
    """A call of a function or method of the project: what that one returns."""
    found = scope.resolve(scope.code, node)
    return scope.called(scope, node, *found) if found else None


# -- tensors of numbers ------------------------------------------------------------------------------


def tensor(scope: Scope, node: ast.Call) -> Value | None:
    """`torch.tensor(flag)`, `torch.tensor([a, b], dtype=…)`, `x.new_tensor(v)`."""
    function, name = call_name(node.func), last_name(node)
    made = function in (f"{scope.torch}.tensor", f"{scope.torch}.as_tensor", f"{scope.torch}.scalar_tensor")
    if len(node.args) != 1 or (not made and name != "new_tensor"):
        return None
    value = scope.of(node.args[0])
    if not value.holds_lifted and not _holds_data(value):
        return _of_constant(scope, node, value)
    known = {keyword.arg: scope.code.flat(keyword.value) for keyword in node.keywords}
    if (
        not known.keys() <= {"dtype", "device", "requires_grad"}
        or known.get("requires_grad", "False") != "False"
    ):
        raise CannotLiftError
    known.pop("requires_grad", None)
    if not made:
        assert isinstance(node.func, ast.Attribute)
        tensor = scope.of(node.func.value).owner
        scope.demand(value)
        known = {"dtype": f"{tensor}.dtype", "device": f"{tensor}.device", **known}
    _can_be_empty(scope, node, value, known.get("dtype", ""))
    return _moved(scope, node, value, known)


def _of_constant(scope: Scope, node: ast.Call, value: Value) -> Value | None:
    whole = scope.composed(node)
    scalar = value.kind == "static" and value.python != ""
    boolean = value.python == "bool" and not node.keywords
    return replace(whole, kind="data", scalar=scalar, boolean=boolean)


def _holds_data(value: Value) -> bool:
    """A list of tensors without dimensions: `torch.tensor([ok, x.isnan().any()])`."""
    return value.kind in ("parts", "many") and any(
        part.kind == "data" or _holds_data(part) for part in value.parts
    )


def _moved(scope: Scope, node: ast.Call, value: Value, known: dict[str | None, str]) -> Value:
    dtype = known.get("dtype", "")
    text, exact = _joined(scope, node.args[0], value, dtype)
    wanted = {name: place for name, place in known.items() if name != "dtype" or not exact}
    if wanted.keys() == {"dtype"}:
        text = f"{owner(text)}.to({wanted['dtype']})"
    elif wanted:
        text = f"{owner(text)}.to({', '.join(f'{name}={place}' for name, place in wanted.items())})"
    boolean = dtype in ("", f"{scope.torch}.bool") and value.type == "bool"
    return Value(text, "data", changed=True, roots=value.roots, scalar=value.is_lifted, boolean=boolean)


def _can_be_empty(scope: Scope, node: ast.Call, value: Value, dtype: str) -> None:
    """Of an empty list torch makes floats, which cannot pick anything: what picks is checked to have one."""
    if not value.picked or dtype or value.parts[0].kind == "float":
        return
    if not _only_picks(scope, node):
        raise CannotLiftError
    scope.check(f"{scope.torch}._check({value.owner}.shape[0] > 0)")


def _only_picks(scope: Scope, node: ast.expr) -> bool:
    """Whether an index is all that a tensor is, by itself or by its name."""
    parents = scope.code.parents
    name = assigned_name(parents.get(node))
    uses = [n for n in ast.walk(scope.function) if is_name(n, name) and isinstance(n.ctx, ast.Load)]
    picking = [parents.get(each) for each in (uses if name else [node])]
    return bool(picking) and all(isinstance(each, ast.Subscript) for each in picking)


def _joined(scope: Scope, node: ast.expr, value: Value, dtype: str) -> tuple[str, bool]:
    """The text of what is to be a tensor, and whether it has its dtype already."""
    if value.is_lifted:
        return _alone(scope, value, dtype)
    if _is_flat(value):
        parts = value.parts if value.kind == "parts" else ()
        if any(part.kind == "number" for part in value.parts) and not dtype and value.kind == "parts":
            return _of_numbers(scope, node, value), True
        if any(part.kind == "data" for part in parts):
            value = replace(value, parts=tuple(_counted_as(part) for part in parts))
        scope.demand(value)
        same = bool(dtype) and any(part.type != "bool" for part in value.parts) and not value.joined
        text = containers.stacked(scope, node, value, dtype if same else "")
        if not dtype and any(
            (part.counted or scope.run.double) and part.kind == "float" for part in value.parts
        ):
            return f"{owner(text)}.to({scope.torch}.{_DEFAULTS['float']})", True
        return text, same
    if value.kind == "parts" and isinstance(node, ast.List | ast.Tuple):
        rows = [_joined(scope, each, part, dtype) for each, part in zip(node.elts, value.parts, strict=True)]
        return f"{scope.torch}.stack([{', '.join(text for text, _ in rows)}])", all(
            exact for _, exact in rows
        )
    raise CannotLiftError


def _alone(scope: Scope, value: Value, dtype: str) -> tuple[str, bool]:
    if value.kind != "number":
        scope.demand(value)
    exact = value.exact or value.kind == "bool"
    default = f"{scope.torch}.{_DEFAULTS.get(value.kind, '')}"
    if dtype or exact:
        return value.detached.text, exact and dtype in ("", default)
    if value.kind == "number":
        return f"{scope.torch}.tensor({value.plain})", True
    return f"{value.detached.owner}.to({default})", True


def _is_flat(value: Value) -> bool:
    return value.kind in ("parts", "many") and all(part.kind not in ("parts", "many") for part in value.parts)


def _counted_as(part: Value) -> Value:
    """A tensor without dimensions, as an entry of a list."""
    if part.kind != "data":
        return part
    return replace(part, kind="bool" if part.boolean else "number")


def _of_numbers(scope: Scope, node: ast.expr, value: Value) -> str:
    """Numbers of which torch finds out the dtype, once Python has them."""
    if not isinstance(node, ast.List | ast.Tuple):
        scope.demand(value)
        if not all(part.is_lifted for part in value.parts):
            raise CannotLiftError
        each = scope.fresh("each")
        return f"{scope.torch}.tensor([{each}.item() for {each} in {operand(value.text, Binds.OR)}])"
    texts = [part.plain for part in value.parts]
    return f"{scope.torch}.tensor([{', '.join(texts)}])"


def full(scope: Scope, node: ast.Call) -> Value | None:
    """`torch.full(size, v)`, `torch.full_like(x, v)`."""
    if call_name(node.func) not in (f"{scope.torch}.full", f"{scope.torch}.full_like") or len(node.args) != 2:
        return None
    value = scope.of(node.args[1])
    if not value.is_lifted or (value.kind == "number" and scope.is_kept(value)):
        return None
    like = last_name(node) == "full_like"
    dtype = next((scope.code.flat(k.value) for k in node.keywords if k.arg == "dtype"), "")
    if like or (value.kind == "number" and not dtype) or len(node.keywords) > bool(dtype):
        return None
    text, exact = _alone(scope, value, dtype)
    text = text if exact else f"{owner(text)}.to({dtype})"
    size = scope.of(node.args[0]).plain
    return Value(f"{owner(text)}.expand({size})", "data", changed=True, roots=value.roots)


# -- the rest ----------------------------------------------------------------------------------------


def copied(scope: Scope, node: ast.Call) -> Value | None:
    """`list(flags)`, `tuple(flags)`, `flags.values()`."""
    if call_name(node.func) in ("list", "tuple") and len(node.args) == 1:
        inner = scope.of(node.args[0])
        if inner.kind in ("many", "parts") and inner.holds_lifted:
            if inner.joined:
                return inner
            return replace(
                scope.with_parts(node, [(node.args[0], inner)]), kind=inner.kind, parts=inner.parts
            )
    if method_name(node) == "values" and not node.args:
        inner = scope.of(node.func.value)  # type: ignore[attr-defined]
        if inner.kind == "fields" and inner.holds_lifted:
            kinds = {part.kind for part in inner.parts}
            if len(kinds) > 1:
                raise CannotLiftError
            text = f"list({scope.code.flat(node)})"
            return Value(text, "many", changed=True, roots=inner.roots, parts=inner.parts[:1])
    return None


def shown(scope: Scope, node: ast.Call) -> Value | None:
    """`str(v)`, `"{}".format(v)`: a string that shows data."""
    if call_name(node.func) not in ("str", "repr", "format") and method_name(node) not in ("format", "join"):
        return None
    whole = scope.composed(node, tensors=True)
    return replace(whole, kind="text") if whole.kind != "static" else None


_FORMS: tuple[Callable[[Scope, ast.Call], Value | None], ...] = (
    shown,
    sources.item,
    sources.truths,
    sources.converted,
    sources.whole_comparison,
    sources.is_nonzero,
    closeness.near,
    arrays.array,
    arrays.method,
    sources.count,
    sizes.count,
    tallies.counted,
    joined.listed,
    copied,
    containers.reduced,
    joined.numbered,
    tables.got,
    membership.numbered,
    arithmetic.function,
    tensor,
    full,
    helper,
)
