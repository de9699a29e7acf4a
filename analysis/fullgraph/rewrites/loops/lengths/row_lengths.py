"""The lengths that rows have, where a loop takes each row up to its own: `x[i, :n]`.

    for i, n in enumerate(lengths): …           `lengths` is a tensor, or `lengths.tolist()`
    for row, n in zip(x, lengths): …
    for i in range(len(x)): n = mask[i].sum()   lengths that a mask says
    end = int(starts[i]) + n                    numbers that are made of such

The rule: a length is one number of a row, that nothing else of the round changes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ....model import Edit
from ....python.binding.scopes import bindings, bound
from ....python.syntax.assignments import assigned_apart
from ....python.syntax.names import call_name, method_name, names_in
from ....python.syntax.precedence import owner
from ...edit.lines import take_out
from ...edit.module import Code
from ..rows.number_lists import tensor_behind
from ..rows.rounds import Rounds, whole
from .bounds import of_offset, vector
from .running import Running, Split, is_split, split_behind

_SMALL = frozenset({"uint8", "int8", "int16"})
"""Dtypes in which lengths that are computed would wrap, as Python's numbers do not: `n - 1` of 0 is 255."""


@dataclass(frozen=True)
class RowLengths:
    """`of` are the tensors of lengths by the name of one of them in a round; `others` has a round of its own."""

    code: Code
    of: Mapping[str, str]
    others: frozenset[str] = frozenset()
    edits: tuple[Edit, ...] = ()  # a list of numbers that becomes the tensor it was made of
    splits: Mapping[str, Split] = field(default_factory=dict)  # the names of parts that `torch.split` gives

    def column(self, bound: ast.expr, rounds: Rounds) -> str | None:
        """A bound of a row, such as `n - 1`, as a column of the bounds of all rows."""
        is_plain = isinstance(without_number(bound), (ast.Name, ast.Subscript))
        wraps = not is_plain and not _SMALL.isdisjoint(dict(self.code.whole).values())
        if wraps or names_in(bound) & self.others:
            return None
        column = self._plain_column(bound, rounds)
        computed = vector(self.code, rounds, self.of, bound) if column is None else None
        return f"{owner(computed)}[:, None]" if computed is not None else column

    def _plain_column(self, bound: ast.expr, rounds: Rounds) -> str | None:
        text = rounds.text(self.code, without_number(bound))
        node = ast.parse(text, mode="eval").body
        names = names_in(node)
        if not names & set(self.of) or names & (set(rounds.names) - set(self.of)):
            return None
        if not isinstance(node, (ast.Name, ast.BinOp)):
            return None
        given = {
            n: f"{self._tensor(n.id)}[:, None]"
            for n in ast.walk(node)
            if isinstance(n, ast.Name) and n.id in self.of
        }
        return _with(text, given)

    def all(self, bound: ast.expr, rounds: Rounds) -> str | None:
        """The bounds of all rows, as a vector."""
        column = self.column(bound, rounds)
        return column.replace("[:, None]", "") if column else None

    def _tensor(self, name: str) -> str:
        return owner(self.of[name])


def row_lengths(
    code: Code,
    loop: ast.AST,
    rounds: Rounds,
    given: Sequence[ast.stmt] = (),
    moved: Running | None = None,
) -> RowLengths:
    """What each name of a round may be a length of; `given` are the assignments in the round."""
    # A tensor of lengths is as long as there are rows.
    rows = zip(rounds.names, map(whole, rounds.over), strict=True)
    found = {name: tensor_behind(code, loop, over) for name, over in rows}
    of = {name: text for name, (text, _) in found.items() if not is_split(code, loop, text)}
    of |= {
        name: one
        for name, over in zip(rounds.names, rounds.over, strict=True)
        if (one := of_offset(rounds, over))
    }
    others = set(bound(given))
    _number(code, rounds, given, of, others)
    edits = [edit for _, edit in found.values() if edit]
    step = vector(code, rounds, of, moved.step) if moved is not None else None
    if moved is not None and step is not None and names_in(moved.step).isdisjoint(others):
        of[moved.name] = f"{owner(step)}.cumsum(0) - {step}"
        others.discard(moved.name)
        _number(code, rounds, given, of, others)
        gone = take_out(code, moved.begin)
        edits += [gone] if gone is not None else []
    splits = {
        name: split
        for name, over in zip(rounds.names, rounds.over, strict=True)
        if (split := split_behind(code, loop, over))
    }
    for _, made in splits.values():
        gone = take_out(code, made) if made is not None else None
        edits += [gone] if gone is not None else []
    return RowLengths(
        code, of, frozenset(others), tuple(edits), {name: split for name, (split, _) in splits.items()}
    )


def _number(
    code: Code, rounds: Rounds, given: Sequence[ast.stmt], of: dict[str, str], others: set[str]
) -> None:
    """Adds the names that a round gives numbers."""
    for name, value in (pair for each in given for pair in assigned_apart(each)):
        known = names_in(value).isdisjoint(others) and sum(each == name for each, _ in bindings(given)) == 1
        counted = _counted(code, rounds, without_number(value)) or vector(code, rounds, of, value)
        if known and counted and name not in of:
            of[name] = counted
            others.discard(name)


def without_number(node: ast.expr) -> ast.expr:
    """`n` of `int(n)` and `n.item()`."""
    if isinstance(node, ast.Call) and not node.keywords:
        if call_name(node) == "int" and len(node.args) == 1:
            return without_number(node.args[0])
        if method_name(node) == "item" and not node.args and isinstance(node.func, ast.Attribute):
            return node.func.value
    return node


def _counted(code: Code, rounds: Rounds, value: ast.expr) -> str | None:
    """`mask.sum(1)` of `mask[i].sum()`: how many a row has."""
    node = ast.parse(rounds.text(code, value), mode="eval").body
    over = dict(zip(rounds.names, rounds.over, strict=True))
    if isinstance(node, ast.Call) and method_name(node) == "sum" and not node.args and not node.keywords:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node
        if isinstance(owner, ast.Name) and owner.id in over:
            return f"{whole(over[owner.id])}.sum(1)"
    return None


def _with(text: str, instead: Mapping[ast.Name, str]) -> str:
    """A text of one line with other texts in place of some of its names."""
    for node, new in sorted(instead.items(), key=lambda each: each[0].col_offset, reverse=True):
        data = text.encode()
        text = (data[: node.col_offset] + new.encode() + data[node.end_col_offset :]).decode()
    return text


def slice_text(code: Code, node: ast.Slice) -> tuple[str, str]:
    """The bounds of a slice, as text."""
    return tuple(code.flat(each) if each else "" for each in (node.lower, node.upper))  # type: ignore[return-value]


def row_slice(node: ast.Subscript) -> tuple[ast.expr, ast.expr, ast.Slice] | None:
    """`x`, `i` and `:n` of `x[i, :n]` and of `x[i][:n]`."""
    index = node.slice
    if isinstance(index, ast.Tuple) and len(index.elts) == 2 and isinstance(index.elts[1], ast.Slice):
        return (node.value, index.elts[0], index.elts[1]) if index.elts[1].step is None else None
    inner = node.value
    if isinstance(index, ast.Slice) and index.step is None and isinstance(inner, ast.Subscript):
        return inner.value, inner.slice, index
    return None
