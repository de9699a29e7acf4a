"""Loops over numbers that only collect others in a list: the list is one tensor, of what each round adds.

for i, t in enumerate(ids.tolist()):      kept = (ids != pad).nonzero().flatten()
if t != pad: kept.append(i)
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from ....python.syntax.assignments import assignments_to
from ....python.syntax.names import names_in
from ....python.syntax.precedence import owner
from ...edit.lines import has_own_lines
from ...loops.rows.outcomes import Choice, Leaf, Outcome, appended, either, round_of
from ..placing import put
from ..reading.holding import ends_with
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Value, inverted, wider
from .containers import bind_target, entry_of
from .joined import counts_of, going_over, joined, sources_of, spread


def collected(scope: Scope, loop: ast.For) -> bool:
    """Whether a loop was rewritten as the list that it makes."""
    lists = {name for each in ast.walk(loop) if isinstance(each, ast.stmt) and (name := appended(each))}
    name = next(iter(lists)) if len(lists) == 1 else ""
    made, before, sources = _made(scope, name), dict(scope.names), sources_of(scope, loop)
    read = round_of(loop.body, frozenset(lists)) if made is not None and sources else None
    fits = has_own_lines(scope.code, loop) and not loop.orelse and ends_with(scope, loop)
    if read is None or made is None or read.given or not fits or name in names_in(_headers(loop)):
        return False
    try:
        with scope.checking() as checks, going_over(scope, sources):
            bind_target(scope, loop.target, entry_of(scope, loop.iter))
            added = _Rounds(scope, sources, name).of(read.outcome)
        tests = [spread(scope, each, sources) for each in checks]
    except CannotLiftError:
        return False
    finally:
        scope.names = before
    if added.value is None or added.kept == "False" or (checks and isinstance(read.outcome, Choice)):
        return False
    if not all(tests):
        return False
    for each in tests:
        scope.check(f"{owner(each or '')}.all()")
    text, picked = _picked(scope, added, sources)
    put(scope, made, [])
    put(scope, loop, [f"{name} = {text}"])
    scope.bind(name, joined(text, added.value, added.value.roots, picked=picked))
    return True


def _picked(scope: Scope, added: _Added, sources: Mapping[str, str]) -> tuple[str, bool]:
    """What the list becomes, and whether rounds may have left it as it was."""
    assert added.value is not None
    if added.kept == "True":
        return added.value.text, False
    if counts_of(scope, added.value.text, sources):
        return f"{owner(added.kept)}.nonzero().flatten()", True
    return f"{owner(added.value.text)}[{added.kept}]", True


def _headers(loop: ast.For) -> ast.expr:
    """All that a round reads but for the lists that it adds to."""
    return ast.Tuple(
        [loop.iter, *(node.test for node in ast.walk(loop) if isinstance(node, ast.If))]
        + [node.args[0] for node in ast.walk(loop) if isinstance(node, ast.Call) and node.args],
        ast.Load(),
    )


def _made(scope: Scope, name: str) -> ast.Assign | None:
    """`kept = []`, where nothing has been added to it yet."""
    known = scope.names.get(name)
    given = list(assignments_to(name, [scope.function]))
    empty = known is not None and known.kind == "parts" and known.listed and not known.parts
    made = given[0] if len(given) == 1 else None
    alone = made is not None and len(made.targets) == 1 and has_own_lines(scope.code, made)
    return made if empty and alone and not scope.loops else None


@dataclass(frozen=True)
class _Added:
    """What rounds add, and which of them do: `True`, `False`, or a condition."""

    value: Value | None
    kept: str


@dataclass(frozen=True)
class _Rounds:
    """A round's choices, for all rounds at once."""

    scope: Scope
    sources: Mapping[str, str]
    name: str

    def of(self, outcome: Outcome) -> _Added:
        if isinstance(outcome, Leaf):
            if outcome.ends:
                raise CannotLiftError
            added = outcome.values.get(self.name)
            return _Added(None, "False") if added is None else _Added(self._value(added), "True")
        return self._choice(outcome)

    def _choice(self, choice: Choice) -> _Added:
        test = truth(self.scope, choice.test)
        mask = spread(self.scope, test.text, self.sources) if test.is_lifted else None
        body, orelse = self.of(choice.body), self.of(choice.orelse)
        if mask is None:
            raise CannotLiftError
        kept = body.kept
        if body.kept != orelse.kept or body.kept not in ("True", "False"):
            kept = either(mask, inverted(mask), body.kept, orelse.kept)
        if body.value is None or orelse.value is None:
            return _Added(body.value or orelse.value, kept)
        text = f"{self.scope.torch}.where({mask}, {body.value.text}, {orelse.value.text})"
        kind = wider(body.value.type, orelse.value.type)
        return _Added(Value(text, kind, True, body.value.roots | orelse.value.roots | test.roots), kept)

    def _value(self, node: ast.expr) -> Value:
        value = self.scope.of(node)
        text = spread(self.scope, value.detached.text, self.sources)
        if text is not None and (value.is_lifted or counts_of(self.scope, text, self.sources)):
            return Value(text, value.kind if value.is_lifted else "int", True, value.roots)
        if not value.python:
            raise CannotLiftError
        return value
