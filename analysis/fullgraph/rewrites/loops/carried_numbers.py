"""Numbers that a loop carries from round to round, as tensors: `err = float("inf")`, and `err = ….item()` in a round.

The rule: Python's float is a double, so that the tensor is one. That a number is one shows where a tensor takes
part in arithmetic; a loop that does more with it than compare it is not such a loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Edit
from ...python.binding.liveness import read_later
from ...python.syntax.assignments import assigned
from ...python.syntax.names import call_name, is_name, method_name
from ...python.syntax.precedence import owner
from ...python.syntax.statements import Loop
from ...python.syntax.tree import start
from ..branches.truth import is_boolean
from ..edit.module import Code
from .loop_carried import given_above


@dataclass(frozen=True)
class CarriedNumbers:
    """`starts`: what the first round is given for a name. `edits` keep a round's values in their tensors.

    `numbers`: names that are a number again below the loop, as they were.
    """

    starts: dict[str, str]
    edits: tuple[Edit, ...]
    numbers: tuple[str, ...]


def carried_numbers(code: Code, loop: Loop, torch: str, carried: Sequence[str]) -> CarriedNumbers | None:
    """None where a number is carried in a way that a tensor cannot stand for."""
    kinds = {name: kind for name in carried if (kind := _kind(code, loop, name))}
    read = {name for name in kinds if any(reads_number(each.value) for each in _given_in(loop, name))}
    # What is given one that is read from a tensor is such a number as well: `before = err`.
    while more := {
        n
        for n in kinds.keys() - read
        for v in _given_in(loop, n)
        if isinstance(v.value, ast.Name) and v.value.id in read
    }:
        read |= more
    plain = [name for name in carried if name not in kinds]
    later = read_later(code, loop, carried)
    starts: dict[str, str] = {}
    edits: list[Edit] = []
    for name in (each for each in carried if each in read):
        if not plain or not _is_only_compared(code, loop, name, read):
            return None
        if kinds[name] == "int" and name in later:
            return None
        found = [_as_tensor(code, each.value, kinds[name], read) for each in _given_in(loop, name)]
        if None in found:
            return None
        edits += [edit for each in found if each is not None for edit in each]
        kind = "" if kinds[name] == "bool" else f", dtype={torch}.float64"
        starts[name] = f"{torch}.tensor({name}{kind}, device={plain[0]}.device)"
    counts = [
        n
        for n in kinds.keys() - read
        if kinds[n] == "int" and _counts(loop, n) and _is_returned(code, loop, n)
    ]
    return CarriedNumbers(
        starts, tuple(edits), tuple(n for n in carried if n in counts or (n in read and n in later))
    )


def _kind(code: Code, loop: Loop, name: str) -> str:
    """Of which kind the number is that a name begins with; "" where it is no number that is written out."""
    given = given_above(code, loop, name)
    value = given[-1] if given else None
    number = value.operand if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else value
    if isinstance(number, ast.Constant):
        return type(number.value).__name__ if isinstance(number.value, (bool, int, float)) else ""
    endless = number is not None and call_name(number) == "float"
    return "float" if endless or (isinstance(number, ast.Attribute) and number.attr == "inf") else ""


@dataclass(frozen=True)
class _Given:
    node: ast.stmt
    value: ast.expr


def _given_in(loop: Loop, name: str) -> list[_Given]:
    """The values that a round gives a name."""
    own = (n for each in loop.body for n in ast.walk(each) if isinstance(n, ast.stmt))
    pairs = ((node, assigned(node)) for node in own)
    return [_Given(node, pair[1]) for node, pair in pairs if pair and pair[0] == name]


def reads_number(value: ast.AST) -> bool:
    """`….item()`, `float(…)`, `bool(…)`."""
    if not isinstance(value, ast.Call) or value.keywords:
        return False
    return (method_name(value) == "item" and not value.args) or (
        call_name(value) in ("float", "bool") and len(value.args) == 1
    )


def _as_tensor(code: Code, value: ast.expr, kind: str, read: set[str]) -> list[Edit] | None:
    """The edits that keep what a round gives in its tensor."""
    if isinstance(value, ast.Name) and value.id in read:
        return [code.replaced(value, f"{value.id}.clone()")]  # no output may be an input
    if not isinstance(value, ast.Call) or not reads_number(value):
        return None
    held = value.func.value if isinstance(value.func, ast.Attribute) else value.args[0]
    if kind == "bool":
        return [code.replaced(value, code.text(held))] if is_boolean(held) else None
    if isinstance(value.func, ast.Name) and value.func.id == "bool":
        return None
    return [code.replaced(value, f"{owner(code.text(held))}.double()")]


def _is_only_compared(code: Code, loop: Loop, name: str, read: set[str]) -> bool:
    """Whether a loop assigns a name as a statement of its own, and compares what it holds with numbers."""
    uses = [n for n in ast.walk(loop) if is_name(n, name)]
    given = {n for each in _given_in(loop, name) for n in ast.walk(each.node) if isinstance(n, ast.Name)}
    stores = [n for n in uses if isinstance(n.ctx, ast.Store)]
    if any(n not in given for n in stores) or len(stores) != len(_given_in(loop, name)):
        return False
    loads = [n for n in uses if isinstance(n.ctx, ast.Load)]
    return all(_is_compared(code, loop, n, read) for n in loads if isinstance(n, ast.Name))


def _is_compared(code: Code, loop: Loop, node: ast.Name, read: set[str]) -> bool:
    up = code.parents.get(node)
    if isinstance(up, ast.Compare):
        others = [each for each in (up.left, *up.comparators) if each is not node]
        return all(_is_number(each, read) for each in others)
    if isinstance(up, ast.stmt) and (pair := assigned(up)) and pair[1] is node:
        return pair[0] in read
    return isinstance(loop, ast.While) and (up is loop or isinstance(up, (ast.UnaryOp, ast.BoolOp)))


def _is_number(node: ast.expr, read: set[str]) -> bool:
    """`1e-4`, `self.tol`, another number that is carried."""
    if isinstance(node, ast.Name):
        return node.id in read
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Attribute) and is_name(node.value, "self"))


def _counts(loop: Loop, name: str) -> bool:
    """Whether whole numbers are all that a round adds to it."""
    own = [n for each in loop.body for n in ast.walk(each) if isinstance(n, ast.stmt)]
    stores = [
        n for each in loop.body for n in ast.walk(each) if is_name(n, name) and isinstance(n.ctx, ast.Store)
    ]
    added = [
        n for n in own if isinstance(n, ast.AugAssign) and is_name(n.target, name) and _is_whole(n.value)
    ]
    return bool(added) and len(added) == len(stores)


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_returned(code: Code, loop: Loop, name: str) -> bool:
    """Whether a `return` below gives it as it is: it is a number there, and no tensor."""
    return any(
        is_name(each, name)
        for node in ast.walk(code.scope_of(loop))
        if isinstance(node, ast.Return) and node.value is not None and start(node) > start(loop)
        for each in _parts(node.value)
    )


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, (ast.Tuple, ast.List)):
        for each in value.elts:
            yield from _parts(each)
    elif isinstance(value, ast.Dict):
        for each in value.values:
            yield from _parts(each)
    else:
        yield value
