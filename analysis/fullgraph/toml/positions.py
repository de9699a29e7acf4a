"""Where each key and value of a TOML document stands in its text.

The standard reader gives values without places. This one gives places without values, and knows of
TOML only what that takes: it is for documents that the reader has accepted, and takes their being
right for granted. It never fails; where it loses its way, what it found before still holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

Path = tuple[str | int, ...]
"""`("tool", "fullgraph", "targets", 0, "args")`: keys, and indices into arrays of either kind."""

Span = tuple[int, int]
"""`text[start:end]`."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[^\s.=,\[\]{}#\"']+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'''',
    re.DOTALL,
)
_CHARACTER = re.compile(
    r"\\(?:u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|x(?P<x>[0-9A-Fa-f]{2})"
    r"|(?P<break>[ \t]*\n[ \t\n]*)|(?P<letter>.))|(?P<plain>.)",
    re.DOTALL,
)
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


@dataclass(frozen=True, slots=True)
class Spans:
    """The places in one text.

    A key's is that of its last part as written (`b` in `a.b = 1`), a table's that of its header with
    the brackets; a table made in passing (`a` in `[a.b]`) has that of the first header that names it.
    """

    keys: Mapping[Path, Span]
    values: Mapping[Path, Span]

    def key(self, path: Path) -> Span:
        """Where the key is named; for an element of an array, where it stands."""
        return self._nearest(path, self.keys, self.values)

    def value(self, path: Path) -> Span:
        return self._nearest(path, self.values, self.keys)

    def _nearest(self, path: Path, *places: Mapping[Path, Span]) -> Span:
        for length in range(len(path), 0, -1):
            for known in places:
                if path[:length] in known:
                    return known[path[:length]]
        return (0, 0)


def locate(text: str) -> Spans:
    """The places in a valid document whose lines end in plain newlines."""
    reader = _Reader(text)
    reader.document()
    return Spans(reader.keys, reader.values)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A string's value, and the span of the text that each of its characters is spelled with."""

    value: str
    spans: tuple[Span, ...]
    end: int  # of the content


def spell(text: str, span: Span) -> Spelled | None:
    """What the string at `span`, quotes included, says; None where there is no string."""
    start, end = span
    if text[start : start + 1] not in ("'", '"'):
        return None
    quote = 3 if text[start : start + 3] in ("'''", '"""') and end - start >= 6 else 1
    literal = text[start] == "'"
    start, end = start + quote, end - quote
    if quote == 3 and text[start : start + 1] == "\n":
        start += 1
    if literal:
        return Spelled(text[start:end], tuple((at, at + 1) for at in range(start, end)), end)
    spelled = [
        (_meaning(match), match.span())
        for match in _CHARACTER.finditer(text, start, end)
        if not match["break"]
    ]
    return Spelled("".join(meaning for meaning, _ in spelled), tuple(span for _, span in spelled), end)


def _meaning(match: re.Match[str]) -> str:
    if match["plain"] is not None:
        return match["plain"]
    if match["letter"] is not None:
        return _LETTERS.get(match["letter"], match["letter"])
    return chr(int(match["u"] or match["U"] or match["x"], 16))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self._lengths: dict[Path, int] = {}  # of the arrays of tables, so far

    def document(self) -> None:
        table: Path = ()
        while self._more():
            before = self.at
            if self._sees("["):
                table = self._header()
            else:
                self._pair(table)
            if self.at == before:  # not TOML
                return

    def _more(self) -> bool:
        self._skip(_BLANK)
        return self.at < len(self.text)

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> Span:
        """What matches here, if anything; it is passed over."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return self.at, self.at
        self.at = match.end()
        return match.span()

    def _take(self, sign: str) -> bool:
        self._skip(_BLANK)
        seen = self._sees(sign)
        self.at += len(sign) if seen else 0
        return seen

    def _header(self) -> Path:
        start, array = self.at, self._sees("[[")
        self.at += 2 if array else 1
        *parents, (last, _) = list(self._key()) or [("", (0, 0))]
        self.at += 2 if array else 1
        span = (start, self.at)
        path: Path = ()
        for part, _ in parents:
            path = self._entered((*path, part))
            self.keys.setdefault(path, span)
        path = (*path, last)
        if not array:
            self.keys[path] = span
            return path
        self.keys.setdefault(path, span)
        self._lengths[path] = self._lengths.get(path, 0) + 1
        path = self._entered(path)
        self.keys[path] = span
        return path

    def _entered(self, path: Path) -> Path:
        """A table's path; that of its last table for an array of tables."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _key(self) -> Iterator[tuple[str, Span]]:
        """The parts of a dotted key."""
        while self.at < len(self.text):
            self._skip(_BLANK)
            span = self._skip(_STRING if self._sees("'") or self._sees('"') else _BARE)
            spelled = spell(self.text, span)
            yield (spelled.value if spelled else self.text[slice(*span)]), span
            if not self._take("."):
                return

    def _pair(self, table: Path) -> None:
        path = table
        for part, span in self._key():
            path = (*path, part)
            self.keys.setdefault(path, span)
        if self._take("="):
            self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        start = self.at
        if self._sees("["):
            self._array(path)
        elif self._sees("{"):
            self._inline(path)
        elif self._sees("'") or self._sees('"'):
            self._skip(_STRING)
        else:
            first, last = self._skip(_SCALAR)
            self.at = first + len(self.text[first:last].rstrip())
        self.values[path] = (start, self.at)

    def _array(self, path: Path) -> None:
        self.at += 1
        for index in count():
            if self._take("]") or not self._more():
                return
            before = self.at
            self._value((*path, index))
            self._take(",")
            if self.at == before:
                return

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._more() and not self._take("}"):
            before = self.at
            self._pair(path)
            self._take(",")
            if self.at == before:
                return
