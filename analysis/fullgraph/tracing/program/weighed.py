"""The numbers that stand in branches: inputs of their size show what a condition keeps from happening.

`if x.isinf().any(): x = x.clamp(-1e4, 1e4)` is the same as the clamp alone for all values but those beyond 1e4.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Iterator

import torch

from ...model import Place
from ..locations.source_locations import UserCode
from ..locations.syntax import Syntax

_MOST = 4
_BRANCHES = (ast.If, ast.IfExp, ast.While)


def numbers(branches: Iterable[Place], model: torch.nn.Module, user_code: UserCode) -> tuple[float, ...]:
    """Those in the tests and bodies of these branches, but for 0, with their signs; the smallest first."""
    found: dict[float, None] = {}
    for branch in branches:
        syntax = user_code.syntax(branch.file)
        test = _expression_at(syntax, branch) if syntax is not None else None
        if syntax is not None and test is not None:
            around = _branch_of(syntax, test)
            found.update((n, None) for part in (test, around) for n in _within(part, syntax.tree, model))
    return tuple(sorted(list(found)[:_MOST]))


def to_reach(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """Values at, between and beyond these.

    A number that float32 does not have is told from its neighbours by Python alone, which compares in float64:
    of 0.1 what is a little less and a little more is tried.
    """
    at = (near for each in numbers for near in ((each,) if _is_exact(each) else (0.999 * each, 1.001 * each)))
    between = ((low + high) / 2 for low, high in itertools.pairwise(numbers))
    beyond = (2 * each for each in (min(numbers, default=0), max(numbers, default=0)))
    return tuple(sorted({*at, *between, *beyond} - {0}))


def _is_exact(number: float) -> bool:
    return float(torch.tensor(number, dtype=torch.float32)) == number


def _expression_at(syntax: Syntax, branch: Place) -> ast.expr | None:
    expressions = (node for node in ast.walk(syntax.tree) if isinstance(node, ast.expr))
    return next((node for node in expressions if syntax.range_of(node) == branch.range), None)


def _branch_of(syntax: Syntax, test: ast.expr) -> ast.AST:
    node: ast.AST = test
    while not isinstance(node, _BRANCHES) and node in syntax.parents:
        node = syntax.parents[node]
    return node if isinstance(node, _BRANCHES) else test


def _within(node: ast.AST, tree: ast.AST, model: torch.nn.Module) -> Iterator[float]:
    for part, sign in _parts(node):
        value = _value(part, tree, model)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value:
            yield sign * float(value)


def _parts(node: ast.AST, sign: int = 1) -> Iterator[tuple[ast.AST, int]]:
    """All that stands in a node, but for indices; with -1 where a minus stands before it."""
    yield node, sign
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Subscript) and child is node.slice):
            yield from _parts(child, -1 if minus else 1)


def _value(node: ast.AST, tree: ast.AST, model: torch.nn.Module) -> object:
    """What a number, the name of one, or an attribute of some module is."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        given = (n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and _names(n, node.id))
        return next((value.value for value in given if isinstance(value, ast.Constant)), None)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        owners = (vars(module) for module in model.modules())
        return next((attributes[node.attr] for attributes in owners if node.attr in attributes), None)
    return None


def _names(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
