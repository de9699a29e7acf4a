"""Expressions whose truth is asked: each value in them is asked exactly as often as before."""

from __future__ import annotations

import ast

from ...model import Construct
from .assignments import bindings
from .walk import Rewriting, Testing, Walk


def _operands(walk: Walk, node: ast.BoolOp, construct: Construct | None) -> ast.BoolOp:
    # The last operand of `x = a and b` is not asked for its truth.
    *asked, last = node.values
    node.values = [walk.tested(value, construct or "boolop") for value in asked]
    node.values.append(walk.tested(last, construct))
    return node


def _not(walk: Walk, node: ast.UnaryOp, construct: Construct | None) -> ast.UnaryOp:
    node.operand = walk.tested(node.operand, construct or "not")
    return node


def _tested_unary(walk: Walk, node: ast.UnaryOp, construct: Construct | None) -> ast.expr:
    return _not(walk, node, construct) if isinstance(node.op, ast.Not) else walk.value(node, construct)


def _tested_ternary(walk: Walk, node: ast.IfExp, construct: Construct | None) -> ast.IfExp:
    node.test = walk.tested(node.test, "ternary")
    node.body = walk.tested(node.body, construct)
    node.orelse = walk.tested(node.orelse, construct)
    return node


def _tested_comparison(walk: Walk, node: ast.Compare, construct: Construct | None) -> ast.expr:
    # `a < b < c` asks `a < b`, as `and` would.
    if len(node.ops) == 1:
        return walk.value(node, construct)
    walk.generic_visit(node)
    return node


def _tested_walrus(walk: Walk, node: ast.NamedExpr, construct: Construct | None) -> ast.NamedExpr:
    node.value = walk.value(node.value, construct, bindings(walk, [node.target]))
    return node


def _boolean(walk: Walk, node: ast.BoolOp) -> ast.BoolOp:
    return _operands(walk, node, None)


def _unary(walk: Walk, node: ast.UnaryOp) -> ast.UnaryOp:
    if isinstance(node.op, ast.Not):
        return _not(walk, node, None)
    node.operand = walk.value(node.operand)
    return node


def _ternary(walk: Walk, node: ast.IfExp) -> ast.IfExp:
    node.test = walk.tested(node.test, "ternary")
    node.body = walk.value(node.body)
    node.orelse = walk.value(node.orelse)
    return node


# What the compiler turns into jumps where only its truth is asked.
TESTS: dict[type[ast.expr], Testing] = {
    ast.BoolOp: _operands,
    ast.UnaryOp: _tested_unary,
    ast.IfExp: _tested_ternary,
    ast.Compare: _tested_comparison,
    ast.NamedExpr: _tested_walrus,
}

NODES: dict[type[ast.AST], Rewriting] = {ast.BoolOp: _boolean, ast.UnaryOp: _unary, ast.IfExp: _ternary}
