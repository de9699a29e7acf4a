"""What a size lacks to a multiple, however it is written: `(-n) % 8`, `(8 - n % 8) % 8`, `8 - n % 8` in a branch.

The rule: two amounts are the same where they are of the same size and the same multiple.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...python.binding.scopes import bindings
from ...python.syntax.literals import is_zero
from ...python.syntax.names import names_in
from ...python.syntax.precedence import Binds, operand
from ...python.syntax.tree import start
from ..edit.module import Code
from ..edit.naming import only_value


@dataclass(frozen=True)
class Amount:
    """What `size` lacks to a multiple of `multiple`, both as text. `text` says it for every size, from 0 on."""

    size: str
    multiple: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        return self.size, self.multiple


def amount_of(code: Code, node: ast.expr, lacks: bool = False) -> Amount | None:
    """None of anything that is no such amount. `lacks`: it is read only where something is lacking."""
    if isinstance(node, ast.IfExp):
        return _chosen(code, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _whole(code, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return _above(code, node) or _until(code, node) or (_part(code, node) if lacks else None)
    return None


def remainder(code: Code, node: ast.expr) -> Amount | None:
    """`n % 8`, or a name for it: as the amount that is 0 where it is."""
    if isinstance(node, ast.Name):
        value = only_value(code, node)
        return remainder(code, value) if value is not None and not isinstance(value, ast.Name) else None
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mod):
        return None
    left = node.left
    if isinstance(left, (ast.UnaryOp, ast.BinOp)):
        return None
    size, multiple = code.flat(left), code.flat(node.right)
    return Amount(size, multiple, _lacking(size, multiple))


def _lacking(size: str, multiple: str) -> str:
    return f"-{operand(size, Binds.SIGN)} % {operand(multiple, Binds.SIGN)}"


def _whole(code: Code, node: ast.BinOp) -> Amount | None:
    """`-n % 8`, `(8 - n % 8) % 8`, and `n % 2`."""
    left, multiple = node.left, code.flat(node.right)
    if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        return Amount(code.flat(left.operand), multiple, code.flat(node))
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub) and (part := _part(code, left)):
        return Amount(*part.key, code.flat(node)) if part.multiple == multiple else None
    own = remainder(code, node)
    return Amount(*own.key, code.flat(node)) if own is not None and multiple == "2" else None


def _part(code: Code, node: ast.BinOp) -> Amount | None:
    """`8 - n % 8`, which is 8 and not 0 where nothing is lacking."""
    found = remainder(code, node.right)
    return found if found is not None and found.multiple == code.flat(node.left) else None


def _above(code: Code, node: ast.BinOp) -> Amount | None:
    """`(n + 7) // 8 * 8 - n`, `-(-n // 8) * 8 - n`, `math.ceil(n / 8) * 8 - n`."""
    times, size = node.left, code.flat(node.right)
    if not isinstance(times, ast.BinOp) or not isinstance(times.op, ast.Mult):
        return None
    for count, by in ((times.left, times.right), (times.right, times.left)):
        multiple = code.flat(by)
        if ast.unparse(count) in _counts(size, multiple):
            return Amount(size, multiple, _lacking(size, multiple))
    return None


def _until(code: Code, node: ast.BinOp) -> Amount | None:
    """`target - n`, where `target` is the next multiple of `n`."""
    found = rounded(code, node.left)
    return (
        Amount(*found, code.flat(node)) if found is not None and found[0] == code.flat(node.right) else None
    )


def rounded(code: Code, node: ast.expr) -> tuple[str, str] | None:
    """The size and the multiple of `math.ceil(n / 8) * 8`, `n + -n % 8`, and of a name for one of them."""
    value = _meant(code, node)
    if not isinstance(value, ast.BinOp):
        return None
    found = _sum(code, value) if isinstance(value.op, ast.Add) else _product(code, value)
    return found if found is not None and _is_still(code, found[0], value, node) else None


def _sum(code: Code, value: ast.BinOp) -> tuple[str, str] | None:
    amount = amount_of(code, _meant(code, value.right))
    return amount.key if amount is not None and amount.size == code.flat(value.left) else None


def _product(code: Code, value: ast.BinOp) -> tuple[str, str] | None:
    if not isinstance(value.op, ast.Mult):
        return None
    for count, by in ((value.left, value.right), (value.right, value.left)):
        many, multiple = _meant(code, count), code.flat(by)
        for each in ast.walk(many):
            if not isinstance(each, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
                continue
            size = code.flat(each)
            if ast.unparse(many) in _counts(size, multiple):
                return (size, multiple) if _is_still(code, size, many, value) else None
    return None


def _meant(code: Code, node: ast.expr) -> ast.expr:
    return (only_value(code, node) if isinstance(node, ast.Name) else None) or node


def _is_still(code: Code, size: str, value: ast.expr, use: ast.expr) -> bool:
    """Whether a size is at `use` what it was where a value was made of it."""
    function = code.function_of(use)
    between = (
        (n for n, by in bindings(function.body) if start(value) < start(by) < start(use)) if function else ()
    )
    return names_in(ast.parse(size)).isdisjoint(between)


def _counts(size: str, multiple: str) -> set[str]:
    """How many times a multiple fits into a size, rounded up, in the ways that this is written."""
    less = str(int(multiple) - 1) if multiple.isdigit() else f"{multiple} - 1"
    said = {
        f"({size} + {less}) // {multiple}",
        f"({size} + {multiple} - 1) // {multiple}",
        f"({size} - 1) // {multiple} + 1",
        f"-(-{size} // {multiple})",
        f"math.ceil({size} / {multiple})",
        f"ceil({size} / {multiple})",
    }
    return {ast.unparse(ast.parse(each)) for each in said}


def _chosen(code: Code, node: ast.IfExp) -> Amount | None:
    """`8 - n % 8 if n % 8 else 0`."""
    asked, lacks = asked_in(code, node.test)
    body, orelse = (node.body, node.orelse) if lacks else (node.orelse, node.body)
    found = amount_of(code, body, lacks=True)
    return found if found is not None and is_zero(orelse) and asked == {found.key} else None


def asked_in(
    code: Code, test: ast.expr, known: dict[str, Amount] | None = None
) -> tuple[set[tuple[str, str]], bool]:
    """The amounts that a test asks for, and whether it holds where one of them is not 0, or where all are.

    `known` are names that hold an amount.
    """
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        parts = [asked_in(code, each, known) for each in test.values]
        found = {key for keys, _ in parts for key in keys}
        return (found, True) if all(keys and lacks for keys, lacks in parts) else (set(), True)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        keys, lacks = asked_in(code, test.operand, known)
        return keys, not lacks
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(code, test, known or {})
    if isinstance(test, ast.Name) and test.id not in (known or {}):
        value = only_value(code, test)
        if isinstance(value, (ast.BoolOp, ast.Compare)):
            return asked_in(code, value, known)
    return _keys(code, test, known or {}), True


def _compared(code: Code, test: ast.Compare, known: dict[str, Amount]) -> tuple[set[tuple[str, str]], bool]:
    keys, sign, other = _keys(code, test.left, known), test.ops[0], test.comparators[0]
    for one, its, way in ((test.left, other, sign), (other, test.left, _TURNED.get(type(sign)))):
        found = rounded(code, one)
        if found is not None and found[0] == code.flat(its):
            return ({found}, not isinstance(way, ast.Eq)) if isinstance(way, _SIGNS) else (set(), True)
    if is_zero(other):
        return (keys, isinstance(sign, (ast.NotEq, ast.Gt))) if isinstance(sign, _SIGNS) else (set(), True)
    odd = isinstance(other, ast.Constant) and other.value == 1 and isinstance(sign, ast.Eq)
    return ({key for key in keys if key[1] == "2" and odd}, True)


_SIGNS = (ast.NotEq, ast.Gt, ast.Eq)
_TURNED = {ast.NotEq: ast.NotEq(), ast.Eq: ast.Eq(), ast.Lt: ast.Gt(), ast.Gt: ast.Lt()}


def _keys(code: Code, node: ast.expr, known: dict[str, Amount]) -> set[tuple[str, str]]:
    held = known.get(node.id) if isinstance(node, ast.Name) else None
    found = held or amount_of(code, node) or remainder(code, node)
    return {found.key} if found is not None else set()
