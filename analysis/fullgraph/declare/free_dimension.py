"""A dynamic-shapes spec with one more dimension that is dynamic.

The rule: what is written stays. A spec in a form that a person would have to think about is left to them.
"""

from __future__ import annotations

import ast

from ..text.source import SyntaxProblem, parse_expression
from .declaration import Unwritable


def freed(spec: str, name: str, index: int, dim: str) -> str | Unwritable:
    """`{"x": {0: Dim("batch")}}` for dimension 0 of the input `x`, beside what `spec` says; empty: it says nothing."""
    if not name.isidentifier():
        return Unwritable(
            f"cannot be edited automatically: `{name}` is part of an input; write its `dynamic_shapes` yourself"
        )
    tree = parse_expression(spec or "{}")
    whole = None if isinstance(tree, SyntaxProblem) else tree.body
    if not isinstance(whole, ast.Dict) or not all(isinstance(key, ast.Constant) for key in whole.keys):
        return Unwritable(
            "cannot be edited automatically: `dynamic_shapes` is not a literal dictionary by the names of inputs"
        )
    made = _same(whole, dim) or ast.Call(ast.Name("Dim", ast.Load()), [ast.Constant(dim)], [])
    before = _get(whole, name)
    changed = _with(before, index, made)
    if changed is None:
        return Unwritable(f"cannot be edited automatically: `dynamic_shapes` of `{name}` is not a literal")
    _put(whole, name, changed)
    return ast.unparse(ast.fix_missing_locations(whole)).replace("'", '"')


def _with(before: ast.expr | None, index: int, made: ast.expr) -> ast.expr | None:
    """The spec of one input, with a dimension more."""
    match before:
        case None | ast.Constant(value=None):
            return ast.Dict([ast.Constant(index)], [made])
        case ast.Dict(keys=keys) if all(isinstance(key, ast.Constant) for key in keys):
            _put(before, index, made)
            return before
        case ast.Tuple(elts=elements) | ast.List(elts=elements) if index < len(elements):
            elements[index] = made
            return before
    return None


def _get(spec: ast.Dict, key: object) -> ast.expr | None:
    pairs = zip(spec.keys, spec.values, strict=True)
    return next(
        (value for each, value in pairs if isinstance(each, ast.Constant) and each.value == key), None
    )


def _put(spec: ast.Dict, key: str | int, value: ast.expr) -> None:
    for number, each in enumerate(spec.keys):
        if isinstance(each, ast.Constant) and each.value == key:
            spec.values[number] = value
            return
    spec.keys.append(ast.Constant(key))
    spec.values.append(value)


def _same(spec: ast.Dict, dim: str) -> ast.expr | None:
    """The `Dim` of that name which the spec has already, with its bounds."""
    for node in ast.walk(spec):
        match node:
            case ast.Call(args=[ast.Constant(value=said), *_]) if said == dim:
                return node
    return None
