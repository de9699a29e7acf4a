"""Functions and classes: which scope an expression belongs to. Annotations and type parameters stay as they are."""

from __future__ import annotations

import ast
from typing import TypeVar

from .walk import Rewriting, Walk

_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef)


def _function(walk: Walk, node: _Function) -> _Function:
    node.decorator_list = walk.each(node.decorator_list)
    node.args = walk.visit(node.args)
    with walk.observers.scope(node.name, function=True):
        node.body = walk.each(node.body)
    return node


def _lambda(walk: Walk, node: ast.Lambda) -> ast.Lambda:
    node.args = walk.visit(node.args)
    with walk.observers.scope("<lambda>", function=True):
        node.body = walk.value(node.body)
    return node


def _arguments(walk: Walk, node: ast.arguments) -> ast.arguments:
    node.defaults = walk.each(node.defaults)
    node.kw_defaults = walk.each(node.kw_defaults)
    return node


def _class(walk: Walk, node: ast.ClassDef) -> ast.ClassDef:
    node.decorator_list = walk.each(node.decorator_list)
    # With type parameters (`class A[T](Base[T])`) the bases belong to a scope of their own.
    if not getattr(node, "type_params", None):
        node.bases = walk.each(node.bases)
        node.keywords = walk.each(node.keywords)
    with walk.observers.scope(node.name, function=False):
        node.body = walk.each(node.body)
    return node


def _as_it_is(_: Walk, node: ast.AST) -> ast.AST:
    return node


NODES: dict[type[ast.AST], Rewriting] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.arguments: _arguments,
    ast.ClassDef: _class,
}

if hasattr(ast, "TypeAlias"):  # 3.12
    NODES[ast.TypeAlias] = _as_it_is
