"""A data-dependent branch as `torch.cond` over the rest of its function, which becomes a function of its own.

What the sides of a branch give may have other sizes, of which torch would make one that is not known. Where that
does not leave the function, each side goes on to the end by itself, and only the results have to agree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import DataDependent, Edit, Position, Range
from ...python.binding.liveness import bound_before, is_shared_and_written, read_later
from ...python.binding.usage import Use
from ...python.syntax.assignments import assigned
from ...python.syntax.names import names_in
from ...python.syntax.statements import elif_of, returning, returns
from ..edit.blocks import WIDEST, call, else_header, header, last_line, needs_blank, step_of, tupled
from ..edit.lines import has_comment, has_own_lines, indentation, put_above
from ..edit.module import Code
from ..edit.naming import free_name
from ..rewrite import Problem
from .branch_function import Block, Side
from .condition import predicate


def over_the_rest(problem: Problem, code: Code, node: ast.If, torch: str) -> tuple[Edit, ...] | None:
    """The edits; None where the rest is not to be moved, or the sides give nothing of another shape."""
    test, way = predicate(code, node.test, torch), _way_on(code, node)
    if test is None or way is None or elif_of(node) is not None or code.is_elif(node):
        return None
    if returning([*node.body, *node.orelse]) != "never" or not _differs(problem, way):
        return None
    true = Side(code, (Block(node.body, header(code, node)),), torch)
    false = Side(code, (Block(node.orelse, else_header(code, node)),) if node.orelse else (), torch)
    rest = Side(code, (Block(way.rest, start=code.range(way.outer).end.line + 1),), torch)
    if not all(side.is_movable for side in (true, false, rest)) or not has_own_lines(code, node):
        return None
    uses = [Use.of(side.statements) for side in (true, false, rest)]
    if uses[0] is None or uses[1] is None or uses[2] is None:
        return None
    bound = dict.fromkeys((*uses[0].binds, *uses[0].written, *uses[1].binds, *uses[1].written))
    outputs = read_later(code, node, bound)
    settled = bound_before(code, node) | (uses[0].settled & uses[1].settled)
    given = ((n, v) for side in (true, false) for n in outputs for v in side.assigned(n))
    if not outputs or not settled.issuperset(outputs) or is_shared_and_written(code, node, given):
        return None
    return _Written(code, node, way, torch, test, (true, false), rest, uses[2], outputs).edits()


@dataclass(frozen=True)
class _Way:
    """How it goes on behind a branch: what is left of the block that `outer`, itself or around it, stands in."""

    outer: ast.stmt
    rest: list[ast.stmt]


def _way_on(code: Code, node: ast.If) -> _Way | None:
    """The statements behind a branch up to the end of its function, which return something."""
    outer: ast.stmt = node
    while True:
        block = code.block_of(outer)
        rest = block[block.index(outer) + 1 :]
        if rest:
            return _Way(outer, rest) if returning(rest) == "always" else None
        parent = code.parents.get(outer)
        if not isinstance(parent, ast.If) or code.is_elif(parent) or not has_own_lines(code, parent):
            return None
        outer = parent


def _differs(problem: Problem, way: _Way) -> bool:
    """Whether a name that is read later is known to have another shape on the other side."""
    failure = problem.failure
    place = failure.frame.place if isinstance(failure, DataDependent) and failure.frame else None
    side = next((each for each in problem.facts.sides if each.branch == place), None)
    read = {name for statement in way.rest for name in names_in(statement)}
    found = side.differences if side is not None and side.looked else ()
    return any(each.name in read and each.if_true and each.if_false for each in found)


@dataclass(frozen=True)
class _Written:
    """The rest as a function `finish` of what the sides give, and the call of `torch.cond` with both."""

    code: Code
    node: ast.If
    way: _Way
    torch: str
    test: str
    sides: tuple[Side, Side]
    rest: Side
    use: Use
    outputs: tuple[str, ...]

    @property
    def _name(self) -> str:
        return free_name(self.code, self.node, "finish", "finish_rest")

    @property
    def _parameters(self) -> tuple[str, ...]:
        """What the sides give, and what the rest itself binds anew."""
        return tuple(dict.fromkeys((*self.outputs, *self.use.carried)))

    def edits(self) -> tuple[Edit, ...] | None:
        code, outer = self.code, self.way.outer
        indent, finish = indentation(code, outer), self._finish(indentation(code, outer))
        chosen = self._chosen(indentation(code, self.node))
        if finish is None or chosen is None:
            return None
        if outer is self.node:
            return (self._replaced(self.node, self.way.rest[-1], [*finish, "", *chosen]),)
        above = put_above(code, outer, *(line.removeprefix(indent) for line in finish), "")
        if above is None:
            return None
        last = [f"{indent}return {self._name}({', '.join(self._parameters)})"]
        return (
            above,
            self._replaced(self.node, (self.node.orelse or self.node.body)[-1], chosen),
            self._replaced(self.way.rest[0], self.way.rest[-1], last),
        )

    def _finish(self, indent: str) -> list[str] | None:
        """The rest as a function."""
        edits = list(self.rest.out_of_place(self.use))
        for each in returns(self.rest.statements):
            own = self.rest.own(each.value) if each.value is not None else None
            if own is None:
                return None
            edits += own
        step = step_of(self.code, self.node.body, indentation(self.code, self.node))
        copies = [f"{indent}{step}{name} = {name}.clone()" for name in self.use.written]
        blank = [""] if needs_blank(self.code, self.code.range(self.way.outer).start.line) else []
        head = f"{indent}def {self._name}({', '.join(self._parameters)}):"
        return [*blank, head, *copies, *self.rest.lines(edits, indent + step)]

    def _chosen(self, indent: str) -> list[str] | None:
        """`return torch.cond(…)`: each side ends by calling the rest."""
        calls = [self._called(side) for side in self.sides]
        if calls[0] is not None and calls[1] is not None:
            arguments = [self.test, *(f"lambda: {each}" for each in calls)]
            line = f"{indent}return {self.torch}.cond({', '.join(arguments)})"
            return (
                [line]
                if len(line) <= WIDEST
                else call(indent, f"return {self.torch}.cond", arguments, "    ")
            )
        names = [free_name(self.code, self.node, name) for name in ("if_true", "if_false")]
        uses = [Use.of(side.statements) for side in self.sides]
        carried = tuple(dict.fromkeys(name for use in uses if use is not None for name in use.carried))
        lines: list[str] = []
        for name, side, use in zip(names, self.sides, uses, strict=True):
            if use is None:
                return None
            lines += [*self._side(name, side, use, carried, indent), ""]
        given = [tupled(carried)] if carried else []
        return [*lines, *call(indent, f"return {self.torch}.cond", [self.test, *names, *given], "    ")]

    def _side(self, name: str, side: Side, use: Use, carried: Sequence[str], indent: str) -> Iterator[str]:
        inner = indent + "    "
        yield f"{indent}def {name}({', '.join(carried)}):"
        yield from (f"{inner}{each} = {each}.clone()" for each in use.written)
        yield from side.lines(list(side.out_of_place(use)), inner) if side.statements else ()
        yield f"{inner}return {self._name}({', '.join(self._parameters)})"

    def _called(self, side: Side) -> str | None:
        """`finish(torch.cat((x, y)), z)` of a side that only gives names their values, each by itself."""
        given: dict[str, str] = {}
        for statement in side.statements:
            found = assigned(statement)
            if found is None or isinstance(statement, ast.AugAssign) or found[0] in given:
                return None
            if not names_in(found[1]).isdisjoint(given) or found[0] not in self._parameters:
                return None
            given[found[0]] = self.code.flat(found[1])
        if side.comments or any(has_comment(self.code, each) for each in side.statements):
            return None
        return f"{self._name}({', '.join(given.get(name, name) for name in self._parameters)})"

    def _replaced(self, first: ast.stmt, last: ast.stmt, lines: Sequence[str]) -> Edit:
        start, end = self.code.range(first).start.line, last_line(self.code, [last])
        whole = Range(Position(start, 0), Position(end, len(self.code.source.lines[end])))
        return self.code.edit(whole, "\n".join(lines))
