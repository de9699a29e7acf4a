"""An `if` of which one side only raises: what raises, and what stays where nothing does.

The rule: before the `raise` stand only statements that nothing else would notice, such as `n = mask.sum()` or
a `print`. What the other side does is done whenever nothing is raised, so it can stand below the check.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python.syntax.statements import elif_of
from ..branches.speaking import speaks
from ..edit.blocks import else_header, header, last_line, lines_of
from ..edit.lines import comments_of, has_own_lines, indentation
from ..edit.module import Code

_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Raising:
    """`holds`: it is raised where the test holds, and not in the `else`."""

    code: Code
    node: ast.If
    holds: bool

    @property
    def block(self) -> list[ast.stmt]:
        return self.node.body if self.holds else self.node.orelse

    @property
    def before(self) -> list[ast.stmt]:
        """What is done before the `raise`."""
        return self.block[:-1]

    @property
    def said(self) -> ast.expr | None:
        """What the exception is made with."""
        raised = self.block[-1]
        assert isinstance(raised, ast.Raise)
        return raised.exc.args[0] if isinstance(raised.exc, ast.Call) and raised.exc.args else None

    def comments(self) -> list[str]:
        """Those of the lines that go."""
        opened = header(self.code, self.node) if self.holds else else_header(self.code, self.node)
        first = opened.end.line if opened is not None else self.code.range(self.block[0]).start.line
        return comments_of(self.code, first, last_line(self.code, self.block))

    def lines_with(self, test: str) -> list[str]:
        """The raising `if` with another test, as it would stand in no block."""
        body = lines_of(self.code, self.node.body, header(self.code, self.node), (), "    ")
        return [f"if {test}:", *body]

    def edits(self, lines: Sequence[str]) -> tuple[Edit, ...]:
        """Puts lines in place of what raises, and what is done otherwise below them."""
        code, node = self.code, self.node
        following = elif_of(node) if self.holds else None
        if following is not None:
            start = code.range(following).start
            as_if = Range(start, Position(start.line, start.character + len("elif")))
            return (self._replaced(lines, start.line - 1), code.edit(as_if, "if"))
        kept = node.orelse if self.holds else node.body
        opened = else_header(code, node) if self.holds else header(code, node)
        after = lines_of(code, kept, opened, (), indentation(code, node)) if kept else []
        last = node.orelse or node.body
        return (self._replaced([*lines, *after], last_line(code, last)),)

    def _replaced(self, lines: Sequence[str], end: int) -> Edit:
        start = Position(self.code.range(self.node).start.line, 0)
        whole = Range(start, Position(end, len(self.code.source.lines[end])))
        return self.code.edit(whole, "\n".join(lines))


def raising_of(code: Code, node: ast.If) -> Raising | None:
    """What an `if` raises by one of its sides; of an `elif` where nothing comes past what stands above it."""
    if not has_own_lines(code, node) or (code.is_elif(node) and not _is_reached_alone(code, node)):
        return None
    if _only_raises(node.body):
        return Raising(code, node, holds=True)
    alone = node.orelse and elif_of(node) is None and _only_raises(node.orelse)
    return Raising(code, node, holds=False) if alone else None


def _is_reached_alone(code: Code, node: ast.If) -> bool:
    """Whether each `if` and `elif` above an `elif` leaves, so that it might as well be an `if`."""
    parent = code.parents.get(node)
    assert isinstance(parent, ast.If)
    leaves = isinstance(parent.body[-1], _LEAVING)
    return leaves and (not code.is_elif(parent) or _is_reached_alone(code, parent))


def _only_raises(block: Sequence[ast.stmt]) -> bool:
    return isinstance(block[-1], ast.Raise) and block[-1].exc is not None and all(map(_is_plain, block[:-1]))


def _is_plain(statement: ast.stmt) -> bool:
    """Whether nothing notices a statement once an exception is on its way."""
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return all(isinstance(n, (ast.Name, ast.Tuple)) for n in targets)
    if isinstance(statement, ast.Expr):
        return speaks(statement) or isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)
