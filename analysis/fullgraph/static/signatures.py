"""What a signature says of a function's arguments: which are tensors, and which have no data.

def forward(self, x: Tensor, mask: Optional[Tensor] = None, scale: float = 1.0)
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..python.binding import scopes
from ..python.syntax.names import dotted_name, last_part
from ..text.source import SyntaxProblem, parse_expression
from .domain import DERIVED, HOST, TENSOR, UNKNOWN, Each, Value
from .scopes import Scope

_PLAIN = frozenset(
    {"int", "float", "bool", "str", "bytes", "complex", "None", "device", "dtype", "Size", "SymInt"}
)
_TENSORS = frozenset({"Tensor", "FloatTensor", "LongTensor", "BoolTensor", "IntTensor", "Parameter"})
_JAXTYPING = frozenset(
    {"Float", "Int", "Integer", "UInt", "Bool", "Shaped", "Num", "Inexact", "Real", "Complex"}
)
_SEQUENCES = frozenset({"list", "List", "Sequence", "Iterable"})


def parameter_values(node: ast.FunctionDef, scope: Scope) -> Mapping[str, Value]:
    """What is known of the arguments of a method that nobody is seen to call, `self` left out."""
    mine = list(scopes.given(node.args))[1:]
    return {argument.arg: _value(argument.annotation, default, scope) for argument, default in mine}


def _value(annotation: ast.expr | None, default: ast.expr | None, scope: Scope) -> Value:
    if annotation is not None:
        said = _annotated(annotation, scope)
        # A tensor that is annotated as optional is one, or None: what is asked of it says which.
        return said if said is not None else UNKNOWN
    if isinstance(default, ast.Constant) and default.value is not None:
        return HOST
    if isinstance(default, ast.Tuple | ast.List | ast.UnaryOp):
        return HOST
    return DERIVED


def _annotated(node: ast.expr, scope: Scope) -> Value | None:
    """The value that an annotation stands for; None where it says nothing that counts here."""
    match node:
        case ast.Constant(value=None):
            return HOST
        case ast.Constant(value=str(text)):
            tree = parse_expression(text)
            return None if isinstance(tree, SyntaxProblem) else _annotated(tree.body, scope)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], scope)
        case ast.Subscript(value=base, slice=inner):
            return _subscripted(_last(base), inner, scope)
    name = _last(node)
    if name in _TENSORS:
        return TENSOR
    return HOST if name in _PLAIN else None


def _subscripted(name: str, inner: ast.expr, scope: Scope) -> Value | None:
    if name in _JAXTYPING or name.rstrip("0123456789") in _JAXTYPING:
        return TENSOR
    if name == "Optional":
        return _either([inner, ast.Constant(None)], scope)
    if name == "Union" and isinstance(inner, ast.Tuple):
        return _either(inner.elts, scope)
    if name in _SEQUENCES:
        element = _annotated(inner, scope)
        return Each(element) if element is not None else None
    return HOST if name == "Literal" else None


def _either(nodes: list[ast.expr], scope: Scope) -> Value | None:
    """`Tensor | None` is a tensor where it is used; `Tensor | int` may be a number."""
    said = [_annotated(node, scope) for node in nodes if not _is_none(node)]
    if not said or any(each != said[0] for each in said):
        return None if not any(each == TENSOR for each in said) else DERIVED
    return said[0]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last(node: ast.expr) -> str:
    return last_part(dotted_name(node))
