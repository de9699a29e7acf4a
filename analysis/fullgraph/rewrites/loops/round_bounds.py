"""What bounds the rounds of a `while`: a counter of Python's, and a small number that it is compared with.

    while tries < self.most: …        if tries >= 8: break

The rule: a round adds to the counter once, and does not change the bound. A bound of which the text says no number
counts as a small one.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...python.binding import scopes
from ...python.syntax.assignments import assigned, assigned_name
from ...python.syntax.names import is_name, names_in
from ..edit.module import Code
from .loop_carried import given_above

_MOST = 32
"""Rounds that are worth to be written out in a program."""

Bound = tuple[str, ast.expr]
"""The counter, and what it is compared with."""
Signs = tuple[type[ast.cmpop], ...]
GOES_ON: tuple[Signs, Signs] = ((ast.Lt, ast.LtE), (ast.Gt, ast.GtE))
"""How a counter is compared with its bound, and that with the counter, where there are rounds to come."""
LEAVES = (GOES_ON[1], GOES_ON[0])
_KNOWN = (ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.expr_context, ast.operator)


def counted(test: ast.expr, how: tuple[Signs, Signs]) -> Bound | None:
    """The counter and its bound, of `tries < self.most` and `self.most > tries`."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    for name, bound, ops in zip(
        (test.left, test.comparators[0]), (test.comparators[0], test.left), how, strict=True
    ):
        plain = all(isinstance(n, _KNOWN) for n in ast.walk(bound))
        if isinstance(name, ast.Name) and plain and isinstance(test.ops[0], ops):
            return name.id, bound
    return None


def stops(loop: ast.While) -> list[ast.If]:
    """The ends of a round that ask the counter alone: `if tries >= 8: break`."""
    ends = (each for each in loop.body if isinstance(each, ast.If) and only_breaks(each))
    return [each for each in ends if counted(each.test, LEAVES)]


def only_breaks(statement: ast.If) -> bool:
    """Whether an `if` leaves its loop, and does nothing else."""
    alone = len(statement.body) == 1 and not statement.orelse
    return alone and isinstance(statement.body[0], ast.Break)


def is_endless(loop: ast.While) -> bool:
    """`while True:`."""
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def counter_of(code: Code, loop: ast.While, bounds: Sequence[Bound | None]) -> str:
    """What counts the rounds, where each bound is one of it, small, and the same in all rounds; "" otherwise."""
    known = [each for each in bounds if each is not None]
    counters, inner = {name for name, _ in known}, scopes.bound(loop.body)
    if len(known) != len(bounds) or len(counters) != 1 or any(names_in(most) & inner for _, most in known):
        return ""
    counter = next(iter(counters))
    fits = _counts(code, loop, counter) and all(_is_few(code, most) for _, most in known)
    return counter if fits else ""


def _counts(code: Code, loop: ast.While, counter: str) -> bool:
    """Whether a name is a whole number before the loop, to which each round adds one or more, once."""
    before = given_above(code, loop, counter)
    steps = [each for each in loop.body if assigned_name(each) == counter]
    bound = sum(name == counter for name, _ in scopes.bindings(loop.body))
    whole = len(before) == 1 and isinstance(before[0], ast.Constant) and type(before[0].value) is int
    return whole and len(steps) == bound == 1 and _adds(steps[0], counter)


def _adds(statement: ast.stmt, counter: str) -> bool:
    value = (assigned(statement) or ("", None))[1]
    adds = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and is_name(value.left, counter)
    by = value.right if isinstance(value, ast.BinOp) else None
    return adds and isinstance(by, ast.Constant) and type(by.value) is int and by.value > 0


def _is_few(code: Code, bound: ast.expr) -> bool:
    """Whether a bound is small, as far as the text says: as it stands, or by what the attribute is set to."""
    numbers = constants(bound)
    for node in ast.walk(bound):
        if isinstance(node, (ast.Attribute, ast.Name)):
            numbers += _told(code, node.attr if isinstance(node, ast.Attribute) else node.id)
    return all(isinstance(each.value, int) and each.value <= _MOST for each in numbers)


def _told(code: Code, name: str) -> list[ast.Constant]:
    """The constants that an attribute, a name, or a parameter of that name is given in the file."""
    found: list[ast.Constant] = []
    for node in ast.walk(code.tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(is_name(each, name) or getattr(each, "attr", "") == name for each in targets):
                found.append(node.value)
        elif isinstance(node, ast.arguments):
            defaults = (value for each, value in scopes.given(node) if each.arg == name)
            found += (value for value in defaults if isinstance(value, ast.Constant))
        elif isinstance(node, ast.keyword) and node.arg == name and isinstance(node.value, ast.Constant):
            found.append(node.value)
    return [each for each in found if type(each.value) is int]


def constants(node: ast.expr) -> list[ast.Constant]:
    """What is written out in an expression."""
    return [n for n in ast.walk(node) if isinstance(n, ast.Constant)]
