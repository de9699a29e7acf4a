"""New lines among the user's, by statement: above one, below one, or around several.

The rule: a statement that shares its lines with others is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Edit, Position, Range
from .module import Code


def indentation(code: Code, statement: ast.stmt) -> str:
    """The space before the first line of a statement."""
    line = code.source.lines[code.range(statement).start.line]
    return line[: len(line) - len(line.lstrip())]


def has_own_lines(code: Code, statement: ast.stmt) -> bool:
    """Whether nothing but space and a comment shares the statement's lines."""
    where = code.range(statement)
    before = code.source.lines[where.start.line][: where.start.character]
    after = code.source.lines[where.end.line][where.end.character :].strip()
    return not before.strip() and (not after or after.startswith("#"))


def put_above(code: Code, statement: ast.stmt, *lines: str) -> Edit | None:
    """New lines above a statement, with its indentation."""
    if not has_own_lines(code, statement):
        return None
    start = Position(_first_line(code, statement), 0)
    return code.edit(Range(start, start), _block(lines, indentation(code, statement)))


def put_below(code: Code, statement: ast.stmt, *lines: str, margin: int = 0) -> Edit | None:
    """New lines below a statement, with its indentation, `margin` blank lines between."""
    if not has_own_lines(code, statement):
        return None
    last = code.range(statement).end.line
    block = "\n" * margin + _block(lines, indentation(code, statement))
    if last + 1 < len(code.source.lines):
        start = Position(last + 1, 0)
        return code.edit(Range(start, start), block)
    end = code.source.whole.end  # a last line without an end
    return code.edit(Range(end, end), "\n" + block.removesuffix("\n"))


def put_in_place(code: Code, statement: ast.stmt, *lines: str) -> Edit:
    """Lines in place of a statement that has lines of its own, below the comments that it had."""
    where, indent = code.range(statement), indentation(code, statement)
    said = comments_of(code, where.start.line, where.end.line)
    end = Position(where.end.line, len(code.source.lines[where.end.line]))
    return code.edit(Range(where.start, end), f"\n{indent}".join((*said, *lines)))


def take_out(code: Code, statement: ast.stmt, *, commented: bool = False) -> Edit | None:
    """Takes a statement out with its lines; a block that it is all of keeps a `pass`.

    Where it is `commented`, the comment directly above is about it, and goes with it.
    """
    if not has_own_lines(code, statement):
        return None
    if code.is_all_of_its_block(statement):
        return code.replaced(statement, "pass")
    first, last = _first_line(code, statement), code.range(statement).end.line
    while commented and first and code.source.lines[first - 1].startswith(f"{indentation(code, statement)}#"):
        first -= 1
    while first == 0 and last + 1 < len(code.source.lines) and not code.source.lines[last + 1].strip():
        last += 1  # a file does not begin with empty lines
    if last + 1 >= len(code.source.lines):
        return code.edit(Range(Position(first, 0), code.source.whole.end), "")
    return code.edit(Range(Position(first, 0), Position(last + 1, 0)), "")


def put_under(code: Code, statements: Sequence[ast.stmt], head: str) -> Edit | None:
    """Neighbouring statements as they are, as the block of a new line `head`.

    None where a string goes over several lines: moving its lines would change it.
    """
    first, last = code.range(statements[0]).start.line, code.range(statements[-1]).end.line
    plain = all(map(code.tokens.ends_plainly, range(first, last)))
    if not plain or not all(has_own_lines(code, each) for each in statements):
        return None
    indent = indentation(code, statements[0])
    step = "\t" if indent.startswith("\t") else "    "
    lines = code.source.lines[first : last + 1]
    moved = [step + line if line.strip() else line for line in lines]
    whole = Range(Position(first, 0), Position(last, len(lines[-1])))
    return code.edit(whole, "\n".join((f"{indent}{head}", *moved)))


def has_comment(code: Code, *nodes: ast.stmt) -> bool:
    """Whether there is a comment on the lines from the first node's to the last one's."""
    first, last = code.range(nodes[0]).start.line, code.range(nodes[-1]).end.line
    return bool(comments_of(code, first, last))


def said_in(code: Code, where: Range) -> list[str]:
    """The comments in a place: what takes it has them above it."""
    span = (code.source.offset_at(where.start), code.source.offset_at(where.end))
    return [each.string for each in code.tokens.comments(*span)]


def below(said: Sequence[str], text: str, indent: str) -> str:
    """A text below comments, each on a line of its own; the first begins where the text would."""
    return "".join(f"{comment}\n{indent}" for comment in said) + text


def comments_of(code: Code, first: int, last: int) -> list[str]:
    """The comments on the lines from one to another."""
    return said_in(code, Range(Position(first, 0), Position(last, len(code.source.lines[last]))))


def _first_line(code: Code, statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([code.range(statement).start.line, *(code.range(d).start.line for d in decorators)])


def _block(lines: Sequence[str], indent: str) -> str:
    return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
