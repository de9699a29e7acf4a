"""The walk over a tree that is rewritten: each kind of node by its function in the tables, all others part by part."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from ...model import Construct
from .observers import Observers
from .sites import Binding

# What the compiler can fold. It stays whole: `(1, 2)` is one constant, `if __debug__:` disappears.
_LITERAL = (
    ast.Constant,
    ast.UnaryOp,
    ast.BinOp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)

# `a + b + … ` of a thousand terms is a tree a thousand deep, and the observer would make it two thousand,
# beyond what the compiler takes. Nothing inside of that many expressions is observed.
_DEEPEST = 60

_Node = TypeVar("_Node", bound="ast.AST | None")
_NO_BINDINGS: tuple[Binding, ...] = ()

Rewriting: TypeAlias = "Callable[[Walk, Any], ast.AST]"
Testing: TypeAlias = "Callable[[Walk, Any, Construct | None], ast.expr]"


class Walk(ast.NodeTransformer):
    """Rewrites in place. `nodes` has how each kind is rewritten, `tests` how where its truth alone is asked."""

    def __init__(
        self,
        observers: Observers,
        nodes: Mapping[type[ast.AST], Rewriting],
        tests: Mapping[type[ast.expr], Testing],
    ) -> None:
        self.observers = observers
        self._nodes = nodes
        self._tests = tests
        self._depth = 0

    def visit(self, node: ast.AST) -> Any:
        return self.value(node) if isinstance(node, ast.expr) else self._inside(node)

    def value(
        self, node: ast.expr, construct: Construct | None = None, bindings: tuple[Binding, ...] = _NO_BINDINGS
    ) -> ast.expr:
        """`node` with its parts observed, and itself where it is a value of the running program."""
        if self._depth >= _DEEPEST or _is_literal(node):
            return node
        kind = self.observers.kind(node)
        self._depth += 1
        self._inside(node)
        self._depth -= 1
        return self.observers.around(node, kind, construct, bindings) if kind else node

    def tested(self, node: ast.expr, construct: Construct | None) -> ast.expr:
        """`node` where its truth decides a jump, or may.

        `if a and b:` asks `a` once; with the value of the whole `a and b` taken out, a false `a` would be
        asked twice. So what compiles to jumps is left bare, and its leaves are observed.
        """
        compound = self._tests.get(type(node))
        if compound is None or self._depth >= _DEEPEST:
            return self.value(node, construct)
        self._depth += 1
        found = compound(self, node, construct)
        self._depth -= 1
        return found

    def each(self, nodes: list[_Node]) -> list[_Node]:
        return [self.maybe(node) for node in nodes]

    def maybe(self, node: _Node) -> _Node:
        return node if node is None else self.visit(node)

    def _inside(self, node: ast.AST) -> Any:
        rewriting = self._nodes.get(type(node))
        return self.generic_visit(node) if rewriting is None else rewriting(self, node)


def _is_literal(node: ast.expr) -> bool:
    return all(
        isinstance(part, _LITERAL) or (isinstance(part, ast.Name) and part.id == "__debug__")
        for part in ast.walk(node)
    )
