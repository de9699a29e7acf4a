"""Whether clamping changes nothing of a tensor that a mask finds nothing in.

The rule: what the mask leaves alone lies between bounds, and those of the clamp are no narrower. A mask that
says less of the values (`isinf` and a clamp at 1e4) keeps its condition.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

from ...python.syntax.names import call_name, last_name
from ..edit.module import Code


@dataclass(frozen=True)
class _Bound:
    """`value` from above (`upper`) or from below; as a number where it is one."""

    upper: bool
    value: ast.expr | float

    def of_other_sign(self) -> _Bound:
        value = self.value
        other = ast.UnaryOp(ast.USub(), value) if isinstance(value, ast.expr) else -value
        return _Bound(not self.upper, other)


def is_idle(code: Code, call: ast.Call, mask: ast.expr, own: str) -> bool:
    """Whether a clamp of `own`, a text, does nothing wherever the mask is false. `call` has `own` in front."""
    asked = _of_clamp(code, call, own)
    known = list(_outside(code, mask, own))
    return bool(asked) and all(any(_covers(code, bound, each) for each in known) for bound in asked)


def _of_clamp(code: Code, call: ast.Call, own: str) -> list[_Bound]:
    operands = list(call.args)
    if operands and code.flat(operands[0]) == own and _is_of_torch(call):
        operands = operands[1:]
    names = {"clamp_min": ("min",), "clamp_max": ("max",)}.get(last_name(call), ("min", "max"))
    given = dict(zip(names, operands, strict=False))
    given.update({each.arg: each.value for each in call.keywords if each.arg})
    bounds = {name: value for name, value in given.items() if not _is_none(value)}
    if not bounds.keys() <= {"min", "max"}:
        return []
    return [_Bound(name == "max", value) for name, value in bounds.items()]


def _outside(code: Code, mask: ast.expr, own: str) -> Iterator[_Bound]:
    """The bounds of what the mask is false for."""
    if isinstance(mask, ast.BinOp) and isinstance(mask.op, ast.BitOr):
        yield from _outside(code, mask.left, own)
        yield from _outside(code, mask.right, own)
    elif isinstance(mask, ast.Call) and last_name(mask) == "logical_or":
        for part in _operands(mask):
            yield from _outside(code, part, own)
    elif isinstance(mask, ast.UnaryOp) and isinstance(mask.op, ast.Invert):
        yield from _inside(code, mask.operand, own)
    elif isinstance(mask, ast.Compare) and len(mask.ops) == 1:
        yield from _of_comparison(code, mask, own, larger=(ast.Gt, ast.GtE), smaller=(ast.Lt, ast.LtE))
    elif _asks(code, mask, "isinf", own):
        yield from _FINITE


def _inside(code: Code, mask: ast.expr, own: str) -> Iterator[_Bound]:
    """The bounds of what the mask is true for."""
    if isinstance(mask, ast.BinOp) and isinstance(mask.op, ast.BitAnd):
        yield from _inside(code, mask.left, own)
        yield from _inside(code, mask.right, own)
    elif isinstance(mask, ast.Call) and last_name(mask) == "logical_and":
        for part in _operands(mask):
            yield from _inside(code, part, own)
    elif isinstance(mask, ast.Compare) and len(mask.ops) == 1:
        yield from _of_comparison(code, mask, own, larger=(ast.Lt, ast.LtE), smaller=(ast.Gt, ast.GtE))
    elif _asks(code, mask, "isfinite", own):
        yield from _FINITE


_FINITE = (_Bound(True, math.inf), _Bound(False, -math.inf))
"""What no clamp at a number keeps whole, but one at the largest number of the type does."""


def _of_comparison(
    code: Code,
    test: ast.Compare,
    own: str,
    *,
    larger: tuple[type[ast.cmpop], ...],
    smaller: tuple[type[ast.cmpop], ...],
) -> Iterator[_Bound]:
    """The bounds that `own > 3`, `3 < own` and `own.abs() > 3` set, where `larger` signs set an upper one."""
    left, sign, right = test.left, test.ops[0], test.comparators[0]
    for side, other, above in ((left, right, larger), (right, left, smaller)):
        below = smaller if above is larger else larger
        if code.flat(side) == own and isinstance(sign, (*above, *below)):
            yield _Bound(isinstance(sign, above), other)
        elif _asks(code, side, "abs", own) and isinstance(sign, above):
            yield (bound := _Bound(True, other))
            yield bound.of_other_sign()


def _covers(code: Code, asked: _Bound, known: _Bound) -> bool:
    """Whether a clamp at one bound leaves alone what keeps to the other."""
    if asked.upper != known.upper:
        return False
    own, other = _number(asked.value), _number(known.value)
    if own is not None and other is not None:
        return own >= other if asked.upper else own <= other
    if other is not None and math.isinf(other):
        return isinstance(asked.value, ast.expr) and _is_extreme(asked.value, upper=asked.upper)
    return _text(code, asked.value) == _text(code, known.value)


def _is_extreme(value: ast.expr, *, upper: bool) -> bool:
    """`torch.finfo(x.dtype).max` from above; from below its `min`, or `-` that."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        return _is_extreme(value.operand, upper=not upper)
    is_of_type = isinstance(value, ast.Attribute) and last_name(value.value) == "finfo"
    return is_of_type and last_name(value) == ("max" if upper else "min")


def _number(value: ast.expr | float) -> float | None:
    if isinstance(value, float):
        return value
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        inner = _number(value.operand)
        return None if inner is None else -inner
    if isinstance(value, ast.Constant) and isinstance(value.value, (int, float)):
        return float(value.value)
    if call_name(value) == "float" and isinstance(value, ast.Call) and len(value.args) == 1:
        text = getattr(value.args[0], "value", None)
        return {"inf": math.inf, "-inf": -math.inf}.get(text) if isinstance(text, str) else None
    return {"torch.inf": math.inf, "math.inf": math.inf}.get(call_name(value))


def _text(code: Code, value: ast.expr | float) -> str:
    """Comparable, whether the user has written it or it is the negative of what they have."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        inner = _text(code, value.operand)
        return inner.removeprefix("-") if inner.startswith("-") else f"-{inner}"
    return code.flat(value) if isinstance(value, ast.expr) else repr(value)


def _asks(code: Code, node: ast.expr, name: str, own: str) -> bool:
    """`own.abs()`, `torch.abs(own)`."""
    if not isinstance(node, ast.Call) or last_name(node) != name:
        return False
    return [code.flat(each) for each in _operands(node)] == [own]


def _operands(call: ast.Call) -> list[ast.expr]:
    if isinstance(call.func, ast.Attribute) and not _is_of_torch(call):
        return [call.func.value, *call.args]
    return list(call.args)


def _is_of_torch(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call_name(call.func.value) == "torch"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
