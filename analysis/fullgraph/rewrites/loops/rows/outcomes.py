"""What a round of a loop leaves: a value for each list, nothing, or the end of the loop, by its conditions.

    if s > 0: best.append(k[0])           one thing or another
    else: best.append(k[1])
    if s <= t: continue                   a value, or none
    kept.append(k)

The rule: a round is read as a tree of choices whose leaves add at most one value to each list. Everything
else that it does gives names their values, each once, so that it may run for all rows.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ....python.binding import scopes
from ....python.syntax.names import call_name
from ....python.syntax.precedence import Binds, operand, owner
from ....text.source import SourceText
from ...branches.condition import negated, predicate, tensor_text
from ...edit.module import Code
from .rounds import Rounds


@dataclass(frozen=True)
class Leaf:
    """What is added, by the list's name; nothing where the round adds nothing. `ends`: the loop does."""

    values: Mapping[str, ast.expr] = field(default_factory=dict)
    ends: bool = False


@dataclass(frozen=True)
class Choice:
    """Which of two, by a condition."""

    test: ast.expr
    body: Outcome
    orelse: Outcome


Outcome = Leaf | Choice


@dataclass(frozen=True)
class Round:
    """`given` are the statements that give names their values, in the order of the text."""

    given: tuple[ast.stmt, ...]
    outcome: Outcome


class _NotARoundError(Exception):
    """A statement does something else."""


def round_of(body: Sequence[ast.stmt], lists: frozenset[str]) -> Round | None:
    """A loop's body, read as a tree of choices; None where it is something else."""
    given: dict[ast.stmt, None] = {}
    try:
        outcome = _outcome(list(body), lists, given, {})
    except _NotARoundError:
        return None
    bound = [name for name, _ in scopes.bindings(given)]
    twice = {name for name in bound if bound.count(name) > 1}
    late = {name for each in _parts(outcome) for name in scopes.used(each)} & twice
    chosen = isinstance(outcome, Choice)
    # A value after the last statement may read a name that was bound twice; a condition in between may not.
    return None if late and chosen else Round(tuple(given), outcome)


def _parts(outcome: Outcome) -> Iterator[ast.expr]:
    if isinstance(outcome, Leaf):
        yield from outcome.values.values()
    else:
        yield outcome.test
        yield from _parts(outcome.body)
        yield from _parts(outcome.orelse)


def _outcome(
    body: list[ast.stmt], lists: frozenset[str], given: dict[ast.stmt, None], added: Mapping[str, ast.expr]
) -> Outcome:
    if not body or isinstance(body[0], (ast.Continue, ast.Break)):
        return Leaf(added, bool(body) and isinstance(body[0], ast.Break))
    first, rest = body[0], body[1:]
    if (name := appended(first)) in lists:
        if name in added:
            raise _NotARoundError
        return _outcome(rest, lists, given, {**added, name: first.value.args[0]})  # type: ignore[attr-defined]
    if isinstance(first, ast.If):
        body_of, orelse = (_outcome([*s, *rest], lists, given, added) for s in (first.body, first.orelse))
        return Choice(first.test, body_of, orelse)
    if not isinstance(first, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass)):
        raise _NotARoundError
    if not isinstance(first, ast.Pass):
        given[first] = None
    return _outcome(rest, lists, given, added)


def appended(statement: ast.stmt) -> str:
    """`rows` of `rows.append(…)`; "" of anything else."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return ""
    name, _, method = call_name(statement.value).rpartition(".")
    one = len(statement.value.args) == 1 and not statement.value.keywords
    return name if method == "append" and name.isidentifier() and one else ""


# -- as tensors ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tensors:
    """The conditions and values of a round as expressions of tensors. None: it cannot be said as one."""

    code: Code
    rounds: Rounds
    torch: str

    def value(self, outcome: Outcome, name: str) -> str | None:
        """What the list is given, wherever it is given something."""
        if isinstance(outcome, Leaf):
            return self._number(outcome.values[name]) if name in outcome.values else ""
        body, orelse = self.value(outcome.body, name), self.value(outcome.orelse, name)
        test = self._test(outcome.test)
        if body is None or orelse is None or test is None or not body or not orelse or body == orelse:
            return None if body is None or orelse is None else body or orelse
        return f"{self.torch}.where({test}, {body}, {orelse})"

    def adds(self, outcome: Outcome) -> str | None:
        """Whether a round adds a value: `True`, `False`, or a condition."""
        return self._where(outcome, lambda leaf: bool(leaf.values))

    def ends(self, outcome: Outcome) -> str | None:
        """Whether a round ends the loop."""
        return self._where(outcome, lambda leaf: leaf.ends)

    def _where(self, outcome: Outcome, holds: Callable[[Leaf], bool]) -> str | None:
        if isinstance(outcome, Leaf):
            return str(holds(outcome))
        body, orelse = self._where(outcome.body, holds), self._where(outcome.orelse, holds)
        test, opposite = self._test(outcome.test), self._test(outcome.test, negative=True)
        if body is None or orelse is None or test is None or opposite is None or body == orelse:
            return body if body == orelse else None
        return either(test, opposite, body, orelse)

    def _test(self, test: ast.expr, negative: bool = False) -> str | None:
        code, node = self._alone(test)
        return (negated if negative else predicate)(code, node, self.torch)

    def _number(self, value: ast.expr) -> str | None:
        """A value without what makes a Python number of it: `s` of `s.item()`, `s.float()` of `float(s)`."""
        code, node = self._alone(value)
        if isinstance(node, ast.IfExp):
            inner = Tensors(code, Rounds((), ()), self.torch)
            return inner.value(Choice(node.test, Leaf({"": node.body}), Leaf({"": node.orelse})), "")
        made = {"float": "float", "int": "long"}.get(call_name(node) if isinstance(node, ast.Call) else "")
        if made and isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            return f"{owner(tensor_text(code, node.args[0]))}.{made}()"
        return tensor_text(code, node)

    def _alone(self, node: ast.expr) -> tuple[Code, ast.expr]:
        """An expression with the round's parts in it, as a text of its own."""
        text = self.rounds.text(self.code, node)
        tree = ast.parse(text)
        statement = tree.body[0]
        assert isinstance(statement, ast.Expr)
        return Code(tree, SourceText(self.code.source.file, text)), statement.value


def either(test: str, opposite: str, body: str, orelse: str) -> str:
    """`body` where a condition holds, else `orelse`; at least one of them is no constant, or they differ."""
    if body == "True":
        return test if orelse == "False" else f"{_part(test)} | {_part(orelse)}"
    if body == "False":
        return opposite if orelse == "True" else f"{_part(opposite)} & {_part(orelse)}"
    if orelse == "True":
        return f"{_part(opposite)} | {_part(body)}"
    if orelse == "False":
        return f"{_part(test)} & {_part(body)}"
    return f"({_part(test)} & {_part(body)}) | ({_part(opposite)} & {_part(orelse)})"


def _part(text: str) -> str:
    """A condition as a part of `&` or `|`."""
    return operand(text, Binds.SIGN)
