"""Which expressions are tensors, by what the text says: what nothing here tells is Python's own.

A parameter is a tensor unless it says otherwise; so is what a call gives that was handed one, and what a
method gives that tensors alone have. The shape, dtype and device of a tensor are known before the data is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...model import Tensor
from ...python.binding import scopes
from ...python.syntax.names import call_name, last_name
from ...python.syntax.statements import Function
from .lists import joined
from .reading import places
from .reading.sizes import is_sized
from .reading.sources import is_boolean, is_scalar
from .scope import Scope
from .value import Value

_KNOWN_BEFORE = frozenset(
    [
        "shape",
        "dtype",
        "device",
        "ndim",
        "layout",
        "requires_grad",
        "is_cuda",
        "is_sparse",
        "is_quantized",
        "names",
        "itemsize",
        "nbytes",
        "size",
        "dim",
        "numel",
        "stride",
        "is_contiguous",
        "is_floating_point",
        "is_complex",
        "get_device",
        "element_size",
        "storage_offset",
        "type",
        "data_ptr",
        "keys",
        "nelement",
        "ndimension",
        "grad_fn",
        "is_leaf",
        "training",
    ]
)
_TENSOR_METHODS = frozenset(
    [
        "isnan",
        "isinf",
        "isfinite",
        "abs",
        "any",
        "all",
        "sum",
        "mean",
        "max",
        "min",
        "std",
        "var",
        "norm",
        "detach",
        "clone",
        "float",
        "double",
        "half",
        "long",
        "cpu",
        "argmax",
        "argmin",
        "softmax",
        "sigmoid",
        "relu",
        "unsqueeze",
        "squeeze",
        "flatten",
        "view",
        "reshape",
        "permute",
        "transpose",
        "eq",
        "ne",
        "lt",
        "gt",
        "nonzero",
        "exp",
        "log",
        "sqrt",
        "pow",
        "item",
    ]
)
_STATIC_FUNCTIONS = frozenset(
    [
        "len",
        "isinstance",
        "type",
        "range",
        "str",
        "repr",
        "print",
        "id",
        "hasattr",
        "callable",
        "issubclass",
        "dir",
        "vars",
        "hash",
        "format",
    ]
)
_STATIC_OF_TORCH = frozenset(
    [
        "is_tensor",
        "is_floating_point",
        "is_complex",
        "is_available",
        "finfo",
        "iinfo",
        "get_default_dtype",
        "is_grad_enabled",
        "is_exporting",
        "is_compiling",
        "is_scripting",
        "is_tracing",
        "device",
        "manual_seed",
        "is_inference_mode_enabled",
        "get_device_name",
        "device_count",
        "is_autocast_enabled",
        "Size",
    ]
)
_TRUTHS = frozenset(["requires_grad", "is_cuda", "is_sparse", "is_quantized", "is_leaf", "training"])
_GIVE_TRUTH = frozenset(
    {"isinstance", "issubclass", "hasattr", "callable", "bool", "all", "any"}
    | {"is_tensor", "is_contiguous", "is_floating_point", "is_complex"}
)
"""Functions that give True or False, where Python knows it before the data is."""


def parameters(function: Function, inputs: Mapping[str, Tensor]) -> Iterator[tuple[str, Value]]:
    """What the parameters of the function that is exported hold, with its inputs by their names."""
    for name, default in scopes.parameters(function.args):
        annotated = next((a.annotation for a, _ in scopes.given(function.args) if a.arg == name), None)
        plain = annotated is not None and last_name(annotated) in ("int", "float", "bool", "str")
        seen = inputs.get(name)
        if seen is not None:
            plain |= seen.dtype in _OF_PYTHON and not seen.shape
        static = name in ("self", "cls") or plain or (isinstance(default, ast.Constant) and seen is None)
        scalar = seen is not None and not seen.shape
        boolean = seen is not None and seen.dtype == "bool"
        yield name, Value(name, "static" if static else "data", scalar=scalar, boolean=boolean)


_OF_PYTHON = ("int", "float", "bool", "str")
"""What a number of Python's has as its dtype."""


def name(scope: Scope, node: ast.expr) -> Value:
    """What a name holds; one that the function does not bind is Python's."""
    assert isinstance(node, ast.Name)
    return scope.names.get(node.id) or Value(node.id, "static", cheap=True)


def constant(scope: Scope, node: ast.expr) -> Value:
    """`1.0`, `True`."""
    assert isinstance(node, ast.Constant)
    python = type(node.value).__name__
    known = python if python in ("bool", "int", "float") else ""
    string = node.value if isinstance(node.value, str) else None
    return Value(scope.code.flat(node), "static", python=known, string=string)  # type: ignore[arg-type]


def attribute(scope: Scope, node: ast.expr) -> Value:
    """`x.shape`, `out.logits`, `self.scale`."""
    assert isinstance(node, ast.Attribute)
    if owned := scope.names.get(ast.unparse(node)):
        return owned
    whole = scope.composed(node)
    if whole.kind == "text":
        return whole
    if node.attr in _KNOWN_BEFORE or whole.kind != "data":
        return replace(whole, kind="static", python="bool" if node.attr in _TRUTHS else "")
    return replace(whole, kind="data")


def _known(whole: Value, name: str) -> Value:
    """What a function gives that Python knows before the data is."""
    return replace(whole, kind="static", python="bool" if name in _GIVE_TRUTH else "")


def given(scope: Scope, call: ast.Call, whole: Value) -> Value:
    """What a call gives that no form is about: a tensor, or what Python knows."""
    if whole.kind == "text":
        return whole
    function, name = call_name(call.func), last_name(call)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    of_torch = function.partition(".")[0] in (scope.torch, "torch", "F")
    if (isinstance(call.func, ast.Name) and name in _STATIC_FUNCTIONS) or (
        of_torch and name in _STATIC_OF_TORCH
    ):
        return _known(whole, name)
    if owner is not None and scope.of(owner).kind == "data" and name in _KNOWN_BEFORE:
        return _known(whole, name)
    is_tensor = whole.kind == "data" or of_torch or (owner is not None and name in _TENSOR_METHODS)
    if not is_tensor:
        return _known(whole, name) if owner is None and whole.kind == "static" else whole
    boolean = is_boolean(scope, call, replace(whole, boolean=False))
    sized = whole.sized or is_sized(call)
    return replace(whole, kind="data", boolean=boolean, scalar=is_scalar(call), sized=sized)


def subscript(scope: Scope, node: ast.expr) -> Value:
    """`flags[0]`, `results["close"]`; of a tensor, what is there."""
    assert isinstance(node, ast.Subscript)
    owner = scope.of(node.value)
    if owner.sized and (found := places.first(scope, node)):
        return found
    if owner.kind in ("parts", "fields") and (part := _entry(owner, node.slice)):
        return replace(part, text=scope.code.flat_with(node, {node.value: owner.text}), source="")
    if owner.joined:
        return joined.part(scope, node, owner)
    if owner.kind == "many" and isinstance(node.slice, ast.Slice):
        return replace(owner, text=scope.code.flat_with(node, {node.value: owner.text}))
    if owner.kind == "many":
        return replace(owner.parts[0], text=scope.code.flat(node), roots=owner.roots, source="")
    whole = scope.composed(node)
    if owner.kind == "static" and whole.kind != "text":
        return replace(whole, kind="static" if whole.kind == "static" else "data")
    picks = owner.kind == "data" and is_boolean(scope, node.slice, scope.of(node.slice))
    return replace(whole, sized=whole.sized or picks)


def _entry(owner: Value, index: ast.expr) -> Value | None:
    if owner.kind == "fields":
        found = [p for key, p in zip(owner.keys, owner.parts, strict=True) if key == ast.unparse(index)]
        return found[0] if found else None
    number = ast.literal_eval(index) if isinstance(index, ast.Constant | ast.UnaryOp) else None
    inside = isinstance(number, int) and -len(owner.parts) <= number < len(owner.parts)
    return owner.parts[number] if inside else None  # type: ignore[index]
