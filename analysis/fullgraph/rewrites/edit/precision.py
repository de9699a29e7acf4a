"""Python's numbers have the digits of a float64; what they are compared with is known to all of these."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...python.syntax.literals import is_exact, is_number
from ...python.syntax.names import is_name
from ...python.syntax.precedence import owner
from .module import Code


def as_compared(code: Code, number: ast.expr, text: str) -> str:
    """The text of a tensor in the place of a number, as a float64 where its own precision would decide otherwise.

    A float32 has no 0.1: `x.max() > 0.1` asks for more than 0.1 as float32 rounds it, `x.max().item() > 0.1` does not.
    """
    node: ast.AST = number
    while isinstance(parent := code.parents.get(node), (ast.BinOp, ast.UnaryOp)):
        node = parent
    compared = [*_compared_with(parent)] if isinstance(parent, ast.Compare) else []
    whole = bool(code.dtypes_in(number))
    if all(is_exact(each) or (whole and not is_number(each)) for each in compared):
        return text
    return f"{owner(text)}.double()"


def _compared_with(node: ast.AST) -> Iterator[ast.AST]:
    """The numbers in a comparison that are written out, or an attribute of the model's; not those within a call."""
    for each in ast.iter_child_nodes(node):
        if is_number(each) or (isinstance(each, ast.Attribute) and is_name(each.value, "self")):
            yield each
        elif isinstance(each, (ast.BinOp, ast.UnaryOp)):
            yield from _compared_with(each)


def numbers_as_compared(code: Code, node: ast.expr, numbers: Iterable[str]) -> dict[ast.expr, str]:
    """What stands for each name of a number in an expression, where its precision counts."""
    names = frozenset(numbers)
    found = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in names]
    texts = {n: as_compared(code, n, n.id) for n in found}
    return {n: text for n, text in texts.items() if text != n.id}
