"""Sizes for the names of dimensions: all different, neither 0 nor 1, so that an accident shows.

A batch of 1 broadcasts, and a width that equals the height hides that the two were mixed up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from .annotated_shapes import Dimension

_SIZES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73)


def sizes_of(dimensions: Iterable[Dimension], known: Mapping[str, int]) -> Mapping[str, int]:
    """A size for each name; `known` are those that somebody said."""
    written = list(dimensions)
    taken = {int(each.expression) for each in written if each.expression.isdigit()} | set(known.values())
    free = iter(size for size in (*_SIZES, *range(101, 1000, 2)) if size not in taken)
    names = dict.fromkeys(name for each in written for name in each.names)
    sizes: dict[str, int] = {}
    for name in names:
        sizes[name] = known[name] if name in known else next(free, 1009)
    return sizes


def size_of(dimension: Dimension, sizes: Mapping[str, int]) -> int | None:
    """The size of one dimension; None where there is none with these sizes."""
    try:
        value = _value(ast.parse(dimension.expression, mode="eval").body, sizes)
    except (ArithmeticError, KeyError, TypeError):
        return None
    return value if value is not None and 0 < value < 2**12 else None


def _value(node: ast.expr, sizes: Mapping[str, int]) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.Name(id=name):
            return sizes[name]
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _value(left, sizes), _value(right, sizes)
            if one is not None and other is not None:
                return _computed(one, op, other)
    return None


def _computed(one: int, op: ast.operator, other: int) -> int | None:
    match op:
        case ast.Add():
            return one + other
        case ast.Sub():
            return one - other
        case ast.Mult():
            return one * other
        case ast.FloorDiv():
            return one // other
        case ast.Mod():
            return one % other
    return None
