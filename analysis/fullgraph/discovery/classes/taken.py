"""Which branches of a function a call takes, as far as constants decide: `if pretrained:` after `build(pretrained=False)`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...python.syntax.statements import Block, blocks


@dataclass(frozen=True, slots=True)
class Taken:
    """`given` are the values of the function's parameters, by name."""

    given: Mapping[str, ast.expr]

    def blocks(self, statement: ast.stmt) -> Iterable[Block]:
        """The blocks of a statement that may run."""
        holds = self._holds(statement.test) if isinstance(statement, ast.If) else None
        if holds is None:
            return blocks(statement)
        return [statement.body if holds else statement.orelse]  # type: ignore[attr-defined]

    def _holds(self, test: ast.expr) -> bool | None:
        """None where the constants do not tell."""
        match test:
            case ast.Name(id=name):
                value = self.given.get(name)
                return bool(value.value) if isinstance(value, ast.Constant) else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._holds(operand)
                return None if inner is None else not inner
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot() as op], comparators=[none]):
                value = self.given.get(name)
                if isinstance(value, ast.Constant) and isinstance(none, ast.Constant):
                    return (value.value is none.value) == isinstance(op, ast.Is)
        return None
