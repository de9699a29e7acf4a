"""The places that observed code reports: what a site is, and its range in the user's text.

The rule: a range counts lines from 0 and characters in code points. The syntax tree counts lines from 1
and columns in UTF-8 bytes; here is where the one becomes the other.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

from ...model import Construct, Position, Range

OBSERVER = "__fullgraph_observe__"
"""The name that observed code calls, with the site's number and the value. It ends in two underscores:
a class would mangle it otherwise."""

Kind = Literal[
    "name",
    "attribute",
    "subscript",
    "call",
    "binary",
    "unary",
    "boolean",
    "comparison",
    "conditional",
    "list",
    "tuple",
    "set",
    "dict",
    "comprehension",
    "await",
]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that an assignment binds, and where it stands.

    `element` is None where the name gets the whole value; in `a, *b, c = value` it is 0 for `a` and -1
    for `c`.
    """

    name: str
    range: Range
    element: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One observed expression.

    `function` is the qualified name of the function around it. `construct` is the syntax that asks for
    the value (the `if` it is the test of, the `for` that iterates over it); in `if a and not b` both
    `a` and `b` belong to the `if`. `bindings` are the names bound where the expression is the whole
    right-hand side of an assignment.
    """

    range: Range
    kind: Kind
    function: str
    construct: Construct | None = None
    bindings: tuple[Binding, ...] = ()

    @property
    def assigns(self) -> tuple[str, ...]:
        """The names that get the whole value."""
        return tuple(binding.name for binding in self.bindings if binding.element is None)


class Text:
    """The text of a module, asked by nodes: their columns count UTF-8 bytes, ours code points."""

    def __init__(self, text: str) -> None:
        self._lines = [line.encode() for line in re.split(r"\r\n?|\n", text)]

    def range(self, node: ast.expr) -> Range:
        end_line, end_column = _end(node)
        return Range(self._position(node.lineno, node.col_offset), self._position(end_line, end_column))

    def reads_as(self, node: ast.expr) -> bool:
        """Whether the text at the node's place is the node."""
        try:
            read = ast.parse(f"({self._segment(node)}\n)", mode="eval").body
        except (SyntaxError, ValueError):
            return False
        return ast.dump(read) == ast.dump(node)

    def _position(self, line: int, column: int) -> Position:
        text = self._lines[line - 1] if line <= len(self._lines) else b""
        return Position(line - 1, column if text.isascii() else len(text[:column].decode(errors="ignore")))

    def _segment(self, node: ast.expr) -> str:
        end_line, end_column = _end(node)
        lines = self._lines[node.lineno - 1 : end_line]
        lines[-1:] = [line[:end_column] for line in lines[-1:]]
        lines[:1] = [line[node.col_offset :] for line in lines[:1]]
        return b"\n".join(lines).decode(errors="ignore")


def _end(node: ast.expr) -> tuple[int, int]:
    line = node.lineno if node.end_lineno is None else node.end_lineno
    return line, node.col_offset if node.end_col_offset is None else node.end_col_offset
