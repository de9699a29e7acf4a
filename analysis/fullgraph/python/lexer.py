"""The coarse tokens of a piece of Python that may be incomplete: brackets, strings, comments, the rest.

A person who is still typing has unclosed brackets and strings; Python's tokenizer gives up on them, each
version in its own way. This one never fails: every character belongs to some token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["string", "unclosed", "comment", "open", "close", "word", "other"]

_TOKEN = re.compile(
    r'''
    (?P<string> """(?:\\.|(?!""")[^\\])*""" | \'\'\'(?:\\.|(?!\'\'\')[^\\])*\'\'\')
  | (?P<unclosed> """ | \'\'\')
  | (?P<quoted> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
  | (?P<comment> \#[^\n]*)
  | (?P<open> [(\[{])
  | (?P<close> [)\]}])
  | (?P<word> \w+)
  | (?P<space> \s+)
  | (?P<other> .)
    ''',
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Token:
    """`text[start:end]`. An unclosed triple-quoted string is the last token: it takes all that follows."""

    kind: Kind
    text: str
    start: int
    end: int


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of `text[start:end]`, without the space between them."""
    stop = len(text) if end is None else end
    for match in _TOKEN.finditer(text, start, stop):
        kind = "string" if match.lastgroup == "quoted" else match.lastgroup
        if kind == "unclosed":
            yield Token("unclosed", text[match.start() : stop], match.start(), stop)
            return
        if kind != "space":
            yield Token(cast("Kind", kind), match[0], match.start(), match.end())


def code(found: Iterator[Token]) -> tuple[Token, ...]:
    """Without the comments."""
    return tuple(token for token in found if token.kind != "comment")


@dataclass(frozen=True, slots=True)
class WrongBracket:
    """A bracket that fits nothing, and why."""

    message: str
    token: Token


@dataclass(frozen=True, slots=True)
class Brackets:
    """What is still open at the end of a text, outermost first, and the brackets that fit nothing."""

    open: tuple[Token, ...]
    wrong: tuple[WrongBracket, ...]


def brackets(found: tuple[Token, ...]) -> Brackets:
    """Which brackets of a text are open at its end, and which fit nothing."""
    stack: list[Token] = []
    wrong: list[WrongBracket] = []
    for token in found:
        if token.kind == "open":
            stack.append(token)
        elif token.kind == "close" and not stack:
            wrong.append(WrongBracket(f"unmatched `{token.text}`", token))
        elif token.kind == "close":
            opening = stack.pop()
            if opening.text != _PAIRS[token.text]:
                wrong.append(WrongBracket(f"`{token.text}` does not close `{opening.text}`", token))
    return Brackets(tuple(stack), tuple(wrong))
