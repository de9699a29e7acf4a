"""Which ways branches are taken, by the value of each condition in observed code.

A condition is asked for its truth as Python does. The rule: what cannot be told is not told. A chain of
comparisons (`0 < x < 1`) has no value of its own in observed code; its truth follows from those of its parts.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

from ...model import Place, Sides
from ..locations.source_locations import UserCode
from ..locations.syntax import Syntax
from .instrument import Swap, observed_files

_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


_NOT_KNOWN = object()


class BranchCoverage:
    """While it lasts, the conditions at these places are watched in the functions of the user's files."""

    def __init__(self, branches: tuple[Place, ...], user_code: UserCode) -> None:
        self._taken: dict[Place, set[bool]] = {branch: set() for branch in branches}
        self._files = observed_files(user_code) if branches else []
        sites = {
            Place(observed.file, site.range): number
            for observed in self._files
            for number, site in enumerate(observed.sites, observed.base)
        }
        self._sites = {sites[branch]: branch for branch in branches if branch in sites}
        self._chains = {
            number: chain
            for chain in _chains([b for b in branches if b not in sites], sites, user_code)
            for number in chain.numbers
        }
        self._swap: Swap | None = None
        self.went_further = False

    def seen(self) -> tuple[Sides, ...]:
        return tuple(Sides(branch, tuple(sorted(taken))) for branch, taken in self._taken.items())

    def __enter__(self) -> None:
        self.went_further = False
        if self._sites or self._chains:
            self._swap = Swap(self._files, self._note)
            self._swap.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._swap is not None:
            self._swap.__exit__()
            self._swap = None

    def _note(self, site: int, value: Any) -> Any:
        if (branch := self._sites.get(site)) is not None:
            self._went(branch, _truth(value))
        if (chain := self._chains.get(site)) is not None:
            self._went(chain.branch, chain.with_value(site, value))
        return value

    def _went(self, branch: Place, truth: bool | None) -> None:
        if truth is not None and truth not in self._taken[branch]:
            self._taken[branch].add(truth)
            self.went_further = True


class _Chain:
    """`a < b < c`, whose parts are constants, or values that come one after the other."""

    def __init__(self, branch: Place, node: ast.Compare, numbers: list[int | None]) -> None:
        self.branch = branch
        self.numbers = [number for number in numbers if number is not None]
        self._signs = [_OPERATORS[type(op)] for op in node.ops]
        parts = zip((node.left, *node.comparators), numbers, strict=True)
        self._constants = [None if number is not None else _constant(part) for part, number in parts]
        self._order = numbers
        self._values: dict[int, Any] = {}

    def with_value(self, number: int, value: Any) -> bool | None:
        """The chain's truth, once it is known: False as soon as one comparison does not hold."""
        at = self._order.index(number)
        self._values = {index: known for index, known in self._values.items() if index < at}
        self._values[at] = value
        for index, sign in enumerate(self._signs):
            left, right = self._part(index), self._part(index + 1)
            if left is None or right is None:
                return None
            if (holds := _truth(_compared(sign, left, right))) is not True:
                return holds
        return True

    def _part(self, index: int) -> Any:
        constant = self._constants[index]
        return self._values.get(index) if constant is None else constant


def _compared(sign: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    try:
        return sign(left, right)
    except Exception:  # noqa: BLE001 (the user's own classes)
        return _NOT_KNOWN


def _chains(branches: list[Place], sites: dict[Place, int], user_code: UserCode) -> Iterator[_Chain]:
    for branch in branches:
        syntax = user_code.syntax(branch.file)
        node = _chain_at(syntax, branch) if syntax is not None else None
        if syntax is None or node is None:
            continue
        parts = (node.left, *node.comparators)
        numbers = [sites.get(Place(branch.file, syntax.range_of(part))) for part in parts]
        known = all(
            number is not None or _constant(part) is not None
            for part, number in zip(parts, numbers, strict=True)
        )
        if known:
            yield _Chain(branch, node, numbers)


def _chain_at(syntax: Syntax, branch: Place) -> ast.Compare | None:
    chains = (n for n in ast.walk(syntax.tree) if isinstance(n, ast.Compare) and len(n.ops) > 1)
    found = next((n for n in chains if syntax.range_of(n) == branch.range), None)
    return found if found is not None and all(type(op) in _OPERATORS for op in found.ops) else None


def _constant(node: ast.expr) -> int | float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, (int, float)) else None


def _truth(value: Any) -> bool | None:
    try:
        return None if value is _NOT_KNOWN else bool(value)
    except Exception:  # noqa: BLE001 (a tensor of several elements, a class of the user's)
        return None
