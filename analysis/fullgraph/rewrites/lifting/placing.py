"""Lines in place of a statement of the user's, with the comments that it had above them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Position, Range
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import comments_of, indentation
from .scope import Scope


def put(scope: Scope, node: ast.stmt, lines: Sequence[str]) -> None:
    """Lines in place of a statement, below the comments that it had."""
    code, where = scope.code, scope.code.range(node)
    indent = indentation(code, node)
    kept = comments_of(code, where.start.line, where.end.line)
    deeper = indent + step_of(code, code.block_of(node), indent) if code.is_elif(node) else indent
    written = [f"{deeper}{line}" for text in (*kept, *lines) for line in _broken(text, deeper)]
    if code.is_elif(node):
        written = [f"{indent}else:", *(written or [f"{deeper}pass"])]
    if not written and code.is_all_of_its_block(node):
        written = [f"{indent}pass"]
    last = where.end.line
    if not written and last + 1 < len(code.source.lines):
        scope.write(code.edit(Range(Position(where.start.line, 0), Position(last + 1, 0)), ""))
        return
    end = Position(last, len(code.source.lines[last]))
    scope.write(code.edit(Range(Position(where.start.line, 0), end), "\n".join(written)))


def _broken(text: str, indent: str) -> list[str]:
    """A call that is too long for a line, over three."""
    if len(indent) + len(text) <= WIDEST or not text.endswith(")") or text.startswith(("#", " ")):
        return [text]
    tree = ast.parse(text).body[0]
    value = getattr(tree, "value", None)
    if not isinstance(value, ast.Call) or not value.args or value.keywords:
        return [text]
    first, last = value.args[0].col_offset, value.args[-1].end_col_offset
    return [text[:first], f"    {text[first:last]}", text[last:]]
