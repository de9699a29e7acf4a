"""The one `break` of a loop: its condition becomes a value of the round, `done`, that the next round asks for.

The rule: the rest of a round may run once more than it did, as what it gives is not taken then. So it may do
nothing but give names their values.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...model import Edit
from ...python.syntax.assignments import assigned_name, assignments_to
from ...python.syntax.precedence import argument
from ..branches.condition import predicate
from ..edit.lines import put_above, put_in_place
from ..edit.module import Code, on_one_line, written_out
from ..edit.naming import free_name


@dataclass(frozen=True)
class LoopExit:
    """`statements` are those of the round, with `done = …` in place of the exit, to be asked for names."""

    code: Code
    node: ast.While | ast.For
    leaving: ast.If
    done: str
    condition: str
    torch: str
    statements: tuple[ast.stmt, ...]

    @property
    def kept(self) -> frozenset[str]:
        """What the rest of the round gives a new value."""
        return frozenset(name for each in self._rest if (name := assigned_name(each)))

    @property
    def _rest(self) -> Sequence[ast.stmt]:
        return self.node.body[self.node.body.index(self.leaving) + 1 :]

    def start(self, carried: Sequence[str]) -> Edit | None:
        """The loop was not left before it began."""
        first = next((name for name in carried if name != self.done), "")
        device = f", device={first}.device" if first and not self._is_number(first) else ""
        return put_above(self.code, self.node, f"{self.done} = {self.torch}.tensor(False{device})")

    def _is_number(self, name: str) -> bool:
        given = assignments_to(name, [self.code.scope_of(self.node)])
        return any(isinstance(each.value, (ast.Constant, ast.UnaryOp)) for each in given)

    def edits(self) -> tuple[Edit, ...]:
        noted = put_in_place(self.code, self.leaving, f"{self.done} = {self.condition}")
        return (noted, *(self._chosen(each) for each in self._rest))

    def _chosen(self, statement: ast.stmt) -> Edit:
        """`x = new` as it is where the loop goes on."""
        assert isinstance(statement, (ast.Assign, ast.AugAssign))
        name = assigned_name(statement)
        if isinstance(statement, ast.AugAssign):
            value = on_one_line(written_out(self.code, statement))
        else:
            value = argument(self.code.flat(statement.value))
        return self.code.replaced(statement, f"{name} = {self.torch}.where({self.done}, {name}, {value})")


def loop_exit(code: Code, node: ast.While | ast.For, torch: str) -> LoopExit | Literal[False] | None:
    """None where there is no `break`; False where there are several, or what follows one does more than bind."""
    breaks = [n for each in node.body for n in ast.walk(each) if isinstance(n, ast.Break)]
    if not breaks:
        return None
    leaving = code.parents.get(breaks[0])
    if len(breaks) > 1 or not isinstance(leaving, ast.If) or leaving not in node.body or leaving.orelse:
        return False
    condition = predicate(code, leaving.test, torch)
    rest = node.body[node.body.index(leaving) + 1 :]
    # `self.stop` may be a flag of Python's, which no tensor is made of.
    unknown = condition is None or isinstance(leaving.test, (ast.Name, ast.Attribute))
    if (
        unknown
        or condition is None
        or len(leaving.body) != 1
        or not all(assigned_name(each) for each in rest)
    ):
        return False
    done = free_name(code, node, "done", "finished")
    target, value = ast.Name(done, ast.Store()), leaving.test
    noted = ast.Assign([target], value)
    statements = tuple(noted if each is leaving else each for each in node.body)
    return LoopExit(code, node, leaving, done, condition, torch, statements)
