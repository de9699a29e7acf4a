"""A `while` that a counter bounds, as all rounds up to that bound: what the data would have ended is masked.

    while err > tol and tries < self.most:  →  while tries < self.most: done = done | ~(err > tol)
    if err < tol or tries >= 8: break       →  done = done | (err < tol), and if tries >= 8: break

The counter stays a number, so that the loop is unrolled; gradients go through it, as they do not through
`torch.while_loop`. The rule: something of Python's bounds the rounds, and a round does nothing but give names values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Edit
from ...python.binding import scopes
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.assignments import assigned, assigned_name
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, is_name, last_name, names_in
from ...python.syntax.precedence import Binds, operand, owner
from ...python.syntax.tree import start
from ..branches.truth import is_boolean, negated, parts, tensor_of
from ..edit.blocks import step_of
from ..edit.lines import has_own_lines, indentation, put_above, put_below, put_in_place
from ..edit.module import Code
from ..edit.naming import free_name
from .grown import grown_tensor
from .loop_carried import given_above, start_as_tensor
from .masked_early_exit import Exit
from .round_bounds import GOES_ON, LEAVES, constants, counted, counter_of, is_endless, only_breaks, stops


def masked_rounds(code: Code, asked: ast.expr, torch: str) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Ways to run all rounds of the loop that a condition ends."""
    rounds = _rounds(code, asked, torch)
    edits = rounds.edits() if rounds is not None and rounds.is_plain else None
    if rounds is None or edits is None:
        return
    title = "Run every round up to the bound, and mask the results"
    if doubles := tuple(rounds.as_doubles()):
        yield title, (*edits, *doubles)
        title += ", with numbers as floats"
    yield title, edits


def _rounds(code: Code, asked: ast.expr, torch: str) -> _Rounds | None:
    """The loop, where a counter bounds its rounds, and nothing else does."""
    leaving = code.statement_of(asked)
    if isinstance(leaving, ast.While):
        loop, how = leaving, GOES_ON
    elif (
        isinstance(leaving, ast.If)
        and only_breaks(leaving)
        and isinstance(around := code.parents.get(leaving), ast.While)
    ):
        loop, how = around, LEAVES
    else:
        return None
    asks = list(parts(leaving.test, ast.And if leaving is loop else ast.Or))
    known = tuple(each for each in asks if asked not in ast.walk(each) and counted(each, how))
    data = tuple(each for each in asks if each not in known)
    bounds = [counted(each, how) for each in known]
    bounds += [counted(each.test, LEAVES) for each in stops(loop) if each is not leaving]
    if leaving is not loop and not is_endless(loop):
        bounds += [counted(each, GOES_ON) for each in parts(loop.test)]
    counter = counter_of(code, loop, bounds)
    exit_of = Exit(code, loop, leaving, torch, (), leaving.test, counter)
    return _Rounds(exit_of, loop, known, data) if counter else None


@dataclass(frozen=True)
class _Rounds:
    """A loop whose condition, or the `if` that leaves it, asks what is `known` at export, and the `data`."""

    exit: Exit
    loop: ast.While
    known: tuple[ast.expr, ...]
    data: tuple[ast.expr, ...]

    @property
    def code(self) -> Code:
        return self.exit.code

    @property
    def leaving(self) -> ast.If | None:
        """None where the loop's own condition asks."""
        return self.exit.leaving if isinstance(self.exit.leaving, ast.If) else None

    @property
    def counter(self) -> str:
        return self.exit.counter

    @property
    def is_plain(self) -> bool:
        """Whether each other statement gives one name its value, on lines of its own."""
        apart = (self.leaving, *stops(self.loop))
        rest = [each for each in self.loop.body if each not in apart]
        known = all(assigned_name(each) and not grown_tensor(each, self.exit.torch) for each in rest)
        own_lines = all(has_own_lines(self.code, each) for each in (self.loop, *self.loop.body))
        return known and own_lines and not self.loop.orelse and bool(rest) and not any(map(_writes, rest))

    def edits(self) -> tuple[Edit, ...] | None:
        masked, noted, counted_below = self.exit.masked(), self._noted(), self._counted_below()
        if masked is None or None in noted or counted_below is None:
            return None
        bound = [name for each in self.loop.body if (name := assigned_name(each))]
        late = set(read_later(self.code, self.loop, bound)) - bound_before(self.code, self.loop)
        if late and not is_endless(self.loop):
            return None  # nothing was given where no round runs
        return (*masked, *(each for each in noted if each is not None), *counted_below, *self._as_tensors())

    # -- the exit --------------------------------------------------------------------------------------

    def _noted(self) -> list[Edit | None]:
        code, done = self.code, self.exit.done
        ends = [self._ends(each) for each in self.data]
        if None in ends or not ends:
            return [None]
        line = " | ".join([f"{done} = {done}", *(each for each in ends if each)])
        if self.leaving is None:
            header = (
                " and ".join(map(code.flat, self.known)) or "True"
            )  # what else bounds it stands in the loop
            return [code.replaced(self.loop.test, header), put_above(code, self.loop.body[0], line)]
        step = step_of(code, self.leaving.body, indentation(code, self.leaving))
        left = [f"if {' or '.join(map(code.flat, self.known))}:", f"{step}break"] if self.known else []
        return [put_in_place(code, self.leaving, line, *left)]

    def _ends(self, test: ast.expr) -> str | None:
        """Whether the loop ends by this part of a condition, as a tensor that is true or false."""
        if self.leaving is not None:
            text, whole = tensor_of(self.code, test), is_boolean(test)
        else:
            inner = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
            text, whole = negated(self.code, test), inner is None or is_boolean(inner)
        if text is None:
            return None
        return operand(text, Binds.SIGN) if whole else f"{owner(text)}.bool()"

    # -- numbers ---------------------------------------------------------------------------------------

    def _counted_below(self) -> tuple[Edit, ...] | None:
        """The counter as it was where the loop was left, if that is read."""
        code, torch, name = self.code, self.exit.torch, self.counter
        if not read_later(code, self.loop, [name]):
            return ()
        count = free_name(code, self.loop, "rounds", "count", f"{name}_kept")
        step = next(each for each in self.loop.body if assigned_name(each) == name)
        edits = (
            put_above(
                code, self.loop, f"{count} = {torch}.full_like({self.exit.done}, {name}, dtype={torch}.int64)"
            ),
            put_below(code, step, f"{count} = {torch}.where({self.exit.done}, {count}, {name})"),
            put_below(code, self.loop, f"{name} = {count}"),
        )
        return None if None in edits else tuple(each for each in edits if each is not None)

    def _as_tensors(self) -> Iterator[Edit]:
        """Numbers that the condition asks for until a round has made tensors of them: `err = float("inf")`."""
        asked = frozenset[str]().union(*map(names_in, self.data)) - {self.counter}
        for name in sorted(asked.intersection(scopes.bound(self.loop.body))):
            if self._float_before(name) is None:
                edit = start_as_tensor(self.code, self.loop, self.exit.torch, name)
                yield from [edit] if edit is not None else []

    def as_doubles(self) -> Iterator[Edit]:
        """Gives a number that each round changes the precision of Python's."""
        code, torch = self.code, self.exit.torch
        for name in dict.fromkeys(map(assigned_name, self.loop.body)):
            value = self._float_before(name) if name and name != self.counter else None
            if value is None:
                continue
            yield code.replaced(value, f"{torch}.tensor({code.text(value)}, dtype={torch}.float64)")
            for node in ast.walk(code.scope_of(self.loop)):
                up = code.parents.get(node)
                late = is_name(node, name) and start(node) > start(self.loop)
                made = isinstance(up, ast.Call) and call_name(up) == f"{torch}.tensor" and not up.keywords
                if late and made and isinstance(up, ast.Call):
                    yield code.replaced(up, f"{name}.to({torch}.get_default_dtype())")

    def _float_before(self, name: str) -> ast.expr | None:
        """The number that a name begins with, where each round makes another number of that alone."""
        before = given_above(self.code, self.loop, name)
        rounds = [pair[1] for each in self.loop.body if (pair := assigned(each)) and pair[0] == name]
        numbers = all(names_in(each) <= {name, "self", self.counter} for each in rounds)
        calls = any(isinstance(n, ast.Call) for each in rounds for n in ast.walk(each))
        value = before[0] if len(before) == 1 else None
        whole = all(isinstance(n.value, int) for each in (value, *rounds) if each for n in constants(each))
        if value is None or not is_number(value) or not numbers or calls:
            return None
        return None if whole and not _divides(rounds) else value


def _writes(statement: ast.stmt) -> bool:
    """Whether a further round would write to a tensor: `y = x.mul_(2)`, or bind a name within an expression."""
    nodes = list(ast.walk(statement))
    in_place = any(last_name(n).endswith("_") for n in nodes if isinstance(n, ast.Call))
    return in_place or any(isinstance(n, (ast.NamedExpr, ast.Await, ast.Yield)) for n in nodes)


def _divides(values: Sequence[ast.expr]) -> bool:
    return any(isinstance(n, (ast.Div, ast.Pow)) for each in values for n in ast.walk(each))
