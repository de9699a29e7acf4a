"""What an expression is once tensors stay tensors: its text, and what Python had in its place.

The rule: a value that is lifted stands for a Python bool, int or float, and is a tensor without dimensions.
Wherever Python's own is needed after all, `.item()` gives it, and stays symbolic during export.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...python.syntax.literals import is_exact
from ...python.syntax.names import call_name
from ...python.syntax.precedence import operand, owner
from ...text.source import parse_expression

Kind = Literal["static", "data", "bool", "int", "float", "number", "parts", "many", "fields", "text"]
"""static  what Python has without the data, and keeps
data    a tensor, or a structure of tensors, in the original too
bool, int, float, number    lifted; of a number nobody knows whether it is an int or a float
parts, fields    a tuple or list, a dict, of which each entry is known
many    a list whose entries are alike, or a tensor in its place
text    a string that shows data: nothing computes with it
"""

LIFTED = ("bool", "int", "float", "number")


class CannotLiftError(Exception):
    """A function does with a value what has no form of tensors here."""


@dataclass(frozen=True, slots=True)
class Value:
    """`python` is the type of what is static, where it is known.

    `roots` are the names that it was made from. `source` takes the number as the text has it: `x.item()`.
    """

    text: str
    kind: Kind = "static"
    changed: bool = False
    roots: frozenset[str] = frozenset()
    source: str = ""
    python: Literal["bool", "int", "float", ""] = ""
    boolean: bool = False  # of data: it can only be true or false
    scalar: bool = False  # of data: it has no dimensions
    array: bool = False  # of data: it was an array of NumPy's
    exact: bool = False  # lifted, and of the dtype that torch has for Python's type
    differentiable: bool = False  # lifted from what gradients may flow through, as they did not before
    parts: tuple[Value, ...] = ()
    keys: tuple[str, ...] = ()
    listed: bool = False  # of parts: a list, not a tuple
    joined: bool = False  # of many: one tensor, whose entries are along its only dimension
    picked: bool = False  # of what is joined: entries may be left out, so that there may be none
    needed: bool = False  # lifted, and no number that Python has during export can stand for it
    cheap: bool = True  # it may be computed without being needed
    string: str | None = None  # of static: the string that it is
    sized: bool = False  # of data: how many rows there are depends on the data
    counted: bool = False  # lifted: made of sizes; Python divides it with all the digits of a float64
    any_of: str = ""  # lifted: what says whether it is more than 0
    fraction: bool = False  # lifted: it was seen to be a float where Python takes it out of its tensor
    computed: bool = False  # lifted: a float made of others, which Python does with all its digits
    written: bool = False  # lifted: it may be a number of the text's, as its own precision rounds it
    condition: str = ""  # of text: what chooses between its two parts

    @property
    def tree(self) -> ast.expr:
        """Of its text, which may be one that only brackets hold together: `*rest, x`."""
        return ast.parse(f"({self.text})", mode="eval").body

    @property
    def is_lifted(self) -> bool:
        return self.kind in LIFTED

    @property
    def holds_lifted(self) -> bool:
        return self.is_lifted or any(part.holds_lifted for part in self.parts)

    @property
    def holds_text(self) -> bool:
        return self.kind == "text" or any(part.holds_text for part in self.parts)

    @property
    def names_text(self) -> bool:
        """Whether it reads a name that nothing binds during export."""
        return (self.kind == "text" and self.text.isidentifier()) or any(p.names_text for p in self.parts)

    @property
    def asks_data(self) -> bool:
        """Whether its truth is known with the data alone."""
        return self.is_lifted or self.kind == "data"

    @property
    def operand(self) -> str:
        return operand(self.text)

    @property
    def owner(self) -> str:
        """The text before a dot."""
        return owner(self.text)

    @property
    def plain(self) -> str:
        """Python's own value."""
        return (self.source or f"{self.owner}.item()") if self.is_lifted else self.text

    @property
    def number(self) -> str:
        """An operand of arithmetic, where Python counts a bool as an int."""
        return f"{self.owner}.long()" if self.kind == "bool" else self.operand

    @property
    def wide(self) -> str:
        """What is made of sizes, as a float64."""
        whole = self.counted and self.kind in ("int", "number")
        return f"{self.owner}.double()" if whole else self.text

    @property
    def may_have_fraction(self) -> bool:
        """Whether it may be a float that Python has."""
        return self.kind == "static" and self.python not in ("int", "bool") and not _is_size(self.text)

    @property
    def may_be_rounded(self) -> bool:
        """Whether a tensor of less than double precision has not what Python has: of 0.1, and of `self.limit`."""
        return self.written or (self.may_have_fraction and not is_exact(self.tree))

    @property
    def detached(self) -> Value:
        if not self.differentiable:
            return self
        return replace(self, text=f"{self.owner}.detach()", differentiable=False)

    @property
    def type(self) -> Kind:
        """The kind that it has as a number."""
        return self.kind if self.is_lifted else (self.python or "number")

    def enclosing(self, texts: Sequence[str]) -> str:
        """Parts that are texts now, in brackets of the same kind."""
        inner = ", ".join(texts)
        if self.listed:
            return f"[{inner}]"
        return f"({inner},)" if len(texts) == 1 else f"({inner})"

    def named(self, name: str) -> Value:
        """The same once a name holds it."""
        parts = self.parts
        if self.kind == "parts":
            parts = tuple(part.named(f"{name}[{index}]") for index, part in enumerate(parts))
        if self.kind == "fields":
            parts = tuple(part.named(f"{name}[{key}]") for key, part in zip(self.keys, parts, strict=True))
        roots = frozenset({name.partition("[")[0]})
        return replace(
            self,
            text=name,
            changed=False,
            roots=roots,
            source="",
            differentiable=False,
            parts=parts,
            cheap=True,
        )


def _is_size(text: str) -> bool:
    """`x.shape[0]`, `len(x)`, `x.numel()`."""
    tree = parse_expression(text)
    node = tree.body if isinstance(tree, ast.Expression) else None
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    name = call_name(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return name in ("len", "numel", "size", "dim")


def inverted(text: str) -> str:
    """`not` of a tensor of truth."""
    tree = parse_expression(text)
    node = tree.body if isinstance(tree, ast.Expression) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return ast.get_source_segment(text, node.operand) or ""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        left, right = (ast.get_source_segment(text, side) for side in (node.left, node.comparators[0]))
        before, _, after = text.partition(left or "")
        sign = "!=" if isinstance(node.ops[0], ast.Eq) else "=="
        if not before and left and right and after.endswith(right):
            return f"{left} {sign} {right}"
    return f"~{operand(text)}"


_WIDER: dict[str, int] = {"bool": 0, "int": 1, "number": 2, "float": 3}


def wider(*kinds: Kind) -> Kind:
    """The type of what may be any of them."""
    return max(kinds, key=lambda kind: _WIDER.get(kind, 2))
