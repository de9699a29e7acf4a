"""The syntax tree of one text, asked by position: which expression it is, and what asks for its value.

Positions come as the interpreter has them, lines from 1 and columns in UTF-8 bytes; ranges go out in
code points from 0.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Construct, Position, Range


class Syntax:
    """The tree of one text, asked by position. Columns of the tree count UTF-8 bytes, ours code points."""

    def __init__(self, text: str, tree: ast.AST, lines: Sequence[str] | None = None) -> None:
        self.text = text
        self.tree = tree
        self.lines = lines if lines is not None else split_lines(text)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._exact: dict[tuple[int, int, int, int], ast.expr] = {}
        self._returned: dict[tuple[int, int, int, int], ast.expr] = {}
        self._expressions: list[ast.expr] = []
        self._statements: list[ast.stmt] = []
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.stmt):
                self._statements.append(node)
                if isinstance(node, ast.Return) and node.value is not None:
                    self._returned[extent(node)] = node.value
            elif isinstance(node, ast.expr):
                self._expressions.append(node)
                # Of nodes that share a range (`x` in the statement `x`) walk meets the outermost first.
                self._exact.setdefault(extent(node), node)

    def expression(self, line: int, column: int, end_line: int, end_column: int) -> ast.expr | None:
        """The expression whose instruction has this position, in the units of `ast`.

        Python gives a method call that spans lines the position of its last name (3.11+), so where no
        node fits exactly it is the smallest call with the same end, else the smallest node around.
        """
        wanted = (line, column, end_line, end_column)
        if wanted in self._exact:
            return self._exact[wanted]
        if wanted in self._returned:  # the instruction that returns has the position of the statement
            return self._returned[wanted]
        around = [node for node in self._expressions if _surrounds(extent(node), wanted)]
        calls = [n for n in around if isinstance(n, ast.Call) and extent(n)[2:] == wanted[2:]]
        return min(calls or around, key=lambda n: _size(extent(n)), default=None)

    def between(self, line: int, column: int, end_column: int) -> ast.expr | None:
        """The largest expression that starts at a line and column and ends, on any line, at a column."""
        fitting = [
            node
            for node in self._expressions
            if (node.lineno, node.col_offset, node.end_col_offset) == (line, column, end_column)
        ]
        return max(fitting, key=lambda n: _size(extent(n)), default=None)

    def statement_at(self, line: int) -> ast.stmt | None:
        """The smallest statement that has a line."""
        around = [s for s in self._statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
        return min(around, key=lambda s: _size(extent(s)), default=None)

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        while not isinstance(node, ast.stmt):
            if node not in self.parents:
                return None
            node = self.parents[node]
        return node

    def range_of(self, node: ast.expr | ast.stmt) -> Range:
        return self.range(*extent(node))

    def range(self, line: int, column: int, end_line: int, end_column: int) -> Range:
        return Range(self._position(line, column), self._position(end_line, end_column))

    def segment(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def line_range(self, line: int) -> Range:
        """The text of a line (from 1) without the white space around it."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        start = len(text) - len(text.lstrip())
        return Range(Position(line - 1, start), Position(line - 1, max(start, len(text.rstrip()))))

    def _position(self, line: int, column: int) -> Position:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Position(line - 1, len(text.encode()[:column].decode(errors="ignore")))


def extent(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    end_line = node.lineno if node.end_lineno is None else node.end_lineno
    end_column = node.col_offset if node.end_col_offset is None else node.end_col_offset
    return node.lineno, node.col_offset, end_line, end_column


def split_lines(text: str) -> list[str]:
    """The lines as Python counts them: form feeds and Unicode's separators end none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def construct_of(node: ast.AST, syntax: Syntax) -> Construct | None:
    """The syntax that asked for the value of `node`.

    Operands of `and`, `or` and `not` answer for the whole: in `if a and b` it is the `if` that asks.
    """
    parent = syntax.parents.get(node)
    if isinstance(parent, ast.MatchValue):
        return "match"
    if isinstance(parent, ast.BoolOp):
        return construct_of(parent, syntax) or "boolop"
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        return construct_of(parent, syntax) or "not"
    for kind, holder, field in _CONSTRUCTS:
        if isinstance(parent, holder):
            value = getattr(parent, field)
            if value is node or (isinstance(value, list) and any(item is node for item in value)):
                return kind
    return "call" if isinstance(node, ast.Call) else None


def refuses(statement: ast.stmt | None) -> bool:
    """Whether one way that a statement decides on is to raise."""
    if isinstance(statement, ast.If):
        return any(isinstance(each, ast.Raise) for each in (*statement.body, *statement.orelse))
    return isinstance(statement, ast.Assert)


def asked(node: ast.expr, syntax: Syntax) -> ast.expr:
    """The expression whose value is asked for: of a pattern (`case 0:`), what is matched against it."""
    around: ast.AST | None = syntax.parents.get(node)
    while isinstance(around, (ast.pattern, ast.match_case)):
        if isinstance(around, ast.match_case) and around.guard is node:
            return node
        around = syntax.parents.get(around)
    return around.subject if isinstance(around, ast.Match) else node


_CONSTRUCTS: tuple[tuple[Construct, type[ast.AST], str], ...] = (
    ("if", ast.If, "test"),
    ("while", ast.While, "test"),
    ("ternary", ast.IfExp, "test"),
    ("assert", ast.Assert, "test"),
    ("comprehension", ast.comprehension, "ifs"),
    ("for", ast.For, "iter"),
    ("for", ast.comprehension, "iter"),
    ("match", ast.Match, "subject"),
    ("match", ast.match_case, "guard"),
    ("return", ast.Return, "value"),
)


def _surrounds(outer: tuple[int, int, int, int], inner: tuple[int, int, int, int]) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _size(region: tuple[int, int, int, int]) -> tuple[int, int]:
    return region[2] - region[0], region[3] - region[1]
