"""Expressions of which a part is no value of its own: what is called, slices, the inside of f-strings."""

from __future__ import annotations

import ast

from .walk import Rewriting, Walk


def _call(walk: Walk, node: ast.Call) -> ast.Call:
    # What is called by its name or as a method has no value of its own to tell: the call has. And
    # `super().forward` keeps the form that the compiler knows.
    if isinstance(node.func, ast.Attribute):
        node.func.value = walk.value(node.func.value)
    elif not isinstance(node.func, ast.Name):
        node.func = walk.value(node.func)
    node.args = walk.each(node.args)
    node.keywords = walk.each(node.keywords)
    return node


def _subscript(walk: Walk, node: ast.Subscript) -> ast.Subscript:
    node.value = walk.value(node.value)
    # `x[1:, i]` has a tuple of slices, which only a subscript may hold.
    if isinstance(node.slice, ast.Tuple):
        walk.generic_visit(node.slice)
    else:
        node.slice = walk.value(node.slice)
    return node


def _fstring(walk: Walk, node: ast.JoinedStr) -> ast.JoinedStr:
    with walk.observers.fstring():
        walk.generic_visit(node)
    return node


NODES: dict[type[ast.AST], Rewriting] = {
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.JoinedStr: _fstring,
}
