"""A loop or comprehension that gives one value for each row, whichever way it is written.

torch.stack([f(x[i, :n]) for i, n in enumerate(lengths)])
for i, n in enumerate(lengths): rows.append(f(x[i, :n]))
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ....model import Edit
from ....python.binding.scopes import bound
from ...edit.lines import indentation, put_above, said_in
from ...edit.module import Code
from ..rows.comprehension import RowComprehension, row_comprehension
from ..rows.lists import without_lists
from ..rows.outcomes import Leaf
from ..rows.rounds import Header, Rounds, counter_of
from ..rows.row_function import RowFunction, row_function
from .row_lengths import RowLengths, row_lengths
from .running import running_in


@dataclass(frozen=True)
class EachRow:
    """`given` are the assignments of a round, `values` what it leaves in each list."""

    code: Code
    loop: ast.AST
    torch: str
    rounds: Rounds
    lengths: RowLengths
    given: tuple[ast.stmt, ...]
    values: tuple[ast.expr, ...]
    made: RowFunction | RowComprehension

    @property
    def targets(self) -> frozenset[str]:
        """The names that the loop gives values itself."""
        return bound([self._header.target])

    @property
    def counter(self) -> str:
        """The name that counts the rows, if there is one."""
        return counter_of(self._header)

    @property
    def _header(self) -> Header:
        return self.made.loop if isinstance(self.made, RowFunction) else self.made.made.generators[0]

    def edits(self, lines: Sequence[str], values: Sequence[str]) -> tuple[Edit, ...] | None:
        """In its place: some lines, and for each list the value for all rows."""
        if isinstance(self.made, RowComprehension):
            return self._comprehended(self.made, lines, values[0])
        return self._looped(self.made, lines, values)

    def _comprehended(
        self, made: RowComprehension, lines: Sequence[str], value: str
    ) -> tuple[Edit, ...] | None:
        statement = self.code.statement_of(made.made)
        above = put_above(self.code, statement, *lines) if statement and lines else None
        if lines and above is None:
            return None
        return (*self.lengths.edits, *([above] if above else []), *made.edits(value))

    def _looped(
        self, made: RowFunction, lines: Sequence[str], values: Sequence[str]
    ) -> tuple[Edit, ...] | None:
        code, gone = self.code, without_lists(self.code, made.rows)
        if gone is None:
            return None
        named = [f"{each.name} = {value}" for each, value in zip(made.rows, values, strict=True)]
        said = said_in(code, code.range(made.loop))
        text = f"\n{indentation(code, made.loop)}".join((*said, *lines, *named))
        joined = [each.as_tensor(code) for each in made.rows]
        return (*self.lengths.edits, *gone, code.replaced(made.loop, text), *joined)


def each_row(code: Code, node: ast.AST, torch: str) -> EachRow | None:
    """The innermost one around an expression that leaves a value for every row."""
    plain = row_function(code, node, torch)
    looped = plain or row_function(code, node, torch, moving=True)
    moved = running_in(code, looped.loop) if looped is not None else None
    if looped is not None and (plain is not None or moved is not None):
        outcome = looped.round.outcome
        if not isinstance(outcome, Leaf) or outcome.ends or len(outcome.values) != len(looped.rows):
            return None
        values = tuple(outcome.values[each.name] for each in looped.rows)
        lengths = row_lengths(code, looped.loop, looped.rounds, looped.round.given, moved)
        return EachRow(code, looped.loop, torch, looped.rounds, lengths, looped.round.given, values, looped)
    made = row_comprehension(code, node, torch)
    if made is None or made.made.generators[0].ifs:
        return None
    lengths = row_lengths(code, made.made, made.rounds)
    return EachRow(code, made.made, torch, made.rounds, lengths, (), (made.made.elt,), made)
