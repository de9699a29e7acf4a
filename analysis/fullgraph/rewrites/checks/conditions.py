"""What a check has to say: the conditions that must hold, of an `assert` and of an `if` that raises.

The rule: what Python asks before it comes to the data is asked first as it is, so that `mask is None or
mask.any()` asks nothing of a mask that is not there.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...model import DataDependent
from ...python.binding.scopes import bound
from ...python.syntax.operators import OPPOSITES
from ...python.syntax.precedence import Binds, operand
from ...text.source import SourceText, parse_module
from ..branches.condition import negated, predicate
from ..branches.truth import parts
from ..edit.module import Code
from .counts import counted
from .message import Message, message_of
from .raising import Raising


@dataclass(frozen=True)
class Condition:
    """What must hold, as a tensor and as Python has it; `counts`: it counts a mask."""

    tensor: str
    plain: str
    counts: bool


@dataclass(frozen=True)
class Check:
    """`conditions` must hold, where what Python asks first (`guards`) does. `above` are lines before them."""

    conditions: tuple[Condition, ...]
    message: Message | None
    above: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()  # names that only the statements before the `raise` bound


@dataclass(frozen=True)
class Asked:
    """The expression that was asked for its truth, in a test of several parts.

    `whole` are names of integers, `labels` of parameters that are given a constant.
    """

    code: Code
    node: ast.expr
    torch: str
    failure: DataDependent
    whole: frozenset[str]
    labels: frozenset[str]

    def of_assert(self, node: ast.Assert) -> Check | None:
        code, message = self.code, message_of(self.code, node.msg, labels=self.labels)
        comments = tuple(each.string for each in code.tokens.comments(*code.span(node)))
        if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
            first, rest = self._split(node.test, ast.Or)
            if first and len(rest) == 1:
                guards = tuple(operand(opposite(code, each), Binds.AND) for each in first)
                return _check([self._must(rest[0])], message, comments, guards)
        first, rest = self._split(node.test, ast.And)
        said = f", {code.flat(node.msg)}" if node.msg is not None else ""
        above = (f"assert {code.flat(each)}{said}" for each in first)
        return _check([self._must(each) for each in rest], message, (*comments, *above))

    def of_raise(self, raising: Raising) -> Check | None:
        code, test = self.code, raising.node.test
        message = message_of(code, raising.said, raising.before, self.labels)
        above, gone = tuple(raising.comments()), bound(raising.before)
        if not raising.holds:
            return _check([self._must(each) for each in parts(test)], message, above, gone=gone)
        first, rest = self._split(test, ast.Or)
        if len(rest) + len(first) > 1:
            kept = (
                raising.lines_with(" or ".join(operand(code.flat(each), Binds.OR) for each in first))
                if first
                else above
            )
            return _check([self._must_not(each) for each in rest], message, tuple(kept), gone=gone)
        first, rest = self._split(test, ast.And)
        if first and len(rest) == 1:
            guards = tuple(operand(code.flat(each), Binds.AND) for each in first)
            return _check([self._must_not(rest[0])], message, above, guards, gone)
        return _check([self._must_not(test)], message, above, gone=gone)

    def _split(self, test: ast.expr, operator: type[ast.boolop]) -> tuple[list[ast.expr], list[ast.expr]]:
        """What Python asks before it comes to the data, and the rest."""
        values = list(parts(test, operator))
        at = next((i for i, each in enumerate(values) if self.node in ast.walk(each)), 0)
        return values[:at], values[at:]

    def _must(self, test: ast.expr) -> Condition | None:
        code, node, counts = self._counted(test)
        tensor = predicate(code, node, self.torch)
        return None if tensor is None else Condition(tensor, code.flat(node), counts)

    def _must_not(self, test: ast.expr) -> Condition | None:
        code, node, counts = self._counted(test)
        tensor = negated(code, node, self.torch, self.whole)
        if tensor is None:
            return None
        of_floats = any(symbol.is_float for symbol in self.failure.symbols)
        # Neither a comparison with NaN nor its opposite holds.
        plain = f"{self.torch}.sym_not({code.flat(node)})" if of_floats else opposite(code, node)
        return Condition(tensor, plain, counts)

    def _counted(self, test: ast.expr) -> tuple[Code, ast.expr, bool]:
        """The test with masks counted in place of what they take: a text of its own."""
        counts = counted(self.code, test, self.torch, self.failure)
        if not counts:
            return self.code, test, False
        source = SourceText(self.code.source.file, self.code.flat_with(test, counts))
        tree = parse_module(source.normal)
        assert isinstance(tree, ast.Module)
        statement = tree.body[0]
        assert isinstance(statement, ast.Expr)
        return Code(tree, source), statement.value, True


def opposite(code: Code, test: ast.expr) -> str:
    """`not test` as Python has it, of whole numbers and of what is no tensor."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return code.flat(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _OPPOSITES:
        left, right = (operand(code.flat(side), Binds.BIT_OR) for side in (test.left, test.comparators[0]))
        return f"{left} {_OPPOSITES[type(test.ops[0])]} {right}"
    return f"not {operand(code.flat(test))}"


_OPPOSITES = {**OPPOSITES, ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in"}


def _check(
    conditions: Sequence[Condition | None],
    message: Message | None,
    above: tuple[str, ...] = (),
    guards: tuple[str, ...] = (),
    gone: frozenset[str] = frozenset(),
) -> Check | None:
    known = tuple(each for each in conditions if each is not None)
    return Check(known, message, above, guards, gone) if known and len(known) == len(conditions) else None
