"""How tightly expressions bind, and so where a text needs brackets to stay one operand.

Whoever puts texts together asks here about the text itself: what it was made of may have lost its brackets, or
gained an operator, on the way.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final


class Binds(IntEnum):
    """From what binds least to what nothing around it can tear apart."""

    TORN = 0  # lines that are one expression in brackets alone
    NAMED = 1  # `n := v`
    LOOSE = 2  # `a, b`, `yield`, a generator without its brackets
    CHOICE = 3  # `a if c else b`, `lambda`
    OR = 4
    AND = 5
    NOT = 6
    COMPARED = 7
    BIT_OR = 8
    BIT_XOR = 9
    BIT_AND = 10
    SHIFT = 11
    SUM = 12
    PRODUCT = 13
    SIGN = 14  # `-a`, `~a`
    POWER = 15
    AWAIT = 16
    NUMBER = 17  # whole, but for a dot behind it
    WHOLE = 18


_BINARY: Final[Mapping[type[ast.operator], Binds]] = {
    ast.BitOr: Binds.BIT_OR,
    ast.BitXor: Binds.BIT_XOR,
    ast.BitAnd: Binds.BIT_AND,
    ast.LShift: Binds.SHIFT,
    ast.RShift: Binds.SHIFT,
    ast.Add: Binds.SUM,
    ast.Sub: Binds.SUM,
    ast.Mult: Binds.PRODUCT,
    ast.Div: Binds.PRODUCT,
    ast.FloorDiv: Binds.PRODUCT,
    ast.Mod: Binds.PRODUCT,
    ast.MatMult: Binds.PRODUCT,
    ast.Pow: Binds.POWER,
}

_OTHERS: Final[Mapping[type[ast.expr], Binds]] = {
    ast.Yield: Binds.LOOSE,
    ast.YieldFrom: Binds.LOOSE,
    ast.Starred: Binds.LOOSE,
    ast.NamedExpr: Binds.NAMED,
    ast.IfExp: Binds.CHOICE,
    ast.Lambda: Binds.CHOICE,
    ast.Compare: Binds.COMPARED,
    ast.Await: Binds.AWAIT,
}


def binds(node: ast.expr) -> Binds:
    """How tightly an expression binds that has no brackets around it; tuples and generators have their own."""
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)]
    if isinstance(node, ast.BoolOp):
        return Binds.OR if isinstance(node.op, ast.Or) else Binds.AND
    if isinstance(node, ast.UnaryOp):
        return Binds.NOT if isinstance(node.op, ast.Not) else Binds.SIGN
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex)):
        return Binds.WHOLE if isinstance(node.value, bool) else Binds.NUMBER
    return _OTHERS.get(type(node), Binds.WHOLE)


@lru_cache(maxsize=1000)
def text_binds(text: str) -> Binds:
    """The same of a text, of which brackets around all of it are a part; LOOSE where it is no expression."""
    stripped = text.strip()
    if stripped.startswith("*"):  # an argument, which nothing stands beside
        return Binds.CHOICE
    node = _parsed(f"({stripped}\n)")
    if node is None:
        return Binds.LOOSE
    if "\n" in stripped and _parsed(stripped) is None:
        return Binds.TORN
    if (node.lineno, node.col_offset) == (1, 0):  # our brackets are what makes it a tuple or a generator
        return Binds.LOOSE
    return binds(node) if (node.lineno, node.col_offset) == (1, 1) else Binds.WHOLE


def _parsed(text: str) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the user's affair
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_bracketed(text: str) -> bool:
    """Whether brackets go around all of a text: those of a tuple and of a generator are such, too."""
    node = _parsed(f"({text.strip()}\n)")
    return node is not None and (
        node.col_offset > 1 or (node.col_offset == 1 and isinstance(node, (ast.Tuple, ast.GeneratorExp)))
    )


def operand(text: str, least: Binds = Binds.NUMBER) -> str:
    """A text beside an operator: in brackets unless it binds at least as tightly as `least`."""
    return text if text_binds(text) >= least else f"({text})"


def owner(text: str) -> str:
    """A text before a dot, an index, or the brackets of a call."""
    return operand(text, Binds.WHOLE)


def argument(text: str) -> str:
    """A text between commas: brackets are for a tuple that has none, `n := v` and `yield`."""
    return operand(text, Binds.CHOICE)


# -- the places of a tree ----------------------------------------------------------------------------


def needed(parent: ast.AST, child: ast.expr) -> Binds:
    """How tightly a text has to bind to stand in the place of `child` without brackets."""
    form = _PLACES.get(type(parent))
    return form(parent, child) if form is not None else Binds.LOOSE


def _of_binary(parent: ast.BinOp, child: ast.expr) -> Binds:
    own = _BINARY[type(parent.op)]
    if isinstance(parent.op, ast.Pow):  # `2 ** -n` is one, `-n ** 2` is another
        return Binds.AWAIT if child is parent.left else Binds.SIGN
    return own if child is parent.left else Binds(own + 1)


def _of_choice(parent: ast.IfExp, child: ast.expr) -> Binds:
    return Binds.CHOICE if child is parent.orelse else Binds.OR


def _of_subscript(parent: ast.Subscript, child: ast.expr) -> Binds:
    return Binds.WHOLE if child is parent.value else Binds.LOOSE


def _of_call(parent: ast.Call, child: ast.expr) -> Binds:
    return Binds.WHOLE if child is parent.func else Binds.CHOICE


def _of_comprehension(parent: ast.comprehension, child: ast.expr) -> Binds:
    return Binds.LOOSE if child is parent.target else Binds.OR


def _always(least: Binds) -> Callable[[Any, ast.expr], Binds]:
    return lambda _, __: least


_PLACES: Final[Mapping[type[ast.AST], Callable[[Any, ast.expr], Binds]]] = {
    ast.BinOp: _of_binary,
    ast.BoolOp: lambda parent, _: Binds(binds(parent) + 1),
    ast.UnaryOp: lambda parent, _: binds(parent),
    ast.Compare: _always(Binds.BIT_OR),
    ast.IfExp: _of_choice,
    ast.Lambda: _always(Binds.CHOICE),
    ast.Attribute: _always(Binds.WHOLE),
    ast.Subscript: _of_subscript,
    ast.Slice: _always(Binds.CHOICE),
    ast.Call: _of_call,
    ast.keyword: _always(Binds.CHOICE),
    ast.Starred: _always(Binds.BIT_OR),
    ast.Await: _always(Binds.WHOLE),
    ast.NamedExpr: _always(Binds.CHOICE),
    ast.comprehension: _of_comprehension,
    **dict.fromkeys(
        (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
        _always(Binds.CHOICE),
    ),
    **dict.fromkeys((ast.Assert, ast.If, ast.While), _always(Binds.CHOICE)),
}
