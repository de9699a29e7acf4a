"""Numbers of a round, which say where a row's part begins and ends, as a vector of those of all rows.

int(starts[i])   spans[i, 0].item()   start + n   cu_seqlens[i + 1]

The rule: what a number is made of is whole numbers of the same round, and numbers that are the same in all.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ....python.syntax.names import call_name, method_name, names_in
from ....python.syntax.operators import BINARY
from ....python.syntax.precedence import owner
from ...edit.module import Code
from ..rows.rounds import Rounds, whole

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)


def of_offset(rounds: Rounds, over: str) -> str:
    """The offsets that rows begin at, of which there is one more than rows: `ptr[:-1]` of `ptr[:len(ptr) - 1]`."""
    return f"{rounds.offsets}[:-1]" if rounds.offsets and over.partition("[:")[0] == rounds.offsets else ""


def vector(code: Code, rounds: Rounds, of: Mapping[str, str], number: ast.expr) -> str | None:
    """None of what is no such number. `of` are the vectors of the numbers that have a name."""
    node = ast.parse(rounds.text(code, number), mode="eval").body
    # A name for a row of `x` stands in no text but as the bound that it is.
    if (following := _following(rounds, node)) is not None:
        return following
    return _vector(node, of, dict(zip(rounds.names, rounds.over, strict=True)))


def _following(rounds: Rounds, node: ast.expr) -> str | None:
    """`ptr[1:]` of `ptr[i + 1]`, with or without what makes a number of it."""
    while isinstance(node, ast.Call) and not node.keywords:
        if call_name(node) == "int" and len(node.args) == 1:
            node = node.args[0]
        elif method_name(node) in _ALIKE and not node.args and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return None
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    index = ast.unparse(node.slice)
    next_one = index in (f"{rounds.counter} + 1", f"1 + {rounds.counter}")
    return f"{rounds.offsets}[1:]" if next_one and node.value.id == rounds.offsets else None


def _vector(node: ast.expr, of: Mapping[str, str], over: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return of.get(node.id)
    if isinstance(node, ast.Call):
        return _whole_number(node, of, over)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        row = over.get(node.value.id, "")
        return f"{owner(whole(row))}[:, {index}]" if row and type(index) is int else None
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, _ARITHMETIC):
        return None
    sides = [_side(each, of, over) for each in (node.left, node.right)]
    if None in sides or not names_in(node) & {*of, *over}:
        return None
    return ast.unparse(ast.parse(f"({sides[0]}) {BINARY[type(node.op)]} ({sides[1]})"))


def _side(node: ast.expr, of: Mapping[str, str], over: Mapping[str, str]) -> str | None:
    """A part of a number: another one, or what is the same in all rounds."""
    same = isinstance(node, (ast.Constant, ast.Name, ast.Attribute)) and not names_in(node) & {*of, *over}
    return ast.unparse(node) if same else _vector(node, of, over)


def _whole_number(node: ast.Call, of: Mapping[str, str], over: Mapping[str, str]) -> str | None:
    """`n` of `int(n)` and `n.item()`; what is computed for `int` loses its fraction."""
    if node.keywords or len(node.args) > 1:
        return None
    if call_name(node) == "int" and node.args:
        inner = _vector(node.args[0], of, over)
        computed = any(isinstance(n, ast.BinOp) for n in ast.walk(node.args[0]))
        return f"{owner(inner)}.long()" if inner is not None and computed else inner
    if method_name(node) in _ALIKE and not node.args and isinstance(node.func, ast.Attribute):
        return _vector(node.func.value, of, over)
    return None


_ALIKE = ("item", "squeeze", "long")
"""What of a tensor of one whole number gives the same number."""
