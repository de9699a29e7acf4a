"""Text from users' files and programs, made fit to be shown: nothing in it may act on the screen.

A message can quote anything a program holds: an escape sequence that clears the terminal, a
right-to-left override that shows code in another order than it runs. All faces for people pass such
text through here; the formats for machines keep it, as their own syntax escapes it.
"""

from __future__ import annotations

import re

TAB = "    "
"""Four columns wherever a tab stands, as rustc does, so that carets below need no tab stops."""

# Controls, bidirectional and other invisible formatting, line and paragraph separators, surrogates.
# U+200C and U+200D stay: they join letters and emoji, and cannot reorder anything.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def visible(text: str, encoding: str = "utf-8") -> str:
    """One line of user text as a screen of `encoding` shows it.

    Tabs become spaces, control characters their pictures (`␛`), other characters without a form of
    their own their numbers (`<U+202E>`), and what the encoding lacks a backslash escape.
    """
    return _UNFIT.sub(_picture, text).encode(encoding, "backslashreplace").decode(encoding)


def visible_lines(text: str, encoding: str = "utf-8") -> list[str]:
    """The lines of a message, each made visible; at least one, and none empty at the end."""
    return [visible(line, encoding) for line in _LINE_BREAK.split(text.rstrip())]


def well_formed(text: str) -> str:
    """`text` without lone surrogates: strict JSON readers refuse them even when they are escaped.

    A file name that is not UTF-8 holds them, and so can any string of a user's program.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _picture(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return "␡" if character == "\x7f" else f"<U+{ord(character):04X}>"
