"""What is written out in an expression: numbers, and the slice that takes all."""

from __future__ import annotations

import ast
import math
import struct


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


def is_exact(node: ast.AST) -> bool:
    """Whether tensors have a written number as it is: float32 has no 0.1, and compares with another number.

    Of a float it is asked whether the half precisions have it too.
    """
    if isinstance(node, ast.UnaryOp):
        return is_exact(node.operand)
    if isinstance(node, ast.Call):  # `float("inf")`
        return isinstance(node.func, ast.Name) and node.func.id == "float"
    if isinstance(node, ast.Attribute):
        return node.attr in ("inf", "nan")
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int):
        return abs(value) <= 2**24
    if not isinstance(value, float):
        return False
    if not math.isfinite(value):
        return True
    try:
        of_half: float = struct.unpack("e", struct.pack("e", value))[0]
    except OverflowError:
        return False
    digits, _ = math.frexp(value)
    return of_half == value and (digits * 2**8).is_integer()
