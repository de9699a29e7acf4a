"""Lines in place of a statement of the user's, with the comments that it had, and lines above one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from ...model import Edit, Position, Range
from ...python.syntax.precedence import Binds, operand
from ..edit.blocks import WIDEST, step_of
from ..edit.lines import comments_of, indentation, put_above
from .scope import Exit, Scope
from .value import CannotLiftError


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


def put_needed(
    scope: Scope, statement: ast.stmt, checks: Iterable[str], edits: Iterable[Edit], exits: Sequence[Exit]
) -> None:
    """What the text of a statement needs above it now: names for tables, and checks.

    Where the function has returned by then, nothing is checked.
    """
    own, over = f"{scope.torch}._check(", [operand(each.test, Binds.BIT_OR) for each in exits]
    tested = []
    for text in checks:
        if text.startswith(own) and over:
            raise CannotLiftError
        asked = " | ".join((*over, operand(text, Binds.SIGN) if over else text))
        tested.append(text if text.startswith(own) else f"{scope.torch}._assert_async({asked})")
    returned = (each.value.text for each in scope.exits)  # written further down
    written = " ".join((*tested, *(edit.new_text for edit in edits), *returned))
    lines = [f"{name} = {text}" for text, name in scope.above.items() if re.search(rf"\b{name}\b", written)]
    lines += tested
    if not lines:
        return
    edit = None if scope.code.is_elif(statement) else put_above(scope.code, statement, *lines)
    caught = bool(tested) and scope.catching  # nothing catches it in an exported program
    if edit is None or caught or isinstance(statement, ast.While):
        raise CannotLiftError
    scope.write(edit)


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
