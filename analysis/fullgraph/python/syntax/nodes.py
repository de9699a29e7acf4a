"""The nodes of a tree by kind, from one walk: what several ways look for in the whole of a text.

To walk a text takes as long as to parse it, so it is done once for each.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, cast

_Node = TypeVar("_Node", bound=ast.AST)
_LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop)


class Nodes:
    """In the order of the text."""

    def __init__(self, tree: ast.AST) -> None:
        self._kinds = _by_kind(tree)
        self._calls = _by_name(self.of(ast.Call))

    def of(self, kind: type[_Node]) -> Sequence[_Node]:
        return cast("Sequence[_Node]", self._kinds.get(kind, ()))

    def calls(self, name: str) -> Sequence[ast.Call]:
        """The calls of `name`, and of `anything.name`."""
        return self._calls.get(name, ())

    def names_in(self, classes: Iterable[ast.ClassDef]) -> Mapping[str, frozenset[str]]:
        """By class, which of their names the body or the bases of each say."""
        ordered = sorted(classes, key=_first_line)
        starts, known = [_first_line(each) for each in ordered], {each.name for each in ordered}
        found: dict[str, set[str]] = {each.name: set() for each in ordered}
        for node in self.of(ast.Name):
            owner = ordered[bisect_right(starts, node.lineno) - 1] if node.id in known else None
            if owner and _first_line(owner) <= node.lineno <= (owner.end_lineno or 0):
                found[owner.name].add(node.id)
        return {name: frozenset(names) for name, names in found.items()}


def _first_line(node: ast.ClassDef) -> int:
    return min((each.lineno for each in node.decorator_list), default=node.lineno)


def _by_kind(tree: ast.AST) -> Mapping[type, list[ast.AST]]:
    found: dict[type, list[ast.AST]] = defaultdict(list)
    pending = [tree]
    while pending:
        node = pending.pop()
        found[type(node)].append(node)
        if not isinstance(node, _LEAVES):
            pending.extend(reversed(_children(node)))
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    """As `ast.iter_child_nodes`, which asks for each field by its name and takes twice as long."""
    found: list[ast.AST] = []
    for value in vars(node).values():
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found.extend(each for each in value if isinstance(each, ast.AST))
    return found


def _by_name(calls: Iterable[ast.Call]) -> Mapping[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = defaultdict(list)
    for call in calls:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        found[name].append(call)
    return found
