"""Shapes that docstrings and comments say of a parameter: `x: (B, C, T)`, `:param x: an [N x C x H x W] tensor`.

A line counts that begins with the parameter's name, in a docstring or in a comment of its own, and so does
the comment behind a parameter; with the line go those below it, up to the next parameter's. Of what they say
the first bracket counts that holds nothing but dimensions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..spec import Kind
from .source import Function, lines_of

_BRACKETS = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]|<([^<>]*)>")
_DIMENSION = re.compile(r"[A-Za-z_][\w .]*(?:[*/+-]+ ?\d+)?|\d+(?: ?[*x] ?[A-Za-z_]\w*)?|\.\.\.|\*")
_NO_DIMENSIONS = re.compile(
    r"(torch|np|numpy|nn)\.|\b(tensor|int|float|bool|str|list|dict|tuple|optional|default|array|none|long|e\.?g\.?"
    r"|true|false|module|callable|see|of|the|is|if|or|and|shape|dtype|longtensor|floattensor)\b",
    re.IGNORECASE,
)
_MOST_LINES = 3


@dataclass(frozen=True)
class Said:
    """The names and numbers of a parameter's dimensions, and the kind of its values, where a word says it."""

    dimensions: tuple[str, ...] = ()
    kind: Kind | None = None
    is_pair: bool = False  # two ints


def said_of(
    functions: Sequence[Function], docstrings: Sequence[str], names: Sequence[str]
) -> dict[str, Said]:
    """What is said of each of the parameters, in the order of what stands nearest to the code."""
    texts = [*(_comments(each) for each in functions), *docstrings]
    texts += [ast.get_docstring(each.node) or "" for each in functions]
    found: dict[str, Said] = {}
    for lines in (text.splitlines() for text in texts):
        for name in names:
            said = _said(name, lines, names)
            if said != Said():
                before = found.get(name, Said())
                pair = before.is_pair or said.is_pair
                found[name] = Said(before.dimensions or said.dimensions, before.kind or said.kind, pair)
    return found


def _comments(function: Function) -> str:
    """Its comments that stand alone; one behind a parameter begins with that parameter's name here."""
    return "\n".join(_commented(lines_of(function), function))


def _commented(lines: Sequence[str], function: Function) -> Iterator[str]:
    at = {each.lineno - function.node.lineno: each.arg for each in function.parameters}
    alone = list(at.values())
    for number, line in enumerate(lines):
        code, hash_, comment = line.partition("#")
        if not hash_:
            continue
        if not code.strip():
            yield comment.strip()
        elif number in at and alone.count(at[number]) == 1 and list(at).count(number) == 1:
            yield f"{at[number]}: {comment.strip()}"


def _said(name: str, lines: Sequence[str], names: Sequence[str]) -> Said:
    for number, line in enumerate(lines):
        if not _begins(name, line):
            continue
        following = [line]
        for more in lines[number + 1 : number + _MOST_LINES]:
            if not more.strip() or any(_begins(other, more) for other in names) or _HEADING.match(more):
                break
            following.append(more)
        text = " ".join(following).partition("->")[0]
        rest = re.sub(rf"^\W*(?::?param\w*\s+)?(?:\w+\s+)?{re.escape(name)}\b", "", text, count=1)
        return Said(_dimensions(rest), _kind(rest), bool(_PAIR.search(rest)))
    return Said()


_HEADING = re.compile(r"\s*(?:returns?|outputs?|:return|raises?)\b.*", re.IGNORECASE)


_PAIR = re.compile(r"\b[Tt]uple[(\[] ?int, ?int ?[)\]]")
_WRITTEN_OUT = re.compile(r"\b(?:[A-Z]|\d+)(?:x(?:[A-Z]|\d+))+\b")
"""`3xHxW`, `BxNx2`, where no bracket says it."""


def _begins(name: str, line: str) -> bool:
    return bool(
        re.match(rf"\W*(?::?param\w*\s+(?:\w+\s+)?)?{re.escape(name)}['\"`]?\s*(?:[:=(,\[–-]|is\b|$)", line)
    )


def _dimensions(text: str) -> tuple[str, ...]:
    for match in _BRACKETS.finditer(text):
        inner = next(each for each in match.groups() if each is not None).strip().rstrip(",")
        if not inner or _NO_DIMENSIONS.search(inner):
            continue
        parts = [part.strip() for part in re.split(r",|×|\bx\b|\bX\b(?=\s)", inner)]
        if all(part and _DIMENSION.fullmatch(part) for part in parts) and (len(parts) > 1 or "," in match[0]):
            return tuple(_dimension(part) for part in parts)
        if len(parts) == 1 and parts[0].lower().replace(" ", "_") in _SINGLE:
            return (_dimension(parts[0]),)
    written_out = _WRITTEN_OUT.search(text)
    return tuple(written_out[0].split("x")) if written_out else ()


_SINGLE = frozenset({"b", "bs", "n", "batch", "batch_size", "bsz", "t", "l"})


def _dimension(part: str) -> str:
    return "..." if part in ("...", "*") else re.sub(r"\s+", "_", part)


def _kind(text: str) -> Kind | None:
    words = set(re.findall(r"[a-z0-9]+", text.lower()))
    if words & {"longtensor", "long", "indices", "integers", "int64", "ids"}:
        return "int"
    return "bool" if words & {"booltensor", "boolean"} else None
