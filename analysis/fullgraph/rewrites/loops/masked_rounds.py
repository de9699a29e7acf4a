"""A `while` that a counter bounds, as all rounds up to that bound: what the data would have ended is masked.

    while err > tol and tries < self.most:  →  while tries < self.most: done = done | ~(err > tol)
    if err < tol or tries >= 8: break       →  done = done | (err < tol), and if tries >= 8: break

The counter stays a number, so that the loop is unrolled; gradients go through it, as they do not through
`torch.while_loop`. The rule: something of Python's bounds the rounds, and a round does nothing but give names values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...model import Edit
from ...python.binding import scopes
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.assignments import assigned, assigned_name, assignments_to
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
from .loop_carried import start_as_tensor
from .masked_early_exit import Exit

_MOST = 32
"""Rounds that are worth to be written out in a program."""


def masked_rounds(code: Code, asked: ast.expr, torch: str) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Ways to run all rounds of the loop that a condition ends."""
    rounds = _rounds(code, asked, torch)
    if rounds is None or not rounds.is_plain:
        return
    title = "Run every round up to the bound, and mask the results"
    plain, exact = rounds.edits(), rounds.edits(exact=True)
    if exact is not None and exact != plain:
        yield title, exact
        title += ", with numbers as floats"
    if plain is not None:
        yield title, plain


def _rounds(code: Code, asked: ast.expr, torch: str) -> _Rounds | None:
    statement = code.statement_of(asked)
    if isinstance(statement, ast.While):
        asks = list(parts(statement.test))
        known = tuple(each for each in asks if asked not in ast.walk(each) and _counted(each, _GOES_ON))
        data = tuple(each for each in asks if each not in known)
        exit_of = Exit(code, statement, statement, torch, (), statement.test)
        return _bounded(_Rounds(exit_of, statement, None, known, data, ""))
    loop = code.parents.get(statement) if statement is not None else None
    if not isinstance(statement, ast.If) or not isinstance(loop, ast.While) or statement.orelse:
        return None
    if len(statement.body) != 1 or not isinstance(statement.body[0], ast.Break):
        return None
    asks = list(parts(statement.test, ast.Or))
    known = tuple(each for each in asks if asked not in ast.walk(each) and _counted(each, _LEAVES))
    data = tuple(each for each in asks if each not in known)
    exit_of = Exit(code, loop, statement, torch, (), statement.test)
    return _bounded(_Rounds(exit_of, loop, statement, known, data, ""))


@dataclass(frozen=True)
class _Rounds:
    """A loop whose condition, or the `if` that leaves it, asks what is `known` at export, and the `data`."""

    exit: Exit
    loop: ast.While
    leaving: ast.If | None
    known: tuple[ast.expr, ...]
    data: tuple[ast.expr, ...]
    counter: str

    @property
    def code(self) -> Code:
        return self.exit.code

    @property
    def stops(self) -> list[ast.If]:
        """The ends that only ask the counter: `if tries >= 8: break`."""
        rest = (each for each in self.loop.body if isinstance(each, ast.If) and each is not self.leaving)
        return [each for each in rest if _is_stop(each)]

    @property
    def is_plain(self) -> bool:
        """Whether each other statement gives one name its value, on lines of its own."""
        apart = (self.leaving, *self.stops)
        rest = [each for each in self.loop.body if all(each is not other for other in apart)]
        known = all(assigned_name(each) and not grown_tensor(each, self.exit.torch) for each in rest)
        own_lines = all(has_own_lines(self.code, each) for each in (self.loop, *self.loop.body))
        return known and own_lines and not self.loop.orelse and bool(rest) and not any(map(_writes, rest))

    def edits(self, *, exact: bool = False) -> tuple[Edit, ...] | None:
        """With `exact`, a number that each round changes has the precision of Python's."""
        self.exit.counter = self.counter
        masked, noted, counted = self.exit.masked(), self._noted(), self._counted_below()
        if masked is None or None in noted or counted is None:
            return None
        bound = [name for each in self.loop.body if (name := assigned_name(each))]
        late = set(read_later(self.code, self.loop, bound)) - bound_before(self.code, self.loop)
        if late and not _is_endless(self.loop):
            return None  # nothing was given where no round runs
        doubles = tuple(self._as_doubles()) if exact else ()
        starts = self._as_tensors()
        return (*masked, *(each for each in noted if each is not None), *counted, *starts, *doubles)

    # -- the exit --------------------------------------------------------------------------------------

    def _noted(self) -> list[Edit | None]:
        code, done = self.code, self.exit.done
        ends = [self._ends(each) for each in self.data]
        if None in ends or not ends:
            return [None]
        line = " | ".join([f"{done} = {done}", *(each for each in ends if each)])
        if self.leaving is None:
            header = " and ".join(map(code.flat, self.known))
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
        code, function = self.code, self.code.function_of(self.loop)
        asked = frozenset[str]().union(*map(names_in, self.data)) - {self.counter}
        for name in sorted(asked.intersection(scopes.bound(self.loop.body))):
            if function is not None and self._float_before(name) is None:
                edit = start_as_tensor(code, function, self.loop, self.exit.torch, name)
                yield from [edit] if edit is not None else []

    def _as_doubles(self) -> Iterator[Edit]:
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
        before = [
            each
            for each in assignments_to(name, [self.code.scope_of(self.loop)])
            if start(each) < start(self.loop)
        ]
        rounds = [pair[1] for each in self.loop.body if (pair := assigned(each)) and pair[0] == name]
        numbers = all(names_in(each) <= {name, "self", self.counter} for each in rounds)
        calls = any(isinstance(n, ast.Call) for each in rounds for n in ast.walk(each))
        value = before[0].value if len(before) == 1 else None
        whole = all(isinstance(n.value, int) for each in (value, *rounds) if each for n in _constants(each))
        if value is None or not is_number(value) or not numbers or calls:
            return None
        return None if whole and not _divides(rounds) else value


def _writes(statement: ast.stmt) -> bool:
    """Whether a further round would write to a tensor: `y = x.mul_(2)`, or bind a name within an expression."""
    nodes = list(ast.walk(statement))
    in_place = any(last_name(n).endswith("_") for n in nodes if isinstance(n, ast.Call))
    return in_place or any(isinstance(n, (ast.NamedExpr, ast.Await, ast.Yield)) for n in nodes)


# -- what bounds the rounds ----------------------------------------------------------------------------

_GOES_ON = ((ast.Lt, ast.LtE), (ast.Gt, ast.GtE))
_LEAVES = (_GOES_ON[1], _GOES_ON[0])
Comparing = tuple[tuple[type[ast.cmpop], ...], tuple[type[ast.cmpop], ...]]
_KNOWN = (ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.expr_context, ast.operator)


def _counted(test: ast.expr, how: Comparing) -> tuple[str, ast.expr] | None:
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


def _is_stop(statement: ast.If) -> bool:
    alone = len(statement.body) == 1 and not statement.orelse
    return alone and isinstance(statement.body[0], ast.Break) and bool(_counted(statement.test, _LEAVES))


def _is_endless(loop: ast.While) -> bool:
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def _bounded(rounds: _Rounds) -> _Rounds | None:
    """The same with its counter, where one bounds the rounds and nothing else does."""
    code, loop = rounds.code, rounds.loop
    goes_on = [] if rounds.leaving is None or _is_endless(loop) else [*parts(loop.test)]
    asked = [_counted(each, _GOES_ON) for each in goes_on]
    asked += [_counted(each.test, _LEAVES) for each in rounds.stops]
    asked += [_counted(each, _GOES_ON if rounds.leaving is None else _LEAVES) for each in rounds.known]
    bounds = [each for each in asked if each is not None]
    counters = {name for name, _ in bounds}
    if len(bounds) != len(asked) or len(counters) != 1:
        return None
    counter, inner = next(iter(counters)), scopes.bound(loop.body)
    if any(names_in(bound) & inner for _, bound in bounds) or not _counts(code, loop, counter):
        return None
    few = all(_is_few(code, bound) for _, bound in bounds)
    return replace(rounds, counter=counter) if few else None


def _counts(code: Code, loop: ast.While, counter: str) -> bool:
    """Whether a name is a whole number before the loop, to which each round adds one or more, once."""
    scope = code.scope_of(loop)
    before = [each.value for each in assignments_to(counter, [scope]) if start(each) < start(loop)]
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
    numbers = _constants(bound)
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
            found += _defaults(node, name)
        elif isinstance(node, ast.keyword) and node.arg == name and isinstance(node.value, ast.Constant):
            found.append(node.value)
    return [each for each in found if type(each.value) is int]


def _defaults(given: ast.arguments, name: str) -> Iterator[ast.Constant]:
    every = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(every[len(every) - len(given.defaults) :], given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    yield from (value for each, value in pairs if each.arg == name and isinstance(value, ast.Constant))


def _constants(node: ast.expr) -> list[ast.Constant]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Constant)]


def _divides(values: Sequence[ast.expr]) -> bool:
    return any(isinstance(n, (ast.Div, ast.Pow)) for each in values for n in ast.walk(each))
