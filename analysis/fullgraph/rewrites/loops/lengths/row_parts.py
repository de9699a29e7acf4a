"""The parts of a row that a loop takes: its valid places, and the last of them.

x[i, :n]  x[i][:n]  row[:n]      up to a length
x[i, s:e]  row[s : s + n]        from one place to another
h[ptr[i] : ptr[i + 1]]           a part of what has no rows
x[i][mask[i]]  row[m]            where a mask holds
x[i, n - 1]  row[n - 1]          the last
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....python.binding.scopes import bound
from ....python.syntax.names import is_name
from ..rows.rounds import whole
from .each_row import EachRow
from .from_end import place_of
from .row_lengths import row_slice


@dataclass(frozen=True)
class Part:
    """The valid places of a row of `over`. `valid` says for all rows which those are.

    Where a row does not begin at its first place, `bounds` are the first ones and those behind the last ones, and
    `valid` counts all of them.
    `dim` is that of the places: 0 where `over` has no rows. `check` is a statement after which no bound is below 0.
    """

    over: str
    valid: str
    bounds: tuple[str, str] = ("", "")
    dim: int = 1
    check: str = ""


@dataclass(frozen=True)
class Last:
    """One place of a row of `over`; `at` are those of all rows."""

    over: str
    at: str


def part_of(row: EachRow, node: ast.expr) -> Part | Last | None:
    """None where it is no part of a row."""
    if isinstance(node, ast.Name) and (split := row.lengths.splits.get(node.id)) is not None:
        places = f"{row.torch}.arange({split.tensor}.shape[0], device={split.tensor}.device)"
        return Part(split.tensor, places, split.bounds, 0, split.check(row.torch))
    if not isinstance(node, ast.Subscript):
        return None
    sliced = _sliced(row, node)
    if sliced is not None:
        over, bounds = sliced
        if bounds.step is None and bounds.lower is not None and bounds.upper is not None:
            return _between(row, over, bounds.lower, bounds.upper, 1)
        if bounds.lower is not None or bounds.upper is None or bounds.step is not None:
            return None
        column = row.lengths.column(bounds.upper, row.rounds)
        if not column:
            return None
        places = f"{row.torch}.arange({over}.shape[1], device={over}.device)"
        return Part(over, f"{places} < {place_of(row.code, row.loop, column, f'{over}.shape[1]')}")
    return _of_whole(row, node) or _indexed(row, node)


def _between(row: EachRow, over: str, lower: ast.expr, upper: ast.expr, dim: int) -> Part | None:
    first, last = (row.lengths.column(each, row.rounds) for each in (lower, upper))
    places = f"{row.torch}.arange({over}.shape[{dim}], device={over}.device)"
    return Part(over, places, (first, last), dim) if first and last else None


def _of_whole(row: EachRow, node: ast.Subscript) -> Part | None:
    """`h[s:e]` of a tensor that is the same in all rounds."""
    cut, over = node.slice, node.value
    if not isinstance(cut, ast.Slice) or cut.step or cut.lower is None or cut.upper is None:
        return None
    own = {*row.rounds.names, *row.targets, *bound(row.given)}
    if not isinstance(over, ast.Name) or over.id in own:
        return None
    return _between(row, over.id, cut.lower, cut.upper, 0)


def _sliced(row: EachRow, node: ast.Subscript) -> tuple[str, ast.Slice] | None:
    """The tensor and the bounds of `x[i, :n]` and `row[:n]`."""
    part = row_slice(node)
    if part is not None and (over := _rows_of(row, part[0], part[1])):
        return over, part[2]
    own = isinstance(node.slice, ast.Slice) and isinstance(node.value, ast.Name)
    over = _given(row, node.value) if own else ""
    return (over, node.slice) if over and isinstance(node.slice, ast.Slice) else None


def _indexed(row: EachRow, node: ast.Subscript) -> Part | Last | None:
    index, over = _index(row, node)
    if index is None or isinstance(index, ast.Slice) or not over:
        return None
    if mask := _given(row, index):
        return Part(over, mask)
    at = row.lengths.all(index, row.rounds)
    return Last(over, at) if at and isinstance(index, ast.BinOp) else None


def _index(row: EachRow, node: ast.Subscript) -> tuple[ast.expr | None, str]:
    """What picks places of a row, and the tensor whose row it is."""
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        return node.slice.elts[1], _rows_of(row, node.value, node.slice.elts[0])
    return node.slice, _given(row, node.value)


def _rows_of(row: EachRow, owner: ast.expr, counter: ast.expr) -> str:
    """`x`, where the rounds count its rows."""
    text = row.code.flat(owner)
    return text if isinstance(owner, ast.Name) and is_name(counter, row.counter) else ""


def _given(row: EachRow, node: ast.expr) -> str:
    """`x` of `x[i]` and of a name for its rows."""
    text = row.rounds.text(row.code, node)
    over = dict(zip(row.rounds.names, row.rounds.over, strict=True))
    return whole(over.get(text, ""))
