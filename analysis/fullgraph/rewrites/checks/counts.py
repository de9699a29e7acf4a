"""How many rows a mask takes, counted in the mask: `mask.sum()` for `x[mask].shape[0]`.

`x[mask]` has a size that only the data tells, and what a program asks about it the program is then held to: a
check that it equals another size leaves out whatever torch cannot prove. A sum is a tensor like any other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...model import DataDependent
from ...python.syntax.literals import is_zero
from ...python.syntax.names import call_name, last_name, method_name
from ...python.syntax.precedence import owner
from ..branches.truth import is_boolean
from ..edit.module import Code
from ..edit.naming import only_value

_KEEP_ROWS = frozenset({"squeeze", "float", "long", "int", "bool", "clone", "detach", "contiguous", "to"})
_FLAT = frozenset({"view", "reshape", "flatten", "ravel"})
_DEEPEST = 4


@dataclass(frozen=True)
class _Taken:
    """What a mask takes: all its elements, where `of` is given those of `of`."""

    mask: ast.expr
    of: ast.expr | None = None


@dataclass(frozen=True)
class _Counter:
    code: Code
    torch: str
    failure: DataDependent

    def size(self, node: ast.expr, depth: int = 0) -> str | None:
        """The count that a size is, where it is one: `x[mask].numel()`, `len(kept)`."""
        if isinstance(node, ast.Name) and depth < _DEEPEST:
            value = only_value(self.code, node)
            return self.size(value, depth + 1) if value is not None else None
        whole, every = _sized(node)
        taken = self.taken(whole) if whole is not None else None
        if taken is None:
            return None
        text = self.code.flat(taken.mask)
        count = f"{owner(text)}.sum()" if is_boolean(taken.mask) or taken.of is not None else ""
        count = count or f"{self.torch}.count_nonzero({text})"
        if not every or self._is_alone():
            return count
        if taken.of is None:  # a row of `nonzero` has as many elements as the mask has dimensions
            return None
        return f"{count} * {owner(self.code.flat(taken.of))}.shape[{owner(text)}.ndim:].numel()"

    def taken(self, node: ast.expr, depth: int = 0) -> _Taken | None:
        """The mask that decides how many rows there are."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Name):
            value = only_value(self.code, node)
            return self.taken(value, depth + 1) if value is not None else None
        if isinstance(node, ast.Subscript):
            return self._indexed(node, depth)
        return self._called(node, depth) if isinstance(node, ast.Call) else None

    def _indexed(self, node: ast.Subscript, depth: int) -> _Taken | None:
        if is_zero(node.slice) and isinstance(node.value, ast.Call):
            return self._called(node.value, depth)
        if isinstance(node.slice, (ast.Slice, ast.Tuple, ast.Constant, ast.UnaryOp)) and not is_boolean(
            node.slice
        ):
            return None
        by_index = self.taken(node.slice, depth + 1)
        return by_index or _Taken(node.slice, node.value)

    def _called(self, node: ast.Call, depth: int) -> _Taken | None:
        name, function = last_name(node), call_name(node)
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        args = list(node.args) if function.startswith(f"{self.torch}.") else [owner, *node.args]
        first = args[0] if args else None
        if first is None:
            return None
        if name in ("nonzero", "argwhere") or (name == "where" and len(args) == 1):
            return _Taken(first)
        if name == "masked_select" and len(args) == 2 and args[1] is not None:
            return _Taken(args[1])
        return self.taken(first, depth + 1) if name in _KEEP_ROWS else None

    def _is_alone(self) -> bool:
        """Whether the size is as many as the mask takes, and no multiple of that."""
        names = "|".join(re.escape(symbol.name) for symbol in self.failure.symbols)
        return bool(names) and not re.search(
            rf"[\w)]\*\(?({names})\b|\b({names})\)?\*", self.failure.expression
        )


def counted(code: Code, test: ast.expr, torch: str, failure: DataDependent) -> Mapping[ast.expr, str]:
    """The sizes in a condition that a mask decides, each with its count; none if there are none."""
    counter = _Counter(code, torch, failure)
    found: dict[ast.expr, str] = {}
    pending = [test]
    while pending:
        node = pending.pop()
        text = counter.size(node)
        if text is not None:
            found[node] = text
        else:
            pending.extend(each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
    return found


def _sized(node: ast.expr) -> tuple[ast.expr | None, bool]:
    """What a size is of, and whether it counts every element and not only rows."""
    if isinstance(node, ast.Subscript) and is_zero(node.slice):
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr == "shape":
            return value.value, False
        return (value.func.value, False) if method_name(value) == "size" else (None, False)  # type: ignore[attr-defined]
    if not isinstance(node, ast.Call) or node.keywords:
        return None, False
    if call_name(node) == "len" and len(node.args) == 1:
        return _flattened(node.args[0])
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("numel", "nelement") and not node.args:
        return _flattened(node.func.value)[0], True
    if method_name(node) == "size" and [is_zero(arg) for arg in node.args] == [True]:
        return _flattened(node.func.value)  # type: ignore[attr-defined]
    return (node.args[0], True) if last_name(node) == "numel" and len(node.args) == 1 else (None, False)


def _flattened(node: ast.expr) -> tuple[ast.expr, bool]:
    """`x` of `x.flatten()`, whose rows are all elements of it."""
    if method_name(node) in _FLAT:
        return node.func.value, True  # type: ignore[attr-defined]
    return node, False
