"""Runs every iteration of a loop, and masks the results after a data-dependent early exit.

For a loop over a fixed number of layers or steps with a data-dependent `break` or `return`. After the exit,
further iterations change nothing: `torch.where` keeps each value. The cost is the iterations that the early
exit used to skip.

## Before

```python
for layer in self.layers:
    x = layer(x)
    if (x.abs() < 1e-3).all():
        break
```

## After

```python
done = torch.tensor(False, device=x.device)
for layer in self.layers:
    x = torch.where(done, x, layer(x))
    done = done | (x.abs() < 1e-3).all()
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from ...model import Edit
from ...python.binding import scopes
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.assignments import assigned, assigned_name
from ...python.syntax.literals import is_number
from ...python.syntax.names import call_name, last_name, names_in
from ...python.syntax.precedence import Binds, argument, operand, owner
from ...python.syntax.statements import returning
from ..branches.truth import is_boolean, tensor_of
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import has_own_lines, indentation, put_above, put_in_place
from ..edit.module import Code, code_of, on_one_line, written_out
from ..edit.naming import free_name
from ..rewrite import Problem, Proposal, Rewrite, page
from .grown import grown_tensor
from .loop_carried import given_above
from .writing import outlasts


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, asked = found
    leaving = code.statement_of(asked)
    loop = code.parents.get(leaving) if leaving is not None else None
    if (
        not isinstance(leaving, ast.If)
        or not isinstance(loop, ast.For)
        or not is_plain(code, loop, leaving, torch)
    ):
        return
    exit_of = Exit(code, loop, leaving, torch, *_asked_first(loop, leaving.test, asked))
    if isinstance(leaving.body[0], ast.Return):
        ways = {"mask the results after the early exit": exit_of.returned()}
    else:
        ways = {"mask the results after the early exit": exit_of.broken()}
        results = exit_of.broken(only_results=True)
        if results not in ways.values():
            ways["mask what is read after the loop"] = results
    for way, edits in ways.items():
        if edits is not None:
            yield Proposal(f"Run every iteration, and {way}", edits)


def is_plain(code: Code, loop: ast.For, leaving: ast.If, torch: str) -> bool:
    """Whether the exit is the only one, and the rest gives names their values, each on lines of its own.

    A tensor that a round makes longer is none that `torch.where` could keep.
    """
    leaves = len(leaving.body) == 1 and isinstance(leaving.body[0], (ast.Break, ast.Return))
    rest = [statement for statement in loop.body if statement is not leaving]
    simple = all(assigned_name(each) != "" and has_own_lines(code, each) for each in rest)
    simple = simple and not any(grown_tensor(each, torch) for each in rest)
    alone = not leaving.orelse and not loop.orelse and leaving in loop.body and has_own_lines(code, leaving)
    return leaves and simple and alone and bool(rest) and not outlasts(code, loop)


def _asked_first(loop: ast.For, test: ast.expr, asked: ast.expr) -> tuple[tuple[ast.expr, ...], ast.expr]:
    """What Python asks before it comes to the data, such as `i < len(self.limits)`, and the rest."""
    if not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And):
        return (), test
    known = {"self", "len", *scopes.bound([loop.target])}
    first = tuple(takewhile(lambda each: asked not in ast.walk(each), test.values))
    rest = test.values[len(first) :]
    if len(rest) != 1 or not all(names_in(each) <= known for each in first):
        return (), test
    return first, rest[0]


@dataclass(frozen=True, eq=False)
class Exit:
    """A loop with the `if` that leaves it, where `guards` and then `test` hold.

    `counter` is the name of a number that goes on counting, if there is one.
    """

    code: Code
    loop: ast.For | ast.While
    leaving: ast.If | ast.While
    torch: str
    guards: tuple[ast.expr, ...]
    test: ast.expr
    counter: str = ""

    @cached_property
    def done(self) -> str:
        """The name of the tensor that says whether the loop was left."""
        return free_name(self.code, self.loop, "done", "finished")

    # -- break -------------------------------------------------------------------------------------

    def broken(self, *, only_results: bool = False) -> tuple[Edit, ...] | None:
        """With `only_results`, what is not read after the loop goes on: its size may change from round to round."""
        masked, noted = self.masked(only_results=only_results), self._noted()
        return None if noted is None or masked is None else (*masked, noted)

    def masked(self, *, only_results: bool = False) -> tuple[Edit, ...] | None:
        """What keeps the values of the round in which the loop was left; None where nothing does."""
        before = bound_before(self.code, self.loop)
        after = read_later(self.code, self.loop, self._bound())
        kept = before.intersection(after) if only_results else before
        changing = self._changing(kept)
        edits: list[Edit] = []
        opened: list[str] = []
        for statement in self.loop.body:
            name = assigned_name(statement)
            if name and (name == self.counter or self._is_made_again(statement, name, kept)):
                continue
            if name and name in kept:
                edits.append(self._kept(statement, name))
            elif name and not scopes.used(statement) & changing:
                changing.discard(name)  # of kept values alone, a further round makes the same again
            elif name in after:
                if not self._is_bound_once(name):
                    return None
                edits.append(self._kept_from_first(statement, name))
                opened.append(f"{name} = None")
                changing.discard(name)
        begun = self._start(before, opened)
        return None if begun is None or not edits else (begun, *edits)

    def _changing(self, kept: frozenset[str]) -> set[str]:
        """Names that a further round changes: the loop's own, and those that its body binds and nobody keeps."""
        return {*self._own, *(name for name in self._bound() if name not in kept)}

    @property
    def _own(self) -> frozenset[str]:
        """What the loop itself gives another value in each round."""
        return (
            scopes.bound([self.loop.target]) if isinstance(self.loop, ast.For) else frozenset({self.counter})
        )

    def _is_made_again(self, statement: ast.stmt, name: str, kept: frozenset[str]) -> bool:
        """Whether a further round makes of kept values what stood above the loop, or the last round made.

        `torch.where` between that and what overflowed before would give no gradient.
        """
        body, value = self.loop.body, (assigned(statement) or ("", None))[1]
        if not self.counter or value is None or self.leaving not in (self.loop, *body) or _may_differ(value):
            return False
        read, index = names_in(value), body.index(statement)
        made = [i for i, each in enumerate(body) if assigned_name(each) in read]
        left = body.index(self.leaving) if self.leaving in body else -1
        in_order = all(i < index and not i < left < index for i in made)
        known = all(each in kept for each in self._bound() if each in read)
        plain = name not in read and self.counter not in read and self._is_bound_once(name)
        return plain and in_order and known and self._stood_above(name, value)

    def _stood_above(self, name: str, value: ast.expr) -> bool:
        """Whether a name has the same value above the loop, of names that have kept theirs since."""
        block = self.code.block_of(self.loop)
        for each in reversed(block[: block.index(self.loop)]):
            given = assigned(each)
            if given is not None and given[0] == name:
                return ast.dump(given[1]) == ast.dump(value)
            if scopes.bound([each]) & {name, *names_in(value)}:
                return False
        return False

    def _bound(self) -> list[str]:
        return [name for each in self.loop.body if (name := assigned_name(each))]

    def _is_bound_once(self, name: str) -> bool:
        return self._bound().count(name) == 1

    def _kept(self, statement: ast.stmt, name: str) -> Edit:
        value = self._value(statement)
        return self.code.replaced(statement, f"{name} = {self.torch}.where({self.done}, {name}, {value})")

    def _value(self, statement: ast.stmt) -> str:
        if isinstance(statement, ast.AugAssign):
            return on_one_line(written_out(self.code, statement))
        assert isinstance(statement, ast.Assign)
        return argument(self.code.flat(statement.value))

    def _kept_from_first(self, statement: ast.stmt, name: str) -> Edit:
        """A name that the first round binds has nothing to keep before it."""
        assert isinstance(statement, (ast.Assign, ast.AugAssign))
        new, indent = free_name(self.code, self.loop, f"new_{name}"), indentation(self.code, statement)
        value = f"{new} = {self.code.text(statement.value)}"
        kept = f"{name} = {new} if {name} is None else {self.torch}.where({self.done}, {name}, {new})"
        return self.code.replaced(statement, f"{value}\n{indent}{kept}")

    # -- return ------------------------------------------------------------------------------------

    def returned(self) -> tuple[Edit, ...] | None:
        """`return v` in the loop: what it gave first is kept, and chosen at the function's end; a tuple part by part."""
        last, given = self._last(), self.leaving.body[0]
        assert isinstance(given, ast.Return)
        if last is None or last.value is None or given.value is None:
            return None
        values, finals = _parts(given.value), _parts(last.value)
        code, single = self.code, not isinstance(last.value, ast.Tuple)
        tensors = all(map(_is_tensor, (*values, *finals))) and not self._is_changing(values, single=single)
        alike = single == (not isinstance(given.value, ast.Tuple)) and len(values) == len(finals)
        if not tensors or not alike or not values:
            return None
        names = self._early(len(values))
        kept = [self._first_kept(name, code.flat(value)) for name, value in zip(names, values, strict=True)]
        noted = self._noted(*kept)
        start = self._start(bound_before(code, self.loop), [f"{name} = None" for name in names])
        inner = [
            f"{self.done}, {name}, {code.flat(final)}" for name, final in zip(names, finals, strict=True)
        ]
        text = "return " + ", ".join(f"{self.torch}.where({each})" for each in inner)
        if noted is None or start is None:
            return None
        text += "," if not single and len(finals) == 1 else ""
        if len(indentation(code, last) + text) > WIDEST:
            text = self._on_lines(last, inner, single=single)
        return (start, noted, code.replaced(last, text))

    def _is_changing(self, values: list[ast.expr], *, single: bool) -> bool:
        """Whether one is written to by the next round, or, of several, is the loop's own: the number of the round."""
        written = {assigned_name(each) for each in self.loop.body if isinstance(each, ast.AugAssign)}
        changing = written | (frozenset() if single else self._own)
        return any(isinstance(each, ast.Name) and each.id in changing for each in values)

    def _early(self, count: int) -> list[str]:
        first = free_name(self.code, self.loop, "early", "result")
        return (
            [first]
            if count == 1
            else [free_name(self.code, self.loop, f"{first}_{place}") for place in range(count)]
        )

    def _first_kept(self, name: str, value: str) -> str:
        chosen = f"{self.torch}.where({self.done}, {name}, {value})"
        return f"{name} = {operand(value, Binds.OR)} if {name} is None else {chosen}"

    def _on_lines(self, last: ast.Return, inner: list[str], *, single: bool) -> str:
        indent = indentation(self.code, last)
        deeper = indent + step_of(self.code, self.loop.body, indentation(self.code, self.loop))
        if single:
            return f"return {self.torch}.where(\n{deeper}{inner[0]}\n{indent})"
        lines = "".join(f"{deeper}{self.torch}.where({each}),\n" for each in inner)
        return f"return (\n{lines}{indent})"

    def _last(self) -> ast.Return | None:
        """The only other `return`: the last statement of the function that the loop stands in."""
        function = self.code.function_of(self.loop)
        if function is None or self.loop not in function.body or returning(function.body) != "always":
            return None
        rest = function.body[function.body.index(self.loop) + 1 :]
        last = rest[-1] if rest else None
        alone = all(returning([each]) == "never" for each in rest[:-1])
        own_lines = last is not None and has_own_lines(self.code, last)
        return last if isinstance(last, ast.Return) and alone and own_lines else None

    # -- both --------------------------------------------------------------------------------------

    def _start(self, before: frozenset[str], opened: list[str]) -> Edit | None:
        tensors = {name for name in before - {"self"} if not self._starts_as_number(name)}
        used = (n for n in ast.walk(self.loop) if isinstance(n, ast.Name) and n.id in tensors)
        bound = self._bound()
        names = [n.id for n in sorted(used, key=lambda n: (n.lineno, n.col_offset))]
        first = next((name for name in names if name in bound), next(iter(names), ""))
        device = f", device={first}.device" if first else ""
        return put_above(self.code, self.loop, *opened, f"{self.done} = {self.torch}.tensor(False{device})")

    def _starts_as_number(self, name: str) -> bool:
        """`1.0` and `float("inf")`."""
        before = given_above(self.code, self.loop, name)
        return any(is_number(each) or call_name(each) == "float" for each in before)

    def _noted(self, *above: str) -> Edit | None:
        """In place of the exit; its comments stand above."""
        condition = tensor_of(self.code, self.test)
        if condition is None:
            return None
        condition = operand(condition) if is_boolean(self.test) else f"{owner(condition)}.bool()"
        noted = self._guarded(f"{self.done} = {self.done} | {condition}")
        return put_in_place(self.code, self.leaving, *above, *noted)

    def _guarded(self, line: str) -> Iterator[str]:
        if not self.guards:
            yield line
            return
        yield f"if {' and '.join(map(self.code.flat, self.guards))}:"
        yield f"{step_of(self.code, self.loop.body, indentation(self.code, self.loop))}{line}"


_RANDOM = frozenset({"dropout", "bernoulli", "multinomial", "normal", "poisson"})


def _may_differ(value: ast.expr) -> bool:
    """Whether what is called may give something else the next time: a module may drop some of its values."""
    calls = [n for n in ast.walk(value) if isinstance(n, ast.Call)]
    own = any(not isinstance(n.func, ast.Attribute) or call_name(n).startswith("self.") for n in calls)
    return own or any(last_name(n) in _RANDOM or last_name(n).startswith("rand") for n in calls)


def _parts(value: ast.expr) -> list[ast.expr]:
    """What a `return` gives, one by one."""
    starred = isinstance(value, ast.Tuple) and any(isinstance(each, ast.Starred) for each in value.elts)
    return list(value.elts) if isinstance(value, ast.Tuple) and not starred else [value]


def _is_tensor(value: ast.expr) -> bool:
    """Whether it may be one tensor, as far as its text says."""
    return not isinstance(value, (ast.Tuple, ast.List, ast.Dict, ast.Constant))


REWRITE = Rewrite(
    "masked-early-exit", frozenset({"data-dependent-branch", "tensor-to-python"}), page(__doc__), _find
)
