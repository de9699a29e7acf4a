"""Rounds of a loop that run once more than they did: what was there before them is kept, and what they add is cut off.

    h = torch.where(done, h, self.cell(x, h))      read below the loop, and so kept
    tokens.append(token)                           cut to its length below the loop

The rule: a further round may compute, and give names their values. What it may write to was made by itself, or is
kept. `done`, a tensor, says whether the loop was left.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ...model import Edit
from ...python.binding import scopes
from ...python.binding.liveness import bound_before, read_later
from ...python.syntax.assignments import assigned_name, assignments_to, target_of
from ...python.syntax.literals import is_number
from ..edit.lines import has_own_lines, put_above, put_below
from ..edit.module import Code, on_one_line, written_out
from ..edit.naming import free_name
from .grown import Grown, grown_list, grown_tensor
from .writing import outlasts


@dataclass(frozen=True)
class FurtherRounds:
    """A loop in which `done` becomes true at `leaving`, or where it is None at the beginning of a round.

    `masked` are names that the loop itself keeps in further rounds.
    """

    code: Code
    loop: ast.For | ast.While
    torch: str
    leaving: ast.If | None = None
    masked: frozenset[str] = frozenset()

    @property
    def is_understood(self) -> bool:
        """Whether each statement but the exit is one that may run once more."""
        code, loop = self.code, self.loop
        own = scopes.bound([loop.target]) if isinstance(loop, ast.For) else scopes.used(loop.test)
        owned = all(has_own_lines(code, each) for each in (loop, *loop.body)) and not loop.orelse
        known = owned and all(each is self.leaving or self._is_known(each) for each in loop.body)
        grown = {each.name for each in self.grown}
        late = set(read_later(code, loop, [*own, *self._bound])) - set(self.kept) - grown
        # What counts the rounds of a `while` goes on counting.
        counts = isinstance(loop, ast.For) or not own & set(self.kept)
        return known and counts and not late and not outlasts(code, loop)

    def _is_known(self, statement: ast.stmt) -> bool:
        """Whether a further round of it only gives names their values, or writes to tensors that it is kept from."""
        if any(each.statement is statement for each in self.grown):
            return True
        if isinstance(statement, ast.If):
            return self._is_of_the_round(statement)
        target = target_of(statement)
        if isinstance(target, ast.Subscript):
            return isinstance(target.value, ast.Name) and isinstance(statement, ast.Assign)
        return bool(target is not None and _names(target))

    def _is_of_the_round(self, choice: ast.If) -> bool:
        """Whether a branch gives names values, and none that somebody keeps."""
        inner = [n for n in ast.walk(choice) if isinstance(n, ast.stmt) and not isinstance(n, ast.If)]
        return all(assigned_name(each) and assigned_name(each) not in self.kept for each in inner)

    @cached_property
    def grown(self) -> tuple[Grown, ...]:
        found = (
            grown_tensor(each, self.torch) or grown_list(self.code, self.loop, each, self.torch)
            for each in self.loop.body
        )
        return tuple(each for each in found if each is not None and self._is_grown_once(each))

    def _is_grown_once(self, each: Grown) -> bool:
        bound = [name for name, _ in scopes.bindings(self.loop.body)]
        return bound.count(each.name) == (0 if each.joined else 1)

    @property
    def _bound(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in scopes.bindings(self.loop.body)))

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The names of tensors that are read below the loop, as they were where it was left.

        `h += x` writes to a tensor that may have another name, so that no further round may do it.
        """
        before, grown = bound_before(self.code, self.loop), {each.name for each in self.grown}
        kept = set(read_later(self.code, self.loop, self._bound))
        added = (assigned_name(each) for each in self.loop.body if isinstance(each, ast.AugAssign))
        kept |= {name for name in added if not self._is_of_python(name)}
        return tuple(name for name in self._bound if name in kept & before - grown)

    @property
    def chosen(self) -> frozenset[str]:
        """Of those the names that `done` is needed for."""
        return frozenset(self.kept) - self.masked

    # -- the text --------------------------------------------------------------------------------------

    def edits(self, start: str = "") -> tuple[Edit, ...] | None:
        """All but those of the exit; `start` is what `done` is before the loop, if it is there before."""
        lines = [f"{self.done} = {start}"] if start else []
        lines += [f"{self._length(g)} = {self.torch}.tensor({g.size}{self.device})" for g in self.grown]
        edits = [put_above(self.code, self.loop, *lines)] if lines else []
        for statement in self.loop.body:
            edits += self._in_the_round(statement)
        below = [line for each in self.grown for line in self._below(each)]
        edits += [put_below(self.code, self.loop, *below)] if below else []
        for each in self.grown:
            cut = each.cut.format(self._steps(each))
            edits += [self.code.replaced(call, f"{self.code.text(call)}{cut}") for call in each.joined]
        return None if None in edits else tuple(edit for edit in edits if edit is not None)

    @cached_property
    def done(self) -> str:
        return free_name(self.code, self.loop, "done", "finished", "is_done")

    def _length(self, grown: Grown) -> str:
        return self._named(grown, "length")

    def _steps(self, grown: Grown) -> str:
        return self._named(grown, "steps")

    def _named(self, grown: Grown, name: str) -> str:
        near = self.loop
        return free_name(self.code, near, *([name] if len(self.grown) == 1 else []), f"{grown.name}_{name}")

    @cached_property
    def device(self) -> str:
        """That of a tensor which is there before the loop."""
        before = bound_before(self.code, self.loop) - {"self"}
        used = [n for each in self.loop.body for n in ast.walk(each) if isinstance(n, ast.Name)]
        names = [n.id for n in sorted(used, key=lambda n: (n.lineno, n.col_offset)) if n.id in before]
        tensors = [name for name in names if not self._is_of_python(name)]
        bound = [each.name for each in self.grown] + self._bound
        first = next((name for name in tensors if name in bound), next(iter(tensors), ""))
        return f", device={first}.device" if first else ""

    def _is_of_python(self, name: str) -> bool:
        given = [each.value for each in assignments_to(name, [self.code.scope_of(self.loop)])]
        return any(is_number(each) or isinstance(each, (ast.List, ast.Tuple)) for each in given)

    def _in_the_round(self, statement: ast.stmt) -> Iterator[Edit | None]:
        grown = next((each for each in self.grown if each.statement is statement), None)
        if grown is not None:
            length = self._length(grown)
            chosen = f"{self.torch}.where({self.done}, {length}, {grown.size})"
            yield put_below(self.code, statement, f"{length} = {chosen}")
            if grown.kept is not None:
                yield self._instead(grown.kept, grown.name, self.code.flat(grown.kept))
            return
        target = target_of(statement)
        if isinstance(target, ast.Subscript) and self._outlives(target):
            assert isinstance(statement, ast.Assign)
            yield self._instead(statement.value, self.code.flat(target), self.code.flat(statement.value))
        elif isinstance(target, ast.Name) and target.id in self.chosen:
            assert isinstance(statement, (ast.Assign, ast.AugAssign))
            own = isinstance(statement, ast.AugAssign)
            value = on_one_line(written_out(self.code, statement)) if own else self.code.flat(statement.value)  # type: ignore[arg-type]
            yield self.code.replaced(statement, f"{target.id} = {self._chosen(target.id, value)}")
        elif isinstance(target, ast.Tuple):
            yield from self._unpacked(target)

    def _outlives(self, target: ast.Subscript) -> bool:
        """Whether what is written to was there before the loop."""
        assert isinstance(target.value, ast.Name)
        return target.value.id in bound_before(self.code, self.loop)

    def _unpacked(self, target: ast.Tuple) -> Iterator[Edit | None]:
        """`h, c = …`: those that are kept have another name until then."""
        kept = [n for n in target.elts if isinstance(n, ast.Name) and n.id in self.chosen]
        if kept:
            new = {n.id: free_name(self.code, self.loop, f"new_{n.id}") for n in kept}
            yield from (self.code.replaced(n, new[n.id]) for n in kept)
            lines = [f"{name} = {self._chosen(name, other)}" for name, other in new.items()]
            statement = self.code.statement_of(target)
            yield put_below(self.code, statement, *lines) if statement is not None else None

    def _instead(self, node: ast.expr, old: str, new: str) -> Edit:
        return self.code.replaced(node, self._chosen(old, new))

    def _chosen(self, old: str, new: str) -> str:
        return f"{self.torch}.where({self.done}, {old}, {new})"

    def _below(self, grown: Grown) -> Iterator[str]:
        """How long it is, as a number, and a tensor's first part."""
        if not grown.joined and not read_later(self.code, self.loop, [grown.name]):
            return
        length, steps = self._length(grown), self._steps(grown)
        body = self.loop.body
        late = self.leaving is None or body.index(grown.statement) > body.index(self.leaving)
        if grown.needs_one and late:
            yield f'{self.torch}._assert_async({length} > 0, "{grown.needs_one}")'
        yield f"{steps} = {length}.item()"
        yield f"{self.torch}._check({steps} <= {grown.size})"
        if not grown.joined:
            yield f"{grown.name} = {grown.name}{grown.cut.format(steps)}"


def _names(target: ast.expr) -> bool:
    """Whether a target is a name, or names in a tuple."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(each, ast.Name) for each in parts)
