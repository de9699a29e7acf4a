"""Blocks of statements as lines of text that can stand elsewhere: deeper, or as the body of a function.

The rule: lines are moved and not written anew. What would change by being moved (a string over several
lines, two statements on one line) is not moved.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...model import Edit, Position, Range
from ...python.syntax.statements import elif_of
from .lines import has_own_lines, indentation
from .module import Code

WIDEST = 100
"""Columns that a line of ours may have; a longer one is broken."""


@dataclass(frozen=True)
class Header:
    """The line that opens a block. `comment` stands behind its colon, `end` is the colon's place."""

    end: Position
    comment: str
    inline: bool  # the block stands on the same line


def header(code: Code, node: ast.If | ast.For | ast.While) -> Header:
    """The line that opens the body of an `if` or a loop."""
    asked = node.iter if isinstance(node, ast.For) else node.test
    return _header(code, code.span(asked)[1])


def else_header(code: Code, node: ast.If) -> Header | None:
    """The `else:` of an `if`; None where it has none, or an `elif`."""
    if not node.orelse or elif_of(node) is not None:
        return None
    return _header(code, code.tokens.keyword(code.span(node.body[-1])[1], "else").endpos)


def _header(code: Code, after: int) -> Header:
    colon = code.tokens.sign(after, ":").startpos
    end = code.source.position_at(colon)
    rest = code.source.lines[end.line][end.character + 1 :].strip()
    return Header(end, rest if rest.startswith("#") else "", bool(rest) and not rest.startswith("#"))


def is_movable(code: Code, statements: Sequence[ast.stmt]) -> bool:
    """Whether each statement has lines of its own, which nothing but their indentation depends on."""
    for index, statement in enumerate(statements):
        if not has_own_lines(code, statement) and not (index == 0 and len(statements) == 1):
            return False
        where = code.range(statement)
        if not all(map(code.tokens.ends_plainly, range(where.start.line, where.end.line))):
            return False
    return True


def lines_of(
    code: Code,
    statements: Sequence[ast.stmt],
    opened: Header | None,
    edits: Sequence[Edit],
    indent: str,
    start: int | None = None,
) -> list[str]:
    """The lines of a block, with the comments in it and edits made, at another indentation."""
    first, last = code.range(statements[0]), code.range(statements[-1])
    if opened is not None and opened.inline:
        text = _edited(
            code, Range(first.start, Position(last.end.line, len(code.source.lines[last.end.line]))), edits
        )
        return [indent + line if line else "" for line in text.split("\n")]
    own = indentation(code, statements[0])
    if opened is not None:
        start = opened.end.line + 1
    elif start is None:
        start = first.start.line
    end = last_line(code, statements)
    whole = Range(Position(start, 0), Position(end, len(code.source.lines[end])))
    lines = _edited(code, whole, edits).split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return [_moved(line, own, indent) for line in lines]


def in_place_of(
    code: Code, node: ast.If, block: Sequence[ast.stmt], edits: Sequence[Edit] = ()
) -> Edit | None:
    """A block of an `if`, with edits made, in the place of the whole `if`; None where its lines cannot be moved.

    The comments in the block go with it. None, too, where one behind the colon would be lost.
    """
    opened = header(code, node) if block is node.body else else_header(code, node)
    movable = is_movable(code, node.body) and is_movable(code, node.orelse)
    if opened is None or opened.comment or not movable or not has_own_lines(code, node) or code.is_elif(node):
        return None
    end = last_line(code, node.orelse or node.body)
    whole = Range(Position(code.range(node).start.line, 0), Position(end, len(code.source.lines[end])))
    return code.edit(whole, "\n".join(lines_of(code, block, opened, edits, indentation(code, node))))


def last_line(code: Code, statements: Sequence[ast.stmt]) -> int:
    """The last line of a block, with the comments that follow at its own indentation."""
    lines, last = code.source.lines, code.range(statements[-1]).end.line
    if not has_own_lines(code, statements[-1]):
        return last
    indent = indentation(code, statements[-1])
    line = last + 1
    while line < len(lines):
        text = lines[line]
        if text.strip() and not (text.startswith(indent + "#") and indent):
            break
        if text.strip():
            last = line
        line += 1
    return last


def _moved(line: str, own: str, indent: str) -> str:
    if not line.strip():
        return ""
    return indent + (line[len(own) :] if line.startswith(own) else line.lstrip())


def _edited(code: Code, where: Range, edits: Sequence[Edit]) -> str:
    source = code.source
    pieces: list[str] = []
    at = where.start
    inside = (e for e in edits if where.start <= e.place.range.start and e.place.range.end <= where.end)
    for edit in sorted(inside, key=lambda edit: edit.place.range):
        pieces += (source.between(Range(at, edit.place.range.start)), edit.new_text)
        at = edit.place.range.end
    return "".join((*pieces, source.between(Range(at, where.end))))


def step_of(code: Code, block: Sequence[ast.stmt], indent: str) -> str:
    """One level of indentation, as the text has it."""
    own = indentation(code, block[0])
    if own.startswith(indent) and len(own) > len(indent) and has_own_lines(code, block[0]):
        return own[len(indent) :]
    return "\t" if indent.startswith("\t") else "    "


def call(indent: str, head: str, arguments: Sequence[str], step: str) -> list[str]:
    """`head(arguments)`, on several lines where one is too long."""
    line = f"{indent}{head}({', '.join(arguments)})"
    if len(line) <= WIDEST:
        return [line]
    inner = f"{indent}{step}{', '.join(arguments)}"
    if len(inner) <= WIDEST:
        return [f"{indent}{head}(", inner, f"{indent})"]
    return [f"{indent}{head}(", *(f"{indent}{step}{each}," for each in arguments), f"{indent})"]


def tupled(names: Sequence[str]) -> str:
    """`(x,)`, `(x, y)`."""
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def needs_blank(code: Code, line: int) -> bool:
    """Whether a function that begins on a line needs a blank line above it."""
    above = code.source.lines[line - 1].strip() if line else ""
    return bool(above) and not above.endswith(":") and not above.startswith(("@", "#"))
