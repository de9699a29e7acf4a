"""What a target's dimensions must be, all of them at once, so that one change of the spec is enough.

The equations that torch found between the dimensions are solved over the integers. Each dimension is then
a constant, or `factor * root + offset` of one root with a range: what torch's Dims can say. Anything
else (a sum of two dimensions, a quotient) is not solved here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import lcm
from typing import Any

from ...model import DECIDING, DimContradicted, DimFate, Facts, Failure
from ...text.source import parse_expression

SMALLEST = 2
"""torch gives each dynamic size at least this; a Dim does not need to say it."""


@dataclass(frozen=True)
class Constant:
    """A dimension that the program fixes."""

    value: int


@dataclass(frozen=True)
class Affine:
    """`factor * root + offset`. A `fresh` root is no dimension of the program, only what one is a multiple of."""

    root: str
    factor: int = 1
    offset: int = 0
    fresh: bool = False


@dataclass(frozen=True)
class Bounds:
    """The smallest and largest value of a dimension, both included; None where there is no bound."""

    lower: int | None = None
    upper: int | None = None

    def within(self, other: Bounds) -> Bounds:
        lowers = [b for b in (self.lower, other.lower) if b is not None]
        uppers = [b for b in (self.upper, other.upper) if b is not None]
        return Bounds(max(lowers, default=None), min(uppers, default=None))


@dataclass(frozen=True)
class Solution:
    """What each dimension of a target must be, and the bounds of those that are left free."""

    forms: Mapping[str, Constant | Affine]
    bounds: Mapping[str, Bounds]  # by root


@dataclass(frozen=True)
class Unsolved:
    """The spec cannot say it; `dims` are those concerned."""

    dims: frozenset[str]


def is_decided_by_a_branch(failure: Failure) -> bool:
    """Whether a remainder is what an `if` of the user's took: the other sizes have a way of their own."""
    if not isinstance(failure, DimContradicted) or failure.kind != "relation" or failure.frame is None:
        return False
    if failure.frame.refuses:
        return False
    return failure.frame.construct in DECIDING and bool(re.match(r"\d+\*_|\(?\w+ %", failure.allowed))


def solve(names: tuple[str, ...], facts: Facts) -> Solution | Unsolved:
    """What the dimensions called `names` must be; the first named of those that depend is the root."""
    told = [f for f in facts.failures if isinstance(f, DimContradicted)]
    contradicted = [f for f in told if not is_decided_by_a_branch(f)]
    opaque = {f.dim for f in contradicted if f.kind == "range" and not bounds_of(f)}
    if opaque:
        return Unsolved(frozenset(opaque))
    examples = {f.dim: f.example for f in contradicted if f.example is not None}
    forms = _solved(names, _equations(contradicted, facts.dims), examples)
    if isinstance(forms, Unsolved):
        return forms
    bounds: dict[str, Bounds] = {}
    for name, own in _bounds(contradicted, facts.dims):
        form = forms.get(name)
        if isinstance(form, Affine):
            bounds[form.root] = bounds.get(form.root, Bounds()).within(_at_root(own, form))
    return Solution(forms, bounds)


# -- equations ---------------------------------------------------------------------------------------


def _equations(contradicted: Iterable[DimContradicted], fates: Iterable[DimFate]) -> list[tuple[Any, Any]]:
    pairs: list[tuple[str, str]] = []
    for fact in contradicted:
        if fact.kind == "specialized":
            pairs.append((fact.dim, fact.allowed))
        elif fact.kind == "relation":
            pairs.append(_related(fact))
        # Of a guard with `%` torch says the whole in its relation: 2 and 4 divide it, so 4 does.
        pairs += [_sides(guard) for guard in fact.guards if guard.count("==") == 1 and "%" not in guard]
    pairs += [(_dim(fate), fate.text) for fate in fates if fate.outcome in ("derived", "specialized")]
    both = ((_polynomial(left), _polynomial(right)) for left, right in pairs)
    return [(left, right) for left, right in both if left is not None and right is not None]


def _dim(fate: DimFate) -> str:
    """What the facts call a dimension: by its Dim's name, else by its source."""
    return fate.source if fate.asked.startswith("Dim.") else fate.asked


def _related(fact: DimContradicted) -> tuple[str, str]:
    if re.fullmatch(r"[^=%<>!]+", fact.allowed):
        return fact.dim, fact.allowed
    return _sides(fact.allowed)


def _sides(equation: str) -> tuple[str, str]:
    """The two sides of `a == b`; of `(a % 4) == 0` they are `a` and four times something."""
    left, _, right = equation.partition("==")
    divided = re.fullmatch(r"\(?(\w+) % (\d+)\)? *", left)
    if divided and right.strip() == "0":
        return divided[1], f"{divided[2]} * _{divided[1]}"
    return left.strip(), right.strip()


def _polynomial(text: str) -> Any:
    """A sum of products of names and whole numbers as sympy's; None for anything else."""
    tree = parse_expression(text.strip())
    return _value(tree.body) if isinstance(tree, ast.Expression) else None


def _value(node: ast.expr) -> Any:
    import sympy  # a tenth of a second: not before somebody asks for a fix

    if isinstance(node, ast.Constant) and type(node.value) is int:
        return sympy.Integer(node.value)
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return sympy.Symbol(ast.unparse(node), integer=True)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        left, right = _value(node.left), _value(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        return left + right if isinstance(node.op, ast.Add) else left - right
    return None


def _solved(
    names: tuple[str, ...], equations: list[tuple[Any, Any]], examples: Mapping[str, int]
) -> dict[str, Constant | Affine] | Unsolved:
    import sympy

    # A product of two dimensions is no equation that a Dim can keep; torch has others that say enough.
    linear = [left - right for left, right in equations if _is_linear(left - right)]
    helpers = {s.name for each in linear for s in each.free_symbols} - set(names)
    # linsolve leaves the last ones free: those that come first in the spec become the roots.
    order = [sympy.Symbol(name, integer=True) for name in (*reversed(names), *sorted(helpers))]
    found = next(iter(sympy.linsolve(linear, order)), None) if linear else tuple(order)
    if found is None:
        return Unsolved(frozenset(names))
    values = dict(zip((s.name for s in order), found, strict=True))
    return _forms({name: values[name] for name in names}, examples)


def _is_linear(expression: Any) -> bool:
    import sympy

    return bool(expression.is_polynomial()) and sympy.total_degree(expression) <= 1


def _forms(values: Mapping[str, Any], examples: Mapping[str, int]) -> dict[str, Constant | Affine] | Unsolved:
    beyond = {n for n, v in values.items() if len(v.free_symbols) > 1}
    beyond |= {n for n, v in values.items() if v.is_number and not (v.is_integer and v >= 0)}
    if beyond:
        return Unsolved(frozenset(beyond))
    forms: dict[str, Constant | Affine] = {}
    for root in dict.fromkeys(s.name for v in values.values() for s in v.free_symbols):
        group = {n: v for n, v in values.items() if any(s.name == root for s in v.free_symbols)}
        forms.update(_group(root, group, examples))
    forms.update({n: Constant(int(v)) for n, v in values.items() if v.is_number})
    return forms


def _group(root: str, group: Mapping[str, Any], examples: Mapping[str, int]) -> dict[str, Constant | Affine]:
    """The dimensions that depend on one root, with whole factors.

    Where they have none (`b == a / 2`), the root is a multiple of something new: `a` is `2 * _a`.
    """
    import sympy

    symbol = sympy.Symbol(root, integer=True)
    parts = {n: (v.coeff(symbol), v.subs(symbol, 0)) for n, v in group.items()}
    step = lcm(*(int(part.q) for pair in parts.values() for part in pair))
    if root not in group:  # `length` is `4 * _length`: the something has a name already
        return {n: Affine(root, int(f), int(o), fresh=True) for n, (f, o) in parts.items()}
    if step == 1:
        return {n: Affine(root, int(f), int(o)) for n, (f, o) in parts.items()}
    rest = examples.get(root, 0) % step
    return {
        n: Affine(f"_{root}", int(f * step), int(f * rest + o), fresh=True) for n, (f, o) in parts.items()
    }


# -- ranges ------------------------------------------------------------------------------------------


def _bounds(
    contradicted: Iterable[DimContradicted], fates: Iterable[DimFate]
) -> Iterable[tuple[str, Bounds]]:
    for fact in contradicted:
        if fact.kind in ("range", "relation") and (own := bounds_of(fact)):
            yield fact.dim, own
    for fate in fates:
        if fate.outcome == "dynamic":
            yield _dim(fate), Bounds(fate.lower, fate.upper)


def bounds_of(fact: DimContradicted) -> Bounds | None:
    """The range in torch's suggestion, else in its `2 <= batch and batch <= 8`; None if it has neither."""
    suggested = fact.suggested
    lower, upper = (suggested.lower, suggested.upper) if suggested else (None, None)
    name = re.escape(fact.dim)
    if lower is None and (least := re.search(rf"(\d+) <= {name}", fact.allowed)):
        lower = int(least[1])
    if upper is None and (most := re.search(rf"{name} <= (\d+)", fact.allowed)):
        upper = int(most[1])
    return None if lower is None and upper is None else Bounds(lower, upper)


def _at_root(own: Bounds, form: Affine) -> Bounds:
    """The range that a dimension's own range gives its root."""
    lower = None if own.lower is None else -((form.offset - own.lower) // form.factor)
    upper = None if own.upper is None else (own.upper - form.offset) // form.factor
    return Bounds(lower, upper)
