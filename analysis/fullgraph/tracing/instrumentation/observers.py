"""The observer around an expression, and the site that tells of it: which expressions have a value to tell."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ...model import Construct, Range
from .sites import OBSERVER, Binding, Kind, Site, Text

_KINDS: dict[type[ast.AST], Kind] = {
    ast.Name: "name",
    ast.Attribute: "attribute",
    ast.Subscript: "subscript",
    ast.Call: "call",
    ast.BinOp: "binary",
    ast.UnaryOp: "unary",
    ast.BoolOp: "boolean",
    ast.Compare: "comparison",
    ast.IfExp: "conditional",
    ast.List: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.Dict: "dict",
    ast.ListComp: "comprehension",
    ast.SetComp: "comprehension",
    ast.DictComp: "comprehension",
    ast.Await: "await",
}

# Python 3.10 and 3.11 parse the inside of an f-string apart and sometimes misplace it.
_FSTRING_PLACES_HOLD = sys.version_info >= (3, 12)


class Observers:
    """Puts observers into one text, and numbers their sites from `base`."""

    def __init__(self, text: Text, base: int) -> None:
        self.sites: list[Site] = []
        self._text = text
        self._base = base
        self._prefix = ""  # of the qualified names of what is defined here
        self._function = ""  # the function around, "" outside of any
        self._in_fstring = False
        self._fstring_places: set[Range] = set()

    def kind(self, node: ast.expr) -> Kind | None:
        """What the site of `node` is to be called; None: `node` itself is not observed."""
        is_target = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        if not self._function or is_target or _is_bare_super(node):
            return None
        return _KINDS.get(type(node)) if self._place_holds(node) else None

    def around(
        self, node: ast.expr, kind: Kind, construct: Construct | None, bindings: tuple[Binding, ...]
    ) -> ast.expr:
        """The call of the observer that has `node` as its argument."""
        number = ast.Constant(self._base + len(self.sites))
        observer = ast.Name(OBSERVER, ast.Load())
        call = ast.Call(func=observer, args=[number, node], keywords=[])
        for part in (number, observer, call):
            ast.copy_location(part, node)
        self.sites.append(Site(self._text.range(node), kind, self._function, construct, bindings))
        return call

    def binding(self, target: ast.Name, element: int | None) -> Binding:
        return Binding(target.id, self._text.range(target), element)

    @contextmanager
    def scope(self, name: str, *, function: bool) -> Iterator[None]:
        outer = self._prefix, self._function
        qualified = self._prefix + name
        self._function = qualified if function else ""
        self._prefix = f"{qualified}.<locals>." if function else f"{qualified}."
        yield
        self._prefix, self._function = outer

    @contextmanager
    def fstring(self) -> Iterator[None]:
        outer, self._in_fstring = self._in_fstring, not _FSTRING_PLACES_HOLD
        yield
        self._in_fstring = outer

    def _place_holds(self, node: ast.expr) -> bool:
        if not self._in_fstring or type(node) not in _KINDS:
            return True
        place = self._text.range(node)
        if place in self._fstring_places or not self._text.reads_as(node):
            return False
        self._fstring_places.add(place)
        return True


def _is_bare_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
