"""A comprehension over rows that is joined as soon as it is made: `torch.stack([… for k, s in zip(a, b)])`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TypeGuard

from ....model import Edit
from ....python.syntax.assignments import assigned
from ....python.syntax.names import call_name, is_name
from ...edit.module import Code
from .lists import LISTED, is_padding, joined_dim, joined_text
from .outcomes import Choice, Leaf, Outcome, Tensors
from .rounds import Rounds, rounds_of

_VALUE = "value"


@dataclass(frozen=True)
class RowComprehension:
    """`call` joins the rows; `outcome` is what one of them leaves, `name` that of the list, if it has one."""

    code: Code
    call: ast.Call
    made: ast.ListComp | ast.GeneratorExp
    name: str
    torch: str
    rounds: Rounds
    outcome: Outcome

    @property
    def value(self) -> str | None:
        return self.tensors.value(self.outcome, _VALUE)

    @property
    def kept(self) -> str | None:
        """Which rows there are: `True`, or a condition."""
        return self.tensors.adds(self.outcome)

    @property
    def tensors(self) -> Tensors:
        return Tensors(self.code, self.rounds, self.torch)

    def over_all(self, text: str) -> str:
        """An expression of a row for all rows at once."""
        names, over = ", ".join(self.rounds.names), ", ".join(self.rounds.over)
        return f"{self.torch}.vmap(lambda {names}: {text})({over})"

    def edits(self, text: str) -> tuple[Edit, ...]:
        """All rows, joined."""
        if not self.name:
            return (self.code.replaced(self.call, joined_text(self.code, self.call, text)),)
        call = self.code.replaced(self.call, joined_text(self.code, self.call, self.name))
        return self.code.replaced(self.made, text), call


def row_comprehension(code: Code, node: ast.AST, torch: str) -> RowComprehension | None:
    """The innermost one around an expression, be it the call, what is joined, or a part of it."""
    for up in (node, *code.ancestors(node)):
        if isinstance(up, ast.Call) and up.args and _is_one(up.args[0]):
            return _of_call(code, up.args[0], up, "", torch)
        if isinstance(up, ast.stmt):
            return _named(code, up, torch)
    return None


def _is_one(node: ast.expr) -> TypeGuard[ast.ListComp | ast.GeneratorExp]:
    return isinstance(node, (ast.ListComp, ast.GeneratorExp))


def _named(code: Code, statement: ast.stmt, torch: str) -> RowComprehension | None:
    """`rows = […]`, and `torch.stack(rows)` as all that is done with it."""
    name, made = assigned(statement) or ("", None)
    if made is None or not isinstance(made, ast.ListComp):
        return None
    uses = [n for n in ast.walk(code.scope_of(statement)) if is_name(n, name)]
    calls = [up for n in uses if isinstance(up := code.parents.get(n), ast.Call)]
    return _of_call(code, made, calls[0], name, torch) if len(uses) == 2 and len(calls) == 1 else None


def _of_call(
    code: Code, over: ast.ListComp | ast.GeneratorExp, call: ast.Call, name: str, torch: str
) -> RowComprehension | None:
    made = call_name(call).removeprefix(f"{torch}.")
    known = made in LISTED or is_padding(call) or (made in ("stack", "cat") and joined_dim(call) >= 0)
    if not known or len(over.generators) != 1 or over.generators[0].is_async:
        return None
    loop = over.generators[0]
    if any(isinstance(n, ast.NamedExpr) for n in ast.walk(over)):
        return None
    outcome: Outcome = Leaf({_VALUE: over.elt})
    for test in reversed(loop.ifs):
        outcome = Choice(test, outcome, Leaf())
    rounds = rounds_of(code, code.scope_of(call), loop, [over.elt, *loop.ifs], torch)
    return RowComprehension(code, call, over, name, torch, rounds, outcome) if rounds else None
