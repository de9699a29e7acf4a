"""One side of a branch as a function: its statements, what it is given, and what it returns.

The rule: what a function returns is a tensor of its own, for `torch.cond` takes no output that is an input
as well, or a view of one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python.binding.api_tables import VIEWS
from ...python.binding.usage import Use
from ...python.syntax.names import is_name
from ...python.syntax.operators import BINARY, in_full
from ...python.syntax.precedence import owner
from ..edit.blocks import Header, is_movable, lines_of
from ..edit.module import Code, written_out
from .speaking import is_remark


@dataclass(frozen=True)
class Block:
    """Neighbouring statements, with the line that opens them if that is to go."""

    statements: Sequence[ast.stmt]
    opened: Header | None = None
    start: int | None = None  # the line from which on its comments stand


@dataclass(frozen=True)
class Side:
    """The blocks that one side runs, one after the other; none where the `else` is missing."""

    code: Code
    blocks: tuple[Block, ...]
    torch: str
    contiguous: bool = False  # what it returns is laid out in the order of its dimensions

    @property
    def statements(self) -> list[ast.stmt]:
        """Without remarks, which `torch.cond` does not capture."""
        return [each for block in self.blocks for each in block.statements if not is_remark(each)]

    def _remarks(self) -> Iterator[Edit]:
        """Takes the lines of remarks out, each with the line end that its block has left."""
        for block in self.blocks:
            for each in filter(is_remark, block.statements):
                first, last = self.code.range(each).start.line, self.code.range(each).end.line
                start, end = Position(first, 0), Position(last + 1, 0)
                if each is block.statements[-1]:
                    start = Position(first - 1, len(self.code.source.lines[first - 1]))
                    end = Position(last, len(self.code.source.lines[last]))
                yield self.code.edit(Range(start, end), "")

    @property
    def is_movable(self) -> bool:
        return all(is_movable(self.code, block.statements) for block in self.blocks)

    def lines(self, edits: Sequence[Edit], indent: str) -> list[str]:
        edits = [*edits, *self._remarks()]
        parts = [
            lines_of(self.code, block.statements, block.opened, edits, indent, block.start)
            for block in self.blocks
            if not all(map(is_remark, block.statements))
        ]
        lines: list[str] = []
        for part in parts:
            lines += ["", *part] if lines and len(part) > 1 else part
        return lines

    @property
    def comments(self) -> list[str]:
        return [block.opened.comment for block in self.blocks if block.opened and block.opened.comment]

    # -- values ----------------------------------------------------------------------------------------

    def settled_value(self, name: str) -> tuple[ast.stmt, ast.expr] | None:
        """The last statement, if it gives the name its value, with that value."""
        last = self.statements[-1] if self.statements else None
        if isinstance(last, ast.Assign) and len(last.targets) == 1 and is_name(last.targets[0], name):
            return last, last.value
        if isinstance(last, ast.AugAssign) and is_name(last.target, name) and type(last.op) in BINARY:
            return last, last.value
        return None

    def may_alias(self, value: ast.expr, known: frozenset[str] = frozenset()) -> bool:
        """Whether a value may be, or share memory with, something from outside of the side."""
        if isinstance(value, ast.Name):
            if value.id in known:
                return True
            known |= {value.id}
            given = list(self.assigned(value.id))
            # A view of what the name was before is as new as that.
            fresh = [each for each in given if not is_name(self.viewed(each), value.id)]
            return not fresh or any(self.may_alias(each, known) for each in fresh)
        if isinstance(value, ast.IfExp):
            return self.may_alias(value.body, known) or self.may_alias(value.orelse, known)
        viewed = self.viewed(value)
        return viewed is not value and self.may_alias(viewed, known)

    def viewed(self, value: ast.expr) -> ast.expr:
        """What a value is a view of, at the end of a chain of views; itself if it is none."""
        if isinstance(value, (ast.Attribute, ast.Subscript)):
            return self.viewed(value.value)
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
            return value
        if value.func.attr not in VIEWS:
            return value
        owner = value.func.value
        return self.viewed(value.args[0] if is_name(owner, self.torch) and value.args else owner)

    def assigned(self, name: str) -> Iterator[ast.expr]:
        for statement in self.statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Assign) and any(is_name(each, name) for each in node.targets):
                    yield node.value
                elif isinstance(node, ast.AugAssign) and is_name(node.target, name):
                    yield in_full(node)
                elif isinstance(node, ast.Assign) and name in _unpacked(node):
                    yield node.value

    def own(self, value: ast.expr) -> Iterator[Edit] | None:
        """Edits that make a returned value one that cond takes; None where there are none that do."""
        edits: list[Edit] = []
        for each in _leaves(value):
            number = each.operand if isinstance(each, ast.UnaryOp) else each
            if isinstance(number, ast.Constant):
                if number.value is None or isinstance(number.value, (str, bytes)):
                    return None
                edits.append(self.code.replaced(each, f"{self.torch}.tensor({self.code.text(each)})"))
            elif self.may_alias(each):
                edits.append(self.code.replaced(each, self.copied(self.code.text(each))))
            elif self.contiguous:
                edits.append(self.code.replaced(each, self.laid_out(self.code.text(each))))
        return iter(edits)

    def copied(self, text: str) -> str:
        layout = f"memory_format={self.torch}.contiguous_format" if self.contiguous else ""
        return f"{owner(text)}.clone({layout})"

    def laid_out(self, text: str) -> str:
        return f"{owner(text)}.contiguous()" if self.contiguous else text

    # -- what must be written otherwise ----------------------------------------------------------------

    def out_of_place(self, use: Use) -> Iterator[Edit]:
        """`x += 1` on something from outside becomes `x = x + 1`: cond takes no writing to its inputs."""
        for statement in self.statements:
            for node in ast.walk(statement):
                if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name):
                    continue
                if node.target.id in use.reads and type(node.op) in BINARY:
                    yield self.sum_of(node, f"{node.target.id} = ")

    def sum_of(self, node: ast.AugAssign, head: str) -> Edit:
        """`x += y` as `head` and `x + y`."""
        return self.code.replaced(node, f"{head}{written_out(self.code, node)}")

    def returned(self, statement: ast.stmt, value: ast.expr) -> Iterator[Edit] | None:
        """The last statement, which gives the result, as a `return`."""
        if isinstance(statement, ast.AugAssign):
            text = self.laid_out(written_out(self.code, statement))
            return iter([self.code.replaced(statement, f"return {text}")])
        whole = self.code.span(statement)[0], self.code.tokens.value_start(self.code.span(value)[0])
        own = self.own(value)
        return None if own is None else iter([self.code.edit(self.code.between(*whole), "return "), *own])


def _unpacked(node: ast.Assign) -> set[str]:
    targets = (each for each in node.targets if isinstance(each, (ast.Tuple, ast.List)))
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    """The tensors of a returned structure."""
    if isinstance(value, (ast.Tuple, ast.List)):
        for each in value.elts:
            yield from _leaves(each)
    elif isinstance(value, ast.Dict):
        for each in value.values:
            yield from _leaves(each)
    else:
        yield value
