"""A loop over rows as a function of one row: its text, and what stands in the loop's place.

The rule: a round reads nothing that another one left, and leaves nothing but what it adds to its lists.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....model import Edit, Position, Range
from ....python.binding import scopes
from ....python.binding.liveness import bound_before, read_later
from ....python.syntax.assignments import assigned_name
from ...edit.blocks import WIDEST, header, is_movable, last_line, lines_of, step_of
from ...edit.lines import below, has_own_lines, indentation, said_in
from ...edit.module import Code
from ...edit.naming import free_name
from .lists import Rows, rows_in, without_lists
from .outcomes import Round, Tensors, round_of
from .rounds import Rounds, rounds_of

_OVER_ALL = "vmap"


@dataclass(frozen=True)
class RowFunction:
    """A loop in its parts."""

    code: Code
    loop: ast.For
    torch: str
    rounds: Rounds
    rows: tuple[Rows, ...]
    round: Round

    @property
    def tensors(self) -> Tensors:
        return Tensors(self.code, self.rounds, self.torch)

    def values(self) -> list[str] | None:
        """What each list is given."""
        values = [self.tensors.value(self.round.outcome, each.name) for each in self.rows]
        return [each for each in values if each] if all(values) else None

    def edits(
        self, function: str, returned: list[str], names: list[str], *below: str
    ) -> tuple[Edit, ...] | None:
        """The function in the loop's place, with the names that what it returns for all rows is given."""
        code, gone = self.code, without_lists(self.code, self.rows)
        if gone is None:
            return None
        lines = self._lines(function, returned, names)
        indent = indentation(code, self.loop)
        end = last_line(code, self.loop.body)
        start = Position(code.range(self.loop).start.line, 0)
        whole = Range(start, Position(end, len(code.source.lines[end])))
        text = "\n".join((*self._blank(), *lines, *(f"{indent}{each}" for each in below)))
        return (*gone, code.edit(whole, text), *(each.as_tensor(code) for each in self.rows))

    def at_once(self, value: str) -> tuple[Edit, ...] | None:
        """The one list's value for all rows in the loop's place."""
        code, gone = self.code, without_lists(self.code, self.rows)
        if gone is None:
            return None
        said = said_in(code, code.range(self.loop))
        text = below(said, f"{self.rows[0].name} = {value}", indentation(code, self.loop))
        line = code.replaced(self.loop, text)
        return (*gone, line, *(each.as_tensor(code) for each in self.rows))

    def _blank(self) -> list[str]:
        """A blank line above the function, where code of its block stands there that stays."""
        code, line = self.code, self.code.range(self.loop).start.line
        made = {number for each in self.rows for number in _lines_of(code, each.made)}
        nothing_between = line - 1 in made or not code.source.lines[line - 1].strip()
        while line - 1 in made:
            line -= 1
        above = code.source.lines[line - 1].strip() if line else ""
        nothing_above = not above or above.endswith(":") or above.startswith("#")
        return [] if nothing_above or (nothing_between and not above) else [""]

    def _lines(self, function: str, returned: list[str], names: list[str]) -> list[str]:
        code, loop = self.code, self.loop
        indent = indentation(code, loop)
        inner = indent + step_of(code, loop.body, indent)
        name = free_name(code, loop, "of_row", "of_one_row")
        body = [line for each in self.round.given for line in self._statement(each, inner)]
        given = ", ".join(self.rounds.over)
        called = f"{function}({name})({given})" if _OVER_ALL in function else f"{function}({name}, {given})"
        said = header(code, loop).comment
        return [
            f"{indent}def {name}({', '.join(self.rounds.names)}):{f'  {said}' if said else ''}",
            *body,
            *_returned(inner, step_of(code, loop.body, indent), returned),
            "",
            f"{indent}{', '.join(names)} = {called}",
        ]

    def _statement(self, statement: ast.stmt, indent: str) -> list[str]:
        code = self.code
        own = indentation(code, statement)
        first = code.range(statement).start.line
        while first and code.source.lines[first - 1].startswith(f"{own}#"):
            first -= 1
        return lines_of(code, [statement], None, self.rounds.edits(code), indent, first)


def _returned(indent: str, step: str, values: list[str]) -> list[str]:
    line = f"{indent}return {', '.join(values)}"
    if len(line) <= WIDEST or len(values) == 1:
        return [line]
    return [f"{indent}return (", *(f"{indent}{step}{value}," for value in values), f"{indent})"]


def _lines_of(code: Code, statement: ast.stmt) -> range:
    where = code.range(statement)
    return range(where.start.line, where.end.line + 1)


def row_function(code: Code, node: ast.AST, torch: str, *, moving: bool = False) -> RowFunction | None:
    """The innermost loop around an expression that is one over rows; `moving`: its last statement may move an offset."""
    for up in (node, *code.ancestors(node)):
        if isinstance(up, ast.For) and (found := _of_loop(code, up, torch, moving)):
            return found
        if isinstance(up, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            return None
    return None


def _of_loop(code: Code, loop: ast.For, torch: str, moving: bool) -> RowFunction | None:
    scope = code.scope_of(loop)
    rows = None if loop.orelse else rows_in(code, scope, loop, torch)
    rounds = rounds_of(code, scope, loop, loop.body, torch) if rows else None
    found = round_of(loop.body, frozenset(each.name for each in rows)) if rows else None
    if rows is None or rounds is None or found is None:
        return None
    made = RowFunction(code, loop, torch, rounds, rows, found)
    offset = assigned_name(loop.body[-1]) if moving else ""
    return made if _is_alone(made, offset) and _is_movable(code, made) else None


def _is_alone(made: RowFunction, offset: str) -> bool:
    code, loop = made.code, made.loop
    stores = (
        n
        for each in made.round.given
        for n in ast.walk(each)
        if isinstance(n, (ast.Attribute, ast.Subscript))
    )
    changes = any(isinstance(node.ctx, ast.Store) for node in stores)
    bound = scopes.bound([*made.round.given, loop.target]) - {offset}
    outlive = bound & bound_before(code, loop) or read_later(code, loop, bound)
    return not changes and not outlive and not bound & {each.name for each in made.rows}


def _is_movable(code: Code, made: RowFunction) -> bool:
    apart = all(has_own_lines(code, each) and is_movable(code, [each]) for each in made.round.given)
    return apart and has_own_lines(code, made.loop) and not header(code, made.loop).inline
