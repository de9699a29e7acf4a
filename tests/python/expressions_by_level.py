"""An expression of each level of precedence, and the places that one can stand in."""

from __future__ import annotations

from fullgraph.python.syntax.precedence import Binds

BY_LEVEL: dict[Binds, tuple[str, ...]] = {
    Binds.NAMED: ("n := p",),
    Binds.CHOICE: ("p if q else r", "lambda: p"),
    Binds.OR: ("p or q",),
    Binds.AND: ("p and q",),
    Binds.NOT: ("not p",),
    Binds.COMPARED: ("p > q", "p in q", "p < q < r"),
    Binds.BIT_OR: ("p | q",),
    Binds.BIT_XOR: ("p ^ q",),
    Binds.BIT_AND: ("p & q",),
    Binds.SHIFT: ("p << q",),
    Binds.SUM: ("p + q", "p - q"),
    Binds.PRODUCT: ("p * q", "p @ q", "p // q"),
    Binds.SIGN: ("-p", "~p", "-1"),
    Binds.POWER: ("p ** q", "p ** -q"),
    Binds.NUMBER: ("1", "1.5"),
    Binds.WHOLE: ("p", "p.q", "p(q)", "p[q]", "[p, q]", "(p, q)", "'s'", "True", "[p for p in q]"),
}

EVERY = tuple(text for texts in BY_LEVEL.values() for text in texts)

PLACES = (
    *("_ + b", "b - _", "_ * b", "b @ _", "_ % b", "_ ** b", "b ** _", "_ << b", "b >> _"),
    *("_ & b", "b ^ _", "_ | b", "-_", "~_", "not _", "_ and b", "b or _", "a and _ and b"),
    *("_ < b", "b == _", "a < _ < b", "_ in b", "_ is None"),
    *("_ if b else c", "b if _ else c", "b if c else _", "lambda: _", "(n := _)"),
    *("_.b", "_.b(c)", "_[b]", "b[_]", "b[_:c]", "_(b)", "b(_)", "b(c, k=_)", "[*_]", "b(**_)"),
    *("[_, b]", "(_, b)", "{_: b}", "{b: _}", "{_, b}", "[_ for c in b]", "[c for c in _]"),
    *("[c for c in b if _]", "b(c for c in _)", "{b: _ for c in d}", "f(_ + b).c"),
)
"""Expressions with a place, `_`, in them."""
