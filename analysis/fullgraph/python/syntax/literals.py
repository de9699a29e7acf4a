"""What is written out in an expression: numbers, and the slice that takes all."""

from __future__ import annotations

import ast


def is_number(node: ast.AST) -> bool:
    """`1`, `-1.5`, `True`."""
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float, bool)


def is_whole_slice(node: ast.AST) -> bool:
    """`:`, which takes all of a dimension."""
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None


def is_zero(node: ast.AST) -> bool:
    """Whether it is the literal `0`; `0.0` and `False` are not."""
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 0
