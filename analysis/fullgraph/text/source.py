"""A text and the places in it: whatever the host knows of lines and columns begins here.

Lines end where Python's tokenizer ends them: at \\n, \\r\\n or \\r. A form feed, U+2028 and the other
characters at which `str.splitlines` breaks stand inside a line. A byte order mark belongs to the file
and not to the text, as in editors, so that column 0 is the first character a person sees.

The parsers of the host's own Python are called here and nowhere else: what they raise becomes a value.
"""

from __future__ import annotations

import ast
import contextlib
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

from ..model import Place, Position, Range
from .gc_paused import without_collecting

_Tree = TypeVar("_Tree", ast.Module, ast.Expression)
_LINE_BREAK = re.compile(r"\r\n|\r")


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text. `file` is an absolute path; `text` is as it was read, without a byte order mark."""

    file: str
    text: str = field(repr=False)
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The lines without their ends. There is always one, and one more after a final line break."""
    normal: str = field(init=False, repr=False, compare=False)
    """The text with every line ending in a plain newline: what the parsers are given."""
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.removeprefix("\ufeff"))
        normal = _LINE_BREAK.sub("\n", self.text) if "\r" in self.text else self.text
        object.__setattr__(self, "normal", normal)
        object.__setattr__(self, "lines", tuple(normal.split("\n")))
        lengths = (len(line) + 1 for line in self.lines[:-1])
        object.__setattr__(self, "_starts", tuple(accumulate(lengths, initial=0)))

    @property
    def whole(self) -> Range:
        return Range(Position(0, 0), Position(len(self.lines) - 1, len(self.lines[-1])))

    def place(self, where: Range) -> Place:
        return Place(self.file, where)

    def clamped(self, position: Position) -> Position:
        """The nearest position that the text has."""
        if position.line >= len(self.lines):
            return self.whole.end
        line = max(position.line, 0)
        return Position(line, min(max(position.character, 0), len(self.lines[line])))

    def position_of_utf8(self, line1: int, byte_column: int) -> Position:
        """The position that `ast` calls line `line1` (from 1) and column `byte_column` (in UTF-8)."""
        start = self.clamped(Position(line1 - 1, 0))
        before = self.lines[start.line].encode("utf-8", "surrogatepass")[: max(byte_column, 0)]
        return Position(start.line, len(before.decode("utf-8", "ignore")))

    def range_of(self, node: ast.expr | ast.stmt | ast.keyword) -> Range:
        """Where a node of this text's own tree stands."""
        start = self.position_of_utf8(node.lineno, node.col_offset)
        end_line, end_column = node.end_lineno, node.end_col_offset
        if end_line is None or end_column is None:
            return Range(start, start)
        return Range(start, self.position_of_utf8(end_line, end_column))

    def position_at(self, offset: int) -> Position:
        """The position of the character `normal[offset]`."""
        line = bisect_right(self._starts, offset) - 1
        return Position(line, offset - self._starts[line])

    def offset_at(self, position: Position) -> int:
        """The index into `normal` of a position."""
        return self._starts[position.line] + position.character

    def between(self, where: Range) -> str:
        """The text of a range; its first line begins at the start, further ones at their column 0."""
        return self.normal[self.offset_at(where.start) : self.offset_at(where.end)]

    def visible(self, where: Range) -> Range:
        """The same range within the text, one character wide at least where its line has any.

        A parser reports a missing operand with an empty range, where nothing could be underlined.
        """
        start, end = self.clamped(where.start), self.clamped(where.end)
        if start < end:
            return Range(start, end)
        if start.character < len(self.lines[start.line]):
            return Range(start, Position(start.line, start.character + 1))
        return Range(Position(start.line, max(start.character - 1, 0)), start)


# -- parsing -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text is not Python. `range` counts in the text that was parsed, and lies within it."""

    message: str
    range: Range


LARGEST = 2_000_000
"""Characters: some 50,000 lines. A tree takes hundreds of times the memory of its text, and no model is as long."""

_MOST_SHARED = 1_000_000
"""Characters; the tree of a larger text takes too much memory to be kept."""


def parse_module(text: str) -> ast.Module | SyntaxProblem:
    """The tree of a text. It is everybody's who asks for the same text, and nobody may change it.

    At a keystroke discovery, the first look and the look for legacy calls all ask.
    """
    return _shared_module(text) if len(text) <= _MOST_SHARED else _parsed(text, ast.parse)


@lru_cache(maxsize=4)
def _shared_module(text: str) -> ast.Module | SyntaxProblem:
    return _parsed(text, ast.parse)


@lru_cache(maxsize=1000)
def parse_expression(text: str) -> ast.Expression | SyntaxProblem:
    """The tree of one expression that could be evaluated as it stands, on lines of its own.

    It is everybody's, like a module's: a file with 250 models has as many, and they stay while it is edited.
    """
    return _parsed(text, _expression)


def _expression(text: str) -> ast.Expression:
    tree = ast.parse(text, mode="eval")
    # Only the compiler knows that `yield` and `await` need a function around them.
    compile(tree, "", "eval", dont_inherit=True)
    return tree


def _parsed(text: str, parse: Callable[[str], _Tree]) -> _Tree | SyntaxProblem:
    if len(text) > LARGEST:
        size = f"{len(text) / 1_000_000:.0f} million characters"
        return SyntaxProblem(f"file too large to analyze ({size})", Range(Position(0, 0), Position(0, 0)))
    source = SourceText("", text)
    try:
        with warnings.catch_warnings(), without_collecting():
            # An invalid escape (`"\d"`) in the user's file is no news for their terminal.
            warnings.simplefilter("ignore")
            return parse(source.normal)
    except SyntaxError as error:
        return SyntaxProblem(error.msg or "invalid syntax", _range_of(error, source))
    except ValueError as error:  # a null character, a lone surrogate
        return SyntaxProblem(str(error), Range(Position(0, 0), Position(0, 0)))
    except (RecursionError, MemoryError):
        return SyntaxProblem("nested too deeply to parse", Range(Position(0, 0), Position(0, 0)))


def _range_of(error: SyntaxError, source: SourceText) -> Range:
    line, column = error.lineno or 1, error.offset or 1
    end_line, end_column = error.end_lineno or line, error.end_offset or column
    start = Position(line - 1, column - 1)
    # Some errors say -1 or 0 for an end that they do not know.
    end = max(start, Position(end_line - 1, end_column - 1))
    return source.visible(Range(start, end))


# -- comments ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from its `#` to the end of the line. `alone`: nothing but space stands before it."""

    line: int
    character: int
    text: str
    alone: bool


def comments(source: SourceText) -> tuple[Comment, ...]:
    """The comments, as the tokenizer sees them: a `#` inside of a string is none.

    Where the text stops being Python, what stands above that is still given.
    """
    found: list[Comment] = []
    rest = iter(source.lines)
    with contextlib.suppress(tokenize.TokenError, SyntaxError, StopIteration):
        for token in tokenize.generate_tokens(lambda: f"{next(rest)}\n"):
            if token.type == tokenize.COMMENT:
                line, character = token.start[0] - 1, token.start[1]
                alone = not source.lines[line][:character].strip()
                found.append(Comment(line, character, token.string, alone))
    return tuple(found)
