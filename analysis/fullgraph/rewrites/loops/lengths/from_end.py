"""Bounds of a slice that are below 0: Python counts those from the end of the row, and a comparison of places does not.

The rule: a bound that can only be 0 or more is left as it is, and to any other the size of the row is added where it
is below 0.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....python.binding.api_tables import is_in_place
from ....python.binding.scopes import bindings
from ....python.syntax.assignments import assignments_to
from ....python.syntax.names import call_name, last_name, method_name
from ....python.syntax.precedence import Binds, operand
from ...branches.truth import is_boolean
from ...edit.module import Code


def place_of(code: Code, loop: ast.AST, column: str, size: str) -> str:
    """The places that bounds stand for; `size` is the text of how many a row has."""
    if _Known(code, loop).is_never_negative(ast.parse(column, mode="eval").body):
        return column
    vector = column.removesuffix(_COLUMN)
    counted = f"{vector} + {size} * ({operand(vector, Binds.BIT_OR)} < 0)"
    return counted if vector == column else f"({counted}){_COLUMN}"


_COLUMN = "[:, None]"


_COUNTS = frozenset({"count_nonzero", "bincount", "argmax", "argmin", "abs", "numel", "size", "len"})
_KEEPS = frozenset(
    [
        "sum",
        "cumsum",
        "prod",
        "max",
        "min",
        "amax",
        "amin",
        "long",
        "int",
        "to",
        "cpu",
        "cuda",
        "clone",
        "detach",
        "contiguous",
        "squeeze",
        "unsqueeze",
        "flatten",
        "view",
        "reshape",
        "item",
        "tolist",
        "cat",
        "stack",
    ]
)
"""What of whole numbers that are 0 or more gives such numbers."""
_ARITHMETIC = (ast.Add, ast.Mult, ast.FloorDiv, ast.Mod)


def _written(node: ast.AST) -> Iterator[str]:
    """The name of a tensor that is written to: `n.sub_(1)`, `n[0] = -1`."""
    owner: ast.AST | None = None
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        owner = node.value
    elif isinstance(node, ast.Call) and is_in_place(method_name(node) or ""):
        owner = node.func.value  # type: ignore[attr-defined]
    while isinstance(owner, ast.Subscript):
        owner = owner.value
    if isinstance(owner, ast.Name):
        yield owner.id


class _Known:
    """What is known of numbers in the function around a loop."""

    def __init__(self, code: Code, loop: ast.AST) -> None:
        scope = code.scope_of(loop)
        self.scope = scope
        # A name is an input only as long as nothing else is given to it.
        given = {name for name, _ in bindings(getattr(scope, "body", []))}
        of_forward = getattr(scope, "name", "") == "forward"
        self.dtypes = {name: dtype for name, dtype in code.whole if of_forward and name not in given}
        self.changed = {name for node in ast.walk(scope) for name in _written(node)}
        self.asked: set[str] = set()

    def is_never_negative(self, node: ast.expr) -> bool:
        """Whether a number, or each of a tensor, can only be 0 or more."""
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int) and node.value >= 0
        if isinstance(node, ast.Name):
            return self.dtypes.get(node.id) in ("bool", "uint8") or self._is_given(node.id)
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, _ARITHMETIC) and all(
                map(self.is_never_negative, (node.left, node.right))
            )
        if isinstance(node, ast.Attribute):
            return node.attr == "shape"
        if isinstance(node, ast.Subscript):
            return self.is_never_negative(node.value)
        return is_boolean(node) or (isinstance(node, ast.Call) and self._is_called(node))

    def _is_given(self, name: str) -> bool:
        if name in self.asked or name in self.changed:
            return False
        self.asked.add(name)
        given = [each.value for each in assignments_to(name, [self.scope])]
        bound = sum(each == name for each, _ in bindings(getattr(self.scope, "body", [])))
        return bool(given) and len(given) == bound and all(map(self.is_never_negative, given))

    def _is_called(self, node: ast.Call) -> bool:
        name = last_name(node)
        if name in ("clamp", "clip", "clamp_min"):
            return self._is_clamped(node)
        if name in _COUNTS:
            return True
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        if of is None or call_name(node).startswith(("torch.", "F.")):
            of = node.args[0] if node.args else None
        parts = of.elts if isinstance(of, (ast.List, ast.Tuple)) else [of]
        return name in _KEEPS and all(part is not None and self.is_never_negative(part) for part in parts)

    def _is_clamped(self, node: ast.Call) -> bool:
        of_torch = call_name(node).startswith("torch.")
        least = next((each.value for each in node.keywords if each.arg == "min"), None)
        rest = node.args[1:] if of_torch else node.args
        least = least or (rest[0] if rest else None)
        return least is not None and self.is_never_negative(least)
