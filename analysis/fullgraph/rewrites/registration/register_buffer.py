"""Registers state as a buffer, which the exported program carries and updates.

An attribute that `forward` assigns becomes a buffer that is registered in `__init__` and updated in place.
It is not persistent, so checkpoints load as before.

## Before

```python
def __init__(self):
    self.average = torch.zeros(8)

def forward(self, x):
    self.average = 0.9 * self.average + 0.1 * x.mean(0)
```

## After

```python
def __init__(self):
    self.register_buffer("average", torch.zeros(8), persistent=False)

def forward(self, x):
    self.average.copy_(0.9 * self.average + 0.1 * x.mean(0))
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Edit, Range, StateChanged
from ...python.binding.api_tables import HAVE_IN_PLACE
from ...python.syntax.assignments import assignments
from ...python.syntax.literals import is_number
from ...python.syntax.names import dotted_name
from ..edit.lines import has_own_lines, put_below
from ..edit.module import Code, code_at
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if (
        not isinstance(failure, StateChanged)
        or failure.change != "assigned"
        or failure.later in ("agrees", "anew")
    ):
        return
    code = code_at(problem, problem.finding.place)
    node = code.expression_at(problem.finding.place.range) if code else None
    if code is None or not isinstance(node, ast.Attribute):
        return
    edits = _State(code, node.attr, failure.tensor).edits(code.class_of(node))
    if edits:
        yield Proposal(f"Register `self.{node.attr}` as a buffer", edits)


@dataclass(frozen=True)
class _State:
    """One attribute of a class."""

    code: Code
    name: str
    tensor: bool

    def edits(self, owner: ast.ClassDef | None) -> tuple[Edit, ...]:
        if owner is None:
            return ()
        made, changed = self._assignments(owner)
        if len(made) != 1 or (registered := self._registered(made[0])) is None:
            return ()
        edits = [*registered]
        for statement in changed:
            update = self._updated(statement)
            if update is None:
                return ()
            edits += update
        return tuple(edits)

    def _assignments(self, owner: ast.ClassDef) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The statements that assign the attribute: those of `__init__`, and the others."""
        made: list[ast.stmt] = []
        changed: list[ast.stmt] = []
        for node in ast.walk(owner):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and self._is_ours(node):
                function, statement = self.code.function_of(node), self.code.statement_of(node)
                if function is None or statement is None or self.code.class_of(node) is not owner:
                    continue
                (made if function.name == "__init__" else changed).append(statement)
        return made, changed

    def _is_ours(self, node: ast.AST) -> bool:
        return dotted_name(node) == f"self.{self.name}"

    def _registered(self, statement: ast.stmt) -> tuple[Edit, ...] | None:
        """`self.average = torch.zeros(8)` as `self.register_buffer("average", torch.zeros(8))`."""
        assigned = _assigned(statement)
        if assigned is None or not self._is_ours(assigned[0]) or not has_own_lines(self.code, statement):
            return None
        value = assigned[1]
        if is_number(value) and not self.tensor:
            torch = self.code.torch
            return None if torch is None else self._wrapped(statement, value, f"{torch}.tensor(", ")")
        if isinstance(value, ast.Constant) or not self.tensor:
            return None
        return self._wrapped(statement, value, "", "")

    def _wrapped(self, statement: ast.stmt, value: ast.expr, before: str, after: str) -> tuple[Edit, ...]:
        start, end = self._value(statement, value)
        return (
            self.code.edit(start, f'self.register_buffer("{self.name}", {before}'),
            self.code.edit(end, f"{after}, persistent=False)"),
        )

    def _updated(self, statement: ast.stmt) -> tuple[Edit, ...] | None:
        if isinstance(statement, ast.AugAssign):
            return ()  # `self.calls += 1` changes a buffer in place
        assigned = _assigned(statement)
        if assigned is None or not has_own_lines(self.code, statement):
            return None
        if not self._is_ours(assigned[0]):
            return self._unpacked(statement, assigned[0])
        start, end = self._value(statement, assigned[1])
        if method := self._own_method(assigned[1]):
            name = self.code.range(method).end
            in_place = self.code.edit(Range(name, name), "_")
            return (self.code.edit(start, ""), in_place)
        return (self.code.edit(start, f"self.{self.name}.copy_("), self.code.edit(end, ")"))

    def _own_method(self, value: ast.expr) -> ast.Attribute | None:
        """`self.keys.index_copy` of `self.keys.index_copy(…)`, which has a form that works in place."""
        function = value.func if isinstance(value, ast.Call) else None
        if (
            isinstance(function, ast.Attribute)
            and self._is_ours(function.value)
            and function.attr in HAVE_IN_PLACE
        ):
            return function
        return None

    def _unpacked(self, statement: ast.stmt, target: ast.expr) -> tuple[Edit, ...] | None:
        """`out, self.state = …` gives the name `state`, and the next line updates the buffer."""
        ours = [n for n in ast.walk(target) if isinstance(n, ast.Attribute) and self._is_ours(n)]
        name = free_name(self.code, statement, self.name, f"new_{self.name}")
        below = put_below(self.code, statement, f"self.{self.name}.copy_({name})")
        if len(ours) != 1 or below is None:
            return None
        return (self.code.replaced(ours[0], name), below)

    def _value(self, statement: ast.stmt, value: ast.expr) -> tuple[Range, Range]:
        """From the target up to the value, its brackets with it, and the statement's end."""
        code, (start, end) = self.code, self.code.span(statement)
        begin = code.tokens.value_start(code.span(value)[0])
        return code.between(start, begin), code.between(end, end)


def _assigned(statement: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """The one target of a statement, with its value."""
    found = list(assignments(statement))
    return found[0] if len(found) == 1 else None


REWRITE = Rewrite("register-buffer", frozenset({"lost-state"}), page(__doc__), _find)
