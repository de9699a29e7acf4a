"""The tokens around the nodes of a text: brackets, signs, keywords and comments, which are in no tree.

The text must parse; one that is being typed is for `lexer`. Offsets are those of `SourceText.normal`. Only
the tokens are asked of asttokens: to mark each node with its own would change a tree that others have.
"""

from __future__ import annotations

import keyword
import token as kinds
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asttokens import ASTTokens
    from asttokens.util import Token

_CLOSING = (")", "]", "}")
_CALLED = (kinds.NAME, kinds.STRING, kinds.NUMBER)


@lru_cache(maxsize=8)
def tokens_of(text: str) -> Tokens:
    """The tokens of a text, once for all that ask."""
    from asttokens import ASTTokens  # not before somebody asks for a fix: to load it takes a while

    return Tokens(ASTTokens(text))


class Tokens:
    """Asked by the offsets at which nodes begin and end. Comments, and line breaks in brackets, are space."""

    def __init__(self, marked: ASTTokens) -> None:
        self._marked = marked

    def after(self, end: int) -> Token:
        """The first token behind what ends at an offset."""
        found = self._marked.get_token_from_offset(end)
        is_next = found.startpos >= end and found.type not in (kinds.COMMENT, kinds.NL)
        return found if is_next else self._marked.next_token(found)

    def before(self, start: int) -> Token:
        """The last token ahead of what begins at an offset; the end marker where there is none."""
        return self._marked.prev_token(self._marked.get_token_from_offset(start))

    def last(self, end: int) -> Token:
        """The token that ends at an offset, which a node does, too."""
        return self._marked.get_token_from_offset(end - 1)

    def trailing_comma(self, end: int) -> Token | None:
        """The comma behind the last part of what ends at an offset: `(x,)`, `[x, ]`."""
        last = self.last(end)
        last = self.before(last.startpos) if last.string in _CLOSING else last
        return last if last.string == "," else None

    def sign(self, end: int, sign: str) -> Token:
        """The first `sign` behind an offset."""
        return self._marked.find_token(self.after(end), kinds.OP, sign)

    def keyword(self, end: int, word: str) -> Token:
        """The first keyword `word` behind an offset."""
        return self._marked.find_token(self.after(end), kinds.NAME, word)

    def bracketed(self, start: int, end: int) -> tuple[int, int]:
        """From where to where an expression goes with the brackets that stand around it alone, if any do."""
        while True:
            first, last = self.before(start), self.after(end)
            if first.string != "(" or last.string != ")" or self._is_called(self.before(first.startpos)):
                return start, end
            if self.comments(first.startpos, last.endpos) != self.comments(start, end):
                return start, end
            start, end = first.startpos, last.endpos

    def _is_called(self, ahead: Token) -> bool:
        """Whether brackets behind a token are those of a call: `f(a)`, `f()(a)`, `rows[0](a)`."""
        if ahead.string in _CLOSING:
            return True
        return ahead.type in _CALLED and not keyword.iskeyword(ahead.string)

    def value_start(self, value: int) -> int:
        """Where the value of an assignment begins with its brackets; `value` is where it does without."""
        while self.before(value).string == "(":
            value = self.before(value).startpos
        return value

    # -- comments and lines ----------------------------------------------------------------------------

    def comments(self, start: int, end: int) -> list[Token]:
        """The comments between two offsets."""
        return [each for each in self._comments if start <= each.startpos < end]

    def in_comment(self, offset: int) -> bool:
        return any(each.startpos <= offset <= each.endpos for each in self._comments)

    @cached_property
    def _comments(self) -> tuple[Token, ...]:
        return tuple(each for each in self._marked.tokens if each.type == kinds.COMMENT)

    def ends_plainly(self, line: int) -> bool:
        """Whether nothing goes on beyond a line's end (from 0): no string, and no `\\` at its end."""
        return line in self._plain_lines

    @cached_property
    def _plain_lines(self) -> frozenset[int]:
        ends = (each for each in self._marked.tokens if each.type in (kinds.NEWLINE, kinds.NL))
        return frozenset(each.start[0] - 1 for each in ends)
