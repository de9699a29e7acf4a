"""What is assigned, and which names get it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .sites import Binding
from .walk import Rewriting, Walk


def bindings(walk: Walk, targets: Sequence[ast.expr]) -> tuple[Binding, ...]:
    """The names that targets bind to the parts of one value."""
    return tuple(
        walk.observers.binding(target, element)
        for whole in targets
        for target, element in _parts(whole)
        if isinstance(target, ast.Name)
    )


def _assign(walk: Walk, node: ast.Assign) -> ast.Assign:
    node.targets = walk.each(node.targets)
    node.value = _assigned(walk, node.targets, node.value)
    return node


def _annotated(walk: Walk, node: ast.AnnAssign) -> ast.AnnAssign:
    node.target = walk.visit(node.target)
    node.value = node.value and walk.value(node.value, None, bindings(walk, [node.target]))
    return node


def _walrus(walk: Walk, node: ast.NamedExpr) -> ast.NamedExpr:
    node.value = walk.value(node.value, None, bindings(walk, [node.target]))
    return node


def _assigned(walk: Walk, targets: Sequence[ast.expr], value: ast.expr) -> ast.expr:
    """The right-hand side; `a, b = b, a` builds no tuple, so there each element is one."""
    elements = _elements(value)
    names = _elements(targets[0]) if len(targets) == 1 else []
    if not elements or len(elements) != len(names):
        return walk.value(value, None, bindings(walk, targets))
    elements[:] = [_assigned(walk, [name], element) for name, element in zip(names, elements, strict=True)]
    return value


def _elements(node: ast.expr) -> list[ast.expr]:
    """The elements of a display of known length, empty where `node` is none."""
    if not isinstance(node, ast.Tuple | ast.List) or any(isinstance(e, ast.Starred) for e in node.elts):
        return []
    return node.elts


def _parts(target: ast.expr) -> Iterator[tuple[ast.expr, int | None]]:
    """What a target binds, each with the index of the element it gets (None: the whole value)."""
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, None
        return
    stars = [index for index, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    for index, part in enumerate(target.elts):
        after_star = bool(stars) and index > stars[0]
        yield part, index - len(target.elts) if after_star else index


NODES: dict[type[ast.AST], Rewriting] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.NamedExpr: _walrus,
}
