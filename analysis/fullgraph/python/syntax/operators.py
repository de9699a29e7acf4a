"""The signs of Python's operators, and which comparison says the opposite of another."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

BINARY: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}

COMPARISONS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Lt: "<",
    ast.GtE: ">=",
    ast.Gt: ">",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
"""Those that a tensor has too."""

OPPOSITES: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Lt: ">=",
    ast.GtE: "<",
    ast.Gt: "<=",
    ast.LtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
}
"""The sign that holds where another does not: of numbers, as neither `<` nor `>=` holds for NaN."""


def in_full(node: ast.AugAssign) -> ast.BinOp:
    """`x + y` of `x += y`. It stands nowhere in the text, and so has no place."""
    return ast.BinOp(node.target, node.op, node.value)
