"""Checks that a piece of the user's text is one Python expression, and says where it is not.

An `Expression` is evaluated later by its text alone. What holds only by the brackets around it (the
call that a comment's arguments are read as) is therefore refused here, where the reason can be given.
"""

from __future__ import annotations

from collections.abc import Callable

from ...model import Finding, Place, Position, Range
from ...text.messages import target_error
from ...text.source import SourceText, SyntaxProblem, parse_expression

Locate = Callable[[Position], Position]
"""From a position in an expression's text to the one in its file."""


def shifted(start: Position) -> Locate:
    """For a text whose first line begins at `start` and whose further lines keep their columns."""

    def locate(position: Position) -> Position:
        first = start.character if position.line == 0 else 0
        return Position(start.line + position.line, first + position.character)

    return locate


def mistake(text: str, source: SourceText, locate: Locate) -> Finding | None:
    """What keeps `text` from being evaluated; None where nothing does.

    `source` is the file that the text stands in.
    """
    problem = parse_expression(text)
    if not isinstance(problem, SyntaxProblem):
        return None
    if "\n" in text and not isinstance(parse_expression(f"({text}\n)"), SyntaxProblem):
        place = _place(SourceText("", text).whole, source, locate)
        message = "this expression goes on in the next line without brackets"
        return target_error(message, place, "put it in parentheses")
    # The line number that Python gives counts in the text, and the place says it anyway.
    message = problem.message.split(" (detected at line ")[0]
    return target_error(f"syntax error: {message}", _place(problem.range, source, locate))


def _place(where: Range, source: SourceText, locate: Locate) -> Place:
    return source.place(source.visible(Range(locate(where.start), locate(where.end))))
