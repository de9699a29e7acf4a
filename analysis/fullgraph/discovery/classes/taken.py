"""Which branches of a function a call takes, as far as constants decide: `if pretrained:` after `build(pretrained=False)`."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...python.syntax.names import dotted_name
from ...python.syntax.statements import Block, blocks, of_scope

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda one, several: one in several,
    ast.NotIn: lambda one, several: one not in several,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """`given` are the values of the function's parameters, by name."""

    given: Mapping[str, ast.expr]

    def statements(self, body: Block) -> Iterator[ast.stmt]:
        """The statements that may run, those of inner blocks too; behind a `return` that is taken none do."""
        for statement in body:
            chosen = self._chosen(statement)
            if chosen is None:
                yield from of_scope([statement], self._blocks)
            else:
                yield from self.statements(chosen)
            if any(isinstance(each, ast.Return | ast.Raise) for each in (statement, *(chosen or ()))):
                return

    def _blocks(self, statement: ast.stmt) -> Iterable[Block]:
        chosen = self._chosen(statement)
        return blocks(statement) if chosen is None else [chosen]

    def _chosen(self, statement: ast.stmt) -> Block | None:
        """The block of a statement that runs, of an `elif` too; None where the constants do not tell."""
        found = self._block(statement)
        while found and len(found) == 1 and (further := self._block(found[0])) is not None:
            found = further
        return found

    def _block(self, statement: ast.stmt) -> Block | None:
        if isinstance(statement, ast.Match):
            return self._case(statement)
        if not isinstance(statement, ast.If):
            return None
        holds = self._holds(statement.test)
        return None if holds is None else (statement.body if holds else statement.orelse)

    def _case(self, statement: ast.Match) -> Block | None:
        subject = self._constant(statement.subject)
        if subject is None:
            return None
        for case in statement.cases:
            matches = None if case.guard else self._matches(case.pattern, subject)
            if matches is None:
                return None
            if matches:
                return case.body
        return []

    def _matches(self, pattern: ast.pattern, subject: ast.Constant) -> bool | None:
        match pattern:
            case ast.MatchValue(value=ast.Constant(value=value)):
                return bool(value == subject.value)
            case ast.MatchOr(patterns=patterns):
                return self._of_several([self._matches(each, subject) for each in patterns], any_is=True)
            case ast.MatchAs(pattern=None):
                return True
        return None

    def _holds(self, test: ast.expr) -> bool | None:
        """None where the constants do not tell."""
        match test:
            case ast.Name() | ast.Attribute():
                value = self._constant(test)
                return None if value is None else bool(value.value)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._holds(operand)
                return None if inner is None else not inner
            case ast.BoolOp(op=op, values=values):
                return self._of_several([self._holds(each) for each in values], any_is=isinstance(op, ast.Or))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(left, op, right)
        return None

    def _of_several(self, held: Sequence[bool | None], *, any_is: bool) -> bool | None:
        if any_is in held:
            return any_is
        return None if None in held else not any_is

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool | None:
        one = self._constant(left)
        if one is None or type(op) not in _COMPARISONS:
            return None
        if isinstance(op, ast.In | ast.NotIn):
            parts = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else None
            others = [self._constant(each) for each in parts or [right]]
            within = [each.value for each in others if each is not None]
            if parts is None or len(within) < len(parts):
                return None
            return _COMPARISONS[type(op)](one.value, within)
        other = self._constant(right)
        return None if other is None else _COMPARISONS[type(op)](one.value, other.value)

    def _constant(self, node: ast.expr) -> ast.Constant | None:
        value = self.given.get(dotted_name(node), node)
        return value if isinstance(value, ast.Constant) else None
